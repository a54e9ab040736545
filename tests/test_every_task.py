"""What holds for every registered task, eager and compiled."""

from dataclasses import fields
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor

from envs import TASKS, task_of
from envs.core.compiling import has_compiler
from envs.core.simulation import Simulation
from envs.core.tensors import map_record

ECONOMIES = sorted({type(TASKS[name].economy): name for name in sorted(TASKS)}.values())
COMPILED = [pytest.mark.slow, pytest.mark.skipif(not has_compiler(), reason="no C++ compiler on the path")]
EVERY_TASK = pytest.mark.parametrize("task", sorted(TASKS))
EVERY_ENGINE = pytest.mark.parametrize(
    ("task", "compile"),
    [(task, False) for task in sorted(TASKS)]
    + [pytest.param(task, True, marks=COMPILED) for task in ECONOMIES],
)
HORIZON, INTERVAL = 22, 9


def leaves(record: object) -> list[Tensor]:
    """All tensors of a record."""
    found: list[Tensor] = []
    map_record(lambda leaf: found.append(leaf) or leaf, record)  # type: ignore[func-returns-value, type-var]
    return found


@cache
def first(task: str, compile: bool) -> Simulation:
    """Three environments of a short horizon, which the interval does not divide."""
    simulation = task_of(task).simulation(
        3, compile=compile, horizon=HORIZON, interval=INTERVAL, autoreset=False
    )
    assert simulation.compiled == compile
    return simulation


def made(task: str, compile: bool) -> Simulation:
    """The same, begun; tests share its graphs."""
    simulation = first(task, compile).sharing_graphs()
    simulation.reset(0)
    return simulation


def actions(simulation: Simulation, count: int) -> list[Tensor]:
    """Actions drawn at random."""
    generator = torch.Generator().manual_seed(0)
    shape = (count, simulation.batch, len(simulation.action_map.labels))
    return list(2.0 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1.0)


@EVERY_ENGINE
def test_steps_after_the_horizon_change_nothing(task: str, compile: bool) -> None:
    """Where the interval does not divide the horizon, the last decision ends as that of every step does."""
    seldom = made(task, compile)
    often = first(task, False).sharing_graphs(interval=1)
    often.reset(0)
    for simulation, decisions in ((often, HORIZON), (seldom, 3)):
        neutral = simulation.economy.neutral_levers(simulation.batch)
        for _ in range(decisions):
            last = simulation.step(neutral)
        assert bool((last.truncated | last.terminated).all())
    for one, other in zip(leaves(often.run.state), leaves(seldom.run.state), strict=True):  # type: ignore[union-attr]
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12, equal_nan=True)


@EVERY_TASK
def test_the_objective_is_handed_the_economy_that_runs(task: str) -> None:
    """With its randomised parameters, for terms, costs and training signal alike."""
    chosen = task_of(task)
    name = next(
        one.name
        for one in fields(chosen.economy)
        if one.name not in chosen.economy.frozen
        and not one.metadata.get("fixed", True)
        and isinstance(one.default, float)
    )
    simulation = chosen.simulation(3, compile=False, randomise={name: (1.0, 1.0)}, scenario="calm")
    simulation.reset(0)
    handed = list[object]()
    for method in ("terms", "costs", "shaping"):
        kept = getattr(type(chosen.objective), method)

        def spy(economy: object, *states: object, kept: Any = kept) -> Any:
            handed.append(economy)
            return kept(chosen.objective, economy, *states)

        vars(simulation.objective)[method] = spy
    try:
        simulation.step(simulation.economy.neutral_levers(3))
    finally:
        for method in ("terms", "costs", "shaping"):
            del vars(simulation.objective)[method]
    assert len(handed) >= 3
    assert all(one is simulation.economy for one in handed)
    assert simulation.economy is not chosen.economy


@EVERY_ENGINE
def test_later_steps_leave_a_kept_run_alone(task: str, compile: bool) -> None:
    """Its tensors stay as they are, and going on from it gives the same once more."""
    simulation = made(task, compile)
    begin, *inputs = actions(simulation, 2)
    simulation.act(begin)
    kept = simulation.run
    then = [leaf.clone() for leaf in leaves(kept)]
    going = [simulation.act(action).observation.clone() for action in inputs]
    for now, before in zip(leaves(kept), then, strict=True):
        assert torch.equal(torch.nan_to_num(now), torch.nan_to_num(before))
    simulation.resume(kept, None)
    again = [simulation.act(action).observation.clone() for action in inputs]
    assert all(torch.equal(one, other) for one, other in zip(going, again, strict=True))


@EVERY_TASK
def test_panels_that_show_levers_say_so(task: str) -> None:
    for panel in task_of(task).panels:
        assert panel.levers == any(name.startswith("lever.") for name in panel.curves.values()), panel.title
