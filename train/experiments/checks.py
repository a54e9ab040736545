"""What a design may ask for: every mistake is one line that names the value and what is possible."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from itertools import chain
from typing import Any, cast

import torch

from agents.contenders import contender
from agents.seeds import EXPERIMENTS
from envs.core.compiling import has_compiler
from envs.core.scenario import ScenarioSet
from envs.core.task import Task

from .design import LANES, Design
from .sampling import Range, Varied


def check(design: Design) -> None:
    """Raises ValueError for the first thing that cannot be had."""
    task = design.subject
    if design.onset is not None and not design.onset >= 0:
        raise ValueError(f"onset is {design.onset}; it must be a step from 0 on")
    for name, value, least in (
        ("horizon", design.steps, 1),
        ("seeds", design.seeds, 1),
        ("first_seed", design.first_seed, 0),
    ):
        if value < least:
            raise ValueError(f"{name} is {value}; it must be a whole number from {least} on")
    if not 0.0 < design.reliability <= 1.0:
        raise ValueError(f"reliability is {design.reliability:g}; it must be a number above 0, at most 1")
    if design.batch < LANES or design.batch % LANES:
        raise ValueError(f"batch is {design.batch}; it must be a multiple of {LANES}")
    if design.compile is True and not has_compiler():
        raise ValueError(
            "compile is true, which needs a C++ compiler that works, such as g++; write compile: auto"
        )
    EXPERIMENTS.check(design.first_seed + design.seeds)
    bank = ScenarioSet(task.scenarios, task.economy.shocks)
    _distinct("scenarios", [task.scenarios[bank.index(name)].name for name in design.under])
    _distinct("controllers", design.controllers)
    _check_settings(design, task)
    _check_controllers(design, task)
    _check_readings(design, task)
    known = figure_names(design)
    for name in design.goals:
        if name not in known:
            raise ValueError(f"goals: unknown figure {name!r}; there are {', '.join(known)}")


def figure_names(design: Design) -> list[str]:
    """Every figure that a run of this design has."""
    task = design.subject
    nothing = torch.zeros(1, dtype=torch.int64)
    state = task.economy.initial(1, _launch(task), "cpu")
    neutral = task.economy.neutral_levers(1)
    terms = task.objective.terms(task.economy, state, state, neutral)
    names = ["score", "steps_alive", *(f"term/{name}" for name in terms)]
    names += [f"end/{name}" for name in task.economy.metrics(state)]
    if measured(design):
        assert task.measures is not None
        blank = {
            name: torch.zeros(design.steps, 1, dtype=torch.float64) for name in (*task.recorded, "moves")
        }
        try:
            names += [f"measure/{name}" for name in task.measures(blank, nothing)]
        except (IndexError, RuntimeError) as error:
            raise ValueError(
                f"the measures of {task.id} cannot be taken of {design.steps} {task.step_unit}s ({error}); "
                "write a longer horizon, or measures: false"
            ) from None
    return names + list(design.figures)


def measured(design: Design) -> bool:
    """Whether the task's own measures are taken."""
    return design.measures and design.subject.measures is not None


def _launch(task: Task) -> Any:
    simulation = task.simulation(1, compile=False)
    zero = torch.zeros(1, dtype=torch.int64)
    return simulation.dynamics.source(zero, zero).at(zero - 1)


def _check_settings(design: Design, task: Task) -> None:
    levers = {lever.name for lever in task.economy.levers}
    known: dict[str, set[str]] = {"parameter": numbers_and_choices(task), "lever": levers}
    for where, name, _ in _settings(design):
        kind, _, bare = name.partition(".")
        if bare not in known[kind]:
            raise ValueError(
                f"{where}: unknown {kind} {bare!r}; {task.id} has {', '.join(sorted(known[kind]))}"
            )
    for where, name, value in _settings(design):
        kind, _, bare = name.partition(".")
        for one in _values(value):
            if kind == "lever":
                _check_lever(design, where, bare, one)
            else:
                _check_parameter(task, where, bare, one)
    _check_once(design)


def numbers_and_choices(task: Task) -> set[str]:
    """Names of the parameters that were declared as such."""
    return {one.name for one in fields(cast(Any, task.economy)) if "doc" in one.metadata}


def _settings(design: Design) -> Iterator[tuple[str, str, Any]]:
    """Where it stands, `parameter.<name>` or `lever.<name>`, and its value, values or range."""
    parts: list[tuple[str, Mapping[str, Any], Mapping[str, Any]]] = [
        ("design", design.parameters, design.levers)
    ]
    parts += [(f"arm {name!r}", arm.parameters, arm.levers) for name, arm in design.arms.items()]
    for where, parameters, held in parts:
        yield from ((where, f"parameter.{name}", value) for name, value in parameters.items())
        yield from ((where, f"lever.{name}", value) for name, value in held.items())
    for number, vary in enumerate(design.vary, start=1):
        yield from ((f"vary {number}", name, values) for name, values in vary.columns.items())


def _values(value: Varied | Any) -> Iterable[Any]:
    if isinstance(value, Range):
        return (value.low, value.high)
    return value if isinstance(value, tuple) else (value,)


def _check_lever(design: Design, where: str, name: str, value: Any) -> None:
    low, high = design.lever_range(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"{where}: lever {name} is {value!r}; it must be a number from {low:g} to {high:g}")


def _check_parameter(task: Task, where: str, name: str, value: Any) -> None:
    try:
        task.economy.variant(**{name: as_declared(task, name, value)})
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from None


def as_declared(task: Task, name: str, value: Any) -> Any:
    """A value as the economy takes it: a list as a tuple, a whole number of a real parameter as a real one."""
    now = getattr(task.economy, name)
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, int) and not isinstance(value, bool) and isinstance(now, float):
        return float(value)
    return int(value) if isinstance(now, int) and isinstance(value, float) and value.is_integer() else value


def _check_once(design: Design) -> None:
    """Nothing is varied twice, or varied and set by hand."""
    varied = list(chain.from_iterable(vary.columns for vary in design.vary))
    held = {
        *(f"parameter.{name}" for name in design.parameters),
        *(f"lever.{name}" for name in design.levers),
    }
    for arm in design.arms.values():
        held |= {f"parameter.{name}" for name in arm.parameters} | {f"lever.{name}" for name in arm.levers}
    for name in varied:
        if varied.count(name) > 1:
            raise ValueError(f"{name} is varied twice")
        if name in held:
            raise ValueError(f"{name} is varied, and held at a value as well; leave one of them out")


def _check_controllers(design: Design, task: Task) -> None:
    own = [arm.controller for arm in design.arms.values() if arm.controller is not None]
    if not design.controllers:
        raise ValueError("controllers is empty; name at least one, such as constant")
    if own and len(design.controllers) > 1:
        raise ValueError(
            "an arm names its controller, so that controllers may name one only, for the other arms"
        )
    for name in {*design.controllers, *own}:
        contender(task, name)


def _check_readings(design: Design, task: Task) -> None:
    known = readings(task)
    asked = [(f"figure {name!r}", figure.of) for name, figure in design.figures.items()]
    asked += [("trajectories", name) for name in (design.trajectories.of if design.trajectories else ())]
    for where, name in asked:
        if name not in known:
            raise ValueError(f"{where}: unknown sensor {name!r}; there are {', '.join(known)}")
    for name, figure in design.figures.items():
        if (figure.last or 0) > design.steps or figure.first > design.steps:
            raise ValueError(
                f"figure {name!r} asks for steps {figure.first} to {figure.last or design.steps}; a run has {design.steps}"
            )
        if "/" in name or name in (
            "score",
            "steps_alive",
            "cell",
            "seed",
            "onset",
            "scenario",
            "controller",
            "arm",
        ):
            raise ValueError(f"figures: {name!r} is the name of something else; call it otherwise")


def readings(task: Task) -> list[str]:
    """What figures and trajectories may be taken of."""
    return [
        *(one.name for one in task.economy.sensors),
        *(f"lever.{one.name}" for one in task.economy.levers),
    ]


def _distinct(what: str, names: Iterable[str]) -> None:
    listed = list(names)
    for name in listed:
        if listed.count(name) > 1:
            raise ValueError(f"{what} names {name!r} twice")
