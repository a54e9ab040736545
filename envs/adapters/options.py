"""Options of `gymnasium.make` and of `reset`, as the single and the vector environment share them."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor

from ..core.dashboard import Panel
from ..core.options import whole
from ..core.simulation import Simulation
from ..core.task import Task


def copied(option: Any) -> Any:
    """A value of an environment's own: what the caller does to a container later does not reach it."""
    return deepcopy(option) if isinstance(option, Mapping | list) else option


def simulation_of(task: Task, batch: int, reset_mode: str = "launch", **options: Any) -> Simulation:
    """The task's simulation with the options of `gymnasium.make`."""
    return task.simulation(batch, reset=reset_mode, **options)


def prescribed(
    simulation: Simulation, options: Mapping[str, Any] | None
) -> tuple[Tensor | None, Tensor | None]:
    """What `reset(options=...)` asks for: the scenario and the onset of every environment, (B,) each.

    Raises:
        ValueError: an unknown option, scenario, or a step that is none.
    """
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


def panels_of(task: Task) -> tuple[Panel, ...]:
    """The task's dashboard; where it declares none, a panel for every sensor and lever."""
    if task.panels:
        return task.panels
    sensors = {one.name: one.unit for one in task.economy.sensors}
    levers = {f"lever.{one.name}": one.unit for one in task.economy.levers}
    return tuple(Panel(f"{name}, {unit}", {name: name}) for name, unit in (sensors | levers).items())
