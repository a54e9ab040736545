"""Models in cadCAD's style as they stand: a task for experiments, Gymnasium and training.

A model is an initial state, parameters, and blocks of policies and variables, plain functions:

    policy(parameters, substep, history, state) -> {signal: value}
    variable(parameters, substep, history, state, signals) -> (name, value)

Signals of one name are added up, and the variables of a block change together. The package cadCAD is not needed. Functions
get copies, one environment's numbers each; random numbers of `numpy.random` and `random` follow the environment's seed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import make_dataclass
from numbers import Real
from typing import Any

from ..core.declarations import Lever, Sensor
from ..core.parameters import parameter
from ..core.scenario import CALM
from ..core.task import Task
from ..core.tensors import Number
from .cadcad_economy import Adapted, Blocks, Rewarded, Row


def task_from(
    id: str,
    *,
    initial_state: Mapping[str, float],
    blocks: Blocks,
    horizon: int,
    parameters: Mapping[str, Any] | None = None,
    levers: Mapping[str, tuple[float, float]] | None = None,
    sensors: Sequence[str] = (),
    reward: Callable[[Row], Any] | None = None,
    tensors: bool = False,
    **options: Any,
) -> Task:
    """The task of a model in cadCAD's style; `register` makes it known to every command and to Gymnasium.

    Args:
        parameters: name → a value, or cadCAD's list of values, of which the first holds; `sweep` makes a design of all.
        levers: names of parameters that a controller sets → their range.
        sensors: state variables that are observed; by default all.
        reward: state → score of a step, from 0 to 1.
        tensors: functions take tensors (B,) in place of numbers, draw nothing, and are called once for all environments.
        options: see `Task`; `interval` is 1 by default, `step_unit` "step".

    Raises:
        ValueError: a name is taken or unknown, or a value is no number.
    """
    levers = levers or {}
    given = {name: first(value) for name, value in (parameters or {}).items()}
    numbers = {name: value for name, value in given.items() if _is_number(value)}
    _check_names(id, initial_state, numbers, levers, sensors)
    fields: list[tuple[str, Any, Any]] = [
        (name, Number, parameter(float(value), f"parameter {name}"))
        for name, value in numbers.items()
        if name not in levers
    ]
    fields += [
        (f"initial_{name}", Number, parameter(float(value), f"{name} at the beginning"))
        for name, value in initial_state.items()
    ]
    for name, *_ in fields:
        if not name.isidentifier() or hasattr(Adapted, name):
            raise ValueError(f"{id}: a parameter cannot be called {name!r} here; give it another name")
    declared = {
        "name": id.rpartition("/")[2].lower().replace("-", "_"),
        "variables": tuple(initial_state),
        "blocks": tuple(blocks),
        "known": tuple(numbers),
        "constants": {name: value for name, value in given.items() if name not in numbers},
        "tensors": tensors,
        "levers": tuple(
            Lever(name, "1", float(low), float(high), float(numbers[name]), f"parameter {name}")
            for name, (low, high) in levers.items()
        ),
        "sensors": tuple(
            Sensor(name, "1", f"state variable {name}", scale=abs(value) or 1.0, limit=10.0, observed=not sensors or name in sensors)
            for name, value in initial_state.items()
        ),
    }  # fmt: skip
    made: Any = make_dataclass("Model", fields, bases=(Adapted,), frozen=True, namespace=declared)
    chosen: dict[str, Any] = {"scenarios": (CALM,), "interval": 1, "step_unit": "step"} | options
    return Task(id=id, economy=made(), objective=Rewarded(reward), horizon=horizon, **chosen)


def _check_names(
    id: str,
    initial_state: Mapping[str, Any],
    numbers: Mapping[str, Any],
    levers: Iterable[str],
    sensors: Iterable[str],
) -> None:
    for name, value in initial_state.items():
        if not _is_number(value):
            raise ValueError(f"{id}: state variable {name!r} begins as {value!r}; it must be a number")
    for name in levers:
        if name not in numbers:
            raise ValueError(
                f"{id}: lever {name!r} is no parameter that is a number; there are {', '.join(numbers)}"
            )
    for name in sensors:
        if name not in initial_state:
            raise ValueError(
                f"{id}: sensor {name!r} is no state variable; there are {', '.join(initial_state)}"
            )


def first(value: Any) -> Any:
    """The value of a parameter, the first one of cadCAD's list."""
    return value[0] if isinstance(value, list) and value else value


def sweep(parameters: Mapping[str, Any], levers: Sequence[str] = ()) -> dict[str, Any]:
    """cadCAD's sweep of these parameters as an entry of `vary`: lists side by side, where they hold more than one value."""
    listed = {
        name: list(map(float, value))
        for name, value in parameters.items()
        if isinstance(value, list) and len(value) > 1
    }
    return {
        "method": "list",
        "parameters": {name: values for name, values in listed.items() if name not in levers},
        "levers": {name: values for name, values in listed.items() if name in levers},
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
