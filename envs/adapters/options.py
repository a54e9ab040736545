"""Options of `gymnasium.make` and of `reset`, as the single and the vector environment share them."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor

from ..core.options import finite, whole
from ..core.simulation import Simulation
from ..core.task import Task


def copied(option: Any) -> Any:
    """A value of an environment's own: what the caller does to a container later does not reach it."""
    return deepcopy(option) if isinstance(option, Mapping | list) else option


def simulation_of(
    task: Task, number: int, options: Mapping[str, Any], own: Mapping[str, Any] | None = None
) -> Simulation:
    """The task's simulation with the options of `gymnasium.make`.

    Args:
        number: of environments. own: options that are the adapter's to set.

    Raises:
        ValueError, TypeError: an option that there is not, or a value that it cannot have.
    """
    asked, ours = dict(options), dict(own or {})
    mode = asked.pop("reset_mode", "launch")
    if taken := sorted({"batch", "reset", *ours} & asked.keys()):
        raise TypeError(
            f"{', '.join(taken)} is no option of {task.id} here; reset_mode says where episodes begin"
        )
    simulation = task.simulation(number, reset=mode, **ours, **asked)
    if simulation.device.type == "meta":
        raise ValueError("device is 'meta', which holds no numbers; it must be cpu or cuda")
    return simulation


def check_learnable(name: str, simulation: Any, offset: Any, scale: Any) -> None:
    """Refuses what a library's learner cannot learn on.

    Raises:
        TypeError, ValueError: no simulation, one without autoreset, or rewards that would be no numbers.
    """
    if not isinstance(simulation, Simulation):
        raise TypeError(
            f"{name} is made of {simulation!r}; it takes a Simulation, as task.simulation() makes it"
        )
    if not simulation.autoreset:
        raise ValueError(f"{name} needs a simulation with autoreset=True")
    finite("reward_offset", offset)
    if not finite("reward_scale", scale) > 0.0:
        raise ValueError(f"reward_scale is {scale!r}; it must be above 0")


def decisions(simulation: Simulation) -> int:
    """Decisions of an episode that does not collapse."""
    most = -(-simulation.horizon // simulation.interval)
    return most if simulation.cut is None else min(most, simulation.cut)


def prescribed(
    simulation: Simulation, options: Mapping[str, Any] | None
) -> tuple[Tensor | None, Tensor | None]:
    """What `reset(options=...)` asks for: the scenario and the onset of every environment, (B,) each.

    Raises:
        ValueError: an unknown option, scenario, or a step that is none.
    """
    if not isinstance(options, Mapping | None):
        raise TypeError(f"options are {options!r}; they must map scenario and onset to values")
    given = dict(options or {})
    if unknown := sorted(map(str, given.keys() - {"scenario", "onset"})):
        raise ValueError(f"unknown reset option {', '.join(unknown)}; there are scenario and onset")
    scenario, onset = given.get("scenario"), given.get("onset")
    return (
        _each(simulation, scenario, simulation.scenario_set.index),
        _each(simulation, onset, lambda value: whole("onset", value, 0)),
    )


def _each(simulation: Simulation, value: Any, number: Any) -> Tensor | None:
    """One number for all environments, or a list of one for each."""
    if value is None:
        return None
    values = list(value) if isinstance(value, list | tuple) else [value] * simulation.batch
    if len(values) != simulation.batch:
        raise ValueError(f"{value!r} must hold {simulation.batch} values, one for each environment")
    return torch.tensor([number(one) for one in values])
