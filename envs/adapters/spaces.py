"""Spaces and checks that the adapters share."""

from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray
from torch import Tensor

from ..core.simulation import Run, Simulation, Transition


def observation_space(simulation: Simulation) -> spaces.Box:
    """The bounded box of scaled sensors, float32."""
    limits = np.asarray(simulation.observation_limits, dtype=np.float32)
    return spaces.Box(-limits, limits, dtype=np.float32)


def action_space(simulation: Simulation) -> spaces.Box:
    """Box(-1, 1), float32, one number for each label of the action_map."""
    return spaces.Box(-1.0, 1.0, (len(simulation.action_map.labels),), dtype=np.float32)


def checked_action(action: Any, shape: tuple[int, ...]) -> Tensor:
    """The action as a tensor.

    Raises:
        ValueError: a wrong shape, or a number that is not finite.
    """
    try:
        values = np.asarray(action)
        if values.dtype.kind not in "fiu":
            raise TypeError(values.dtype)
        values = values.astype(np.float64)
    except (TypeError, ValueError, RuntimeError):
        said = " ".join(repr(action).split())
        raise ValueError(f"action is {said:.200}; it must hold real numbers, of shape {shape}") from None
    if values.shape != shape:
        raise ValueError(f"action has shape {values.shape}; it must be {shape}")
    if not np.isfinite(values).all():
        raise ValueError(f"action holds a number that is not finite: {values[~np.isfinite(values)][0]}")
    return torch.from_numpy(values)


def numbers(tensors: dict[str, Tensor]) -> dict[str, NDArray[np.float64]]:
    """Tensors as NumPy arrays."""
    return {name: value.cpu().numpy() for name, value in tensors.items()}


def information(simulation: Simulation, run: Run, transition: Transition | None) -> dict[str, dict[str, Any]]:
    """What goes into `info`: key figures, terms of the reward, costs and the ledger, by name.

    Terms and costs are 0 where there was no decision yet.
    """
    brought = simulation.dynamics.empty_tally() if transition is None else transition
    return {
        "metrics": numbers(simulation.economy.metrics(run.state)),
        "ledger": numbers(simulation.economy.ledger(run.state)),
        "reward_terms": numbers(brought.terms),
        "cost": numbers(brought.costs),
    }
