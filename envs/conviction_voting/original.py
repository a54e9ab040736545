"""The speed of conviction voting beside the original model's.

Whole runs from the initial state, as the original's were timed: a step costs more the more proposals there are. The
original (README of the reference figures) does 49 steps a CPU second over 100 steps and 6 over 365, at its default
parameters, one process, on an AMD EPYC core. "economy" is what the original computes; "task" adds levers, scenarios,
reward, sensors and observation.
"""

from collections.abc import Callable
from typing import cast

import torch

from ..core.chance import Paired
from ..core.compiling import compile_graph
from ..core.model import Case, Original
from ..core.task import Task
from .state import State

PUBLISHED = {100: 49.0, 365: 6.0}
"""Steps of a run → the original's steps per CPU second over such a run."""
LEVELS = {"published rho 0.02": 0.02, "lively rho 0.001": 0.001}


def cases(task: Task, batch: int, compile: bool) -> list[Case]:
    """The economy at both levels of the trigger, and the whole task; none for runs the original was not timed on."""
    if task.horizon not in PUBLISHED:
        return []
    chance, shocks = Paired(torch.arange(batch)), task.economy.neutral_shocks(batch)

    def day(state: State, levers: dict[str, torch.Tensor]) -> State:
        return cast(State, task.economy.step(state, levers, shocks, chance.at(state.time)))

    step = compile_graph(day) if compile else day
    found = [of_economy(task, batch, name, rho, step) for name, rho in LEVELS.items()]
    simulation = task.simulation(batch, compile=compile, autoreset=False)
    action = torch.zeros(batch, len(simulation.action_map.labels), dtype=torch.float64)

    def state() -> State:
        now: State = simulation.run.state
        return now

    return [
        *found,
        of(
            task,
            batch,
            "task, rho 0.0022",
            lambda: simulation.reset(0),
            lambda: simulation.act(action),
            state,
        ),
    ]


def of_economy(task: Task, batch: int, name: str, rho: float, step: Callable[..., State]) -> Case:
    """The economy alone, rho held there."""
    chance, before = Paired(torch.arange(batch)), torch.full((batch,), -1)
    levers = task.economy.neutral_levers(batch)
    levers["rho"] = torch.full_like(levers["rho"], rho)
    held: dict[str, State] = {}

    def begin() -> None:
        held["state"] = task.economy.initial(batch, chance.at(before))

    def go() -> None:
        held["state"] = step(held["state"], levers)

    return of(task, batch, f"economy, {name}", begin, go, lambda: held["state"])


def of(
    task: Task,
    batch: int,
    name: str,
    begin: Callable[[], object],
    call: Callable[[], object],
    state: Callable[[], State],
) -> Case:
    """A run of the task's horizon; at least the edges in use are read once and written once, 8 bytes each."""

    def moved() -> int:
        return 2 * 8 * int((state().participants * state().proposals).sum())

    rate = PUBLISHED[task.horizon]
    return Case(name, begin, call, task.horizon, batch, lambda: rate, moved)


ORIGINAL = Original(
    about=(
        "original: steps per CPU second over runs of "
        + ", ".join(f"{steps} steps: {rate:g}" for steps, rate in PUBLISHED.items())
        + "; one process, an AMD EPYC core",
    ),
    cases=cases,
)
