"""What every registered task refuses: one line that names the value and what is possible, before anything runs."""

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from math import inf, nan
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch

from envs import TASKS, task_of
from envs.adapters.env import EconomyEnv
from envs.adapters.options import check_learnable
from envs.adapters.vector import EconomyVectorEnv
from envs.core.chance import whole_seed
from envs.core.simulation import Simulation

EVERY_TASK = pytest.mark.parametrize("task", sorted(TASKS))
OPTIONS: dict[str, list[Any]] = {
    "economy": [5, "x", [1], [("a", 1)], dict, object(), True],
    "scenario": ["nope", "", [], ["calm", 3], 5, {"calm": 1}, b"calm", True],
    "scenarios": ["calm", [], None, ["calm"], 5],
    "chance": ["exakt", "", None, 5, ["paired"]],
    "interval": [0, -1, 1.5, nan, "3", None, True, [1], 2**60],
    "horizon": [0, -1, 1.5, inf, "3", None, True, 2**60],
    "delay": [-1, 1.5, "1", None, True, 2**40],
    "shaping": [nan, inf, "1", None, [1], True, 1j],
    "cut": [0, -1, 1.5, "1", True, 2**60],
    "onset": [-1, 1.5, nan, "1", True, [1], [1, 1], [3, 2], [0, 1, 2], (0, 2**60), {}],
    "randomise": [5, "x", [1], {"nope": (1, 2)}, {"nope": 1}, {1: (1, 2)}, True],
    "compile": ["yes", 1, None, ""],
    "reset_mode": ["x", None, 1, "library"],
    "library": [3, "x", {}],
    "show_scenario": [1, "yes", None],
    "action": ["x", "", 5, ["levels"]],
    "device": ["x", "", None, "meta"],
    "render_mode": ["human", "", 5, ["ansi"]],
    "batch": [1],
    "autoreset": [True],
    "reset": ["launch"],
    "intervall": [3],
    "steps_per_year": [1],
}
SEEDS: list[Any] = [-1, 2**64, 1.5, "1", nan, True, np.array([1, 2]), b"1", {}]


def refused(call: Callable[[], object], *words: str) -> None:
    """It raises one line with these words in it."""
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    said = str(caught.value)
    assert "\n" not in said
    for word in words:
        assert word in said, said


@cache
def two(task: str) -> Simulation:
    """Two environments of a task, begun."""
    simulation = task_of(task).simulation(2, compile=False)
    simulation.reset(0)
    return simulation


@EVERY_TASK
def test_options(task: str) -> None:
    for name, values in OPTIONS.items():
        word = name.removesuffix("_mode")
        for value in values:
            refused(lambda: EconomyEnv(task, **{"compile": False} | {name: value}), word)  # noqa: B023
            if name not in ("render_mode", "autoreset"):
                refused(lambda: EconomyVectorEnv(task, 2, **{"compile": False} | {name: value}), word)  # noqa: B023


@EVERY_TASK
def test_parameters(task: str) -> None:
    """Of another type, without end, whole where they must be, or of more environments than there are."""
    economy = task_of(task).economy
    three = torch.ones(3, dtype=torch.float64)
    for one in fields(economy):  # type: ignore[arg-type]
        bad: list[Any] = [b"x", {"a": 1}, object(), 1j, np.array([1.0, 2.0]), three > 0.0, three[:0]]
        if isinstance(one.default, bool):
            bad += [1, 0, None, "true"]
        elif isinstance(one.default, int):
            bad += [1.5, 1e300, nan, True, "1"]
        elif isinstance(one.default, float):
            bad += [nan, inf, True, "1", None, [1.0, 2.0]]
        if "doc" in one.metadata or isinstance(one.default, bool):
            for value in bad:
                refused(lambda: economy.variant(**{one.name: value}), one.name)  # noqa: B023
        if isinstance(one.default, float) and not one.metadata["fixed"]:
            each = three * getattr(economy, one.name)
            asked = {one.name: each}
            words = (one.name, "one number, or 2")
            refused(lambda: task_of(task).simulation(2, economy=asked), *words)  # noqa: B023


@EVERY_TASK
def test_numbers_of_numpy_are_numbers(task: str) -> None:
    economy = task_of(task).economy
    kinds = {float: np.float64, int: np.int64}
    same = {
        one.name: kinds[type(value)](value)
        for one in fields(economy)  # type: ignore[arg-type]
        if type(value := getattr(economy, one.name)) in kinds
    }
    assert same
    changed = economy.variant(**same)
    for name in same:
        assert type(getattr(changed, name)) in kinds
        assert getattr(changed, name) == getattr(economy, name)
    simulation = task_of(task).simulation(np.int64(1), economy=same, interval=np.int32(2), compile=False)
    simulation.reset(np.uint64(2**63 + 5))
    assert simulation.run.seed.tolist() == [5 - 2**63]


@EVERY_TASK
def test_commands(task: str) -> None:
    """Actions and levers of the wrong shape or kind, or that are no numbers."""
    simulation = two(task)
    width = len(simulation.action_map.labels)
    zeros = torch.zeros(2, width)
    for action in (
        None,
        "x",
        5,
        zeros.numpy(),
        zeros.tolist(),
        zeros > 1,
        zeros + 1j,
        zeros[0],
        zeros[:1],
        zeros + nan,
    ):
        refused(lambda: simulation.act(action))  # noqa: B023
    held = simulation.economy.neutral_levers(2)
    first = next(iter(held))
    for value in (
        None,
        "x",
        1.0,
        np.ones(2),
        held[first] > 0,
        torch.ones(3),
        torch.ones(2, 2),
        held[first] + nan,
    ):
        refused(lambda: simulation.step({**held, first: value}))  # noqa: B023
    for levers in (None, 5, [first], {}, {**held, "nope": held[first]}):
        refused(lambda: simulation.step(levers))  # type: ignore[arg-type]  # noqa: B023
    single = EconomyEnv(task, compile=False)
    single.reset(seed=0)
    zero = np.zeros(width)
    for given in (
        None,
        "x",
        {},
        zero + nan,
        zero[1:],
        zero[None],
        zero + 1j,
        zero > 1,
        zero.astype("datetime64[s]"),
        [None] * width,
    ):
        refused(lambda: single.step(given), "action")  # type: ignore[arg-type]  # noqa: B023


@EVERY_TASK
def test_beginnings(task: str) -> None:
    """Seeds, scenarios and onsets."""
    simulation = two(task)
    none = torch.zeros(2, dtype=torch.int64)
    for scenario in ("calm", 0, [0, 0], none > 0, none + 0.5, none[:1], none - 1, none + 999):
        refused(lambda: simulation.reset(0, scenario), "scenario")  # type: ignore[arg-type]  # noqa: B023
    refused(lambda: simulation.reset(0, None, none - 1), "onset")
    for seed in SEEDS:
        refused(lambda: simulation.reset(seed), "seed")  # noqa: B023
    for names in ([], "nope", ["calm", 3], 5, None):
        refused(lambda: simulation.draw_from(names), "scenario")  # type: ignore[arg-type]  # noqa: B023
    env = EconomyEnv(task, compile=False)
    for options in ([1], "x", {"x": 1}, {"scenario": "x"}, {"onset": -1}, {"onset": [1, 2]}):
        refused(lambda: env.reset(seed=0, options=options))  # type: ignore[arg-type]  # noqa: B023


def test_seeds_at_every_door() -> None:
    task = min(TASKS)
    single, batch = EconomyEnv(task, compile=False), EconomyVectorEnv(task, 2, compile=False)
    for seed in SEEDS:
        for call in (whole_seed, lambda seed: single.reset(seed=seed), lambda seed: batch.reset(seed=seed)):
            refused(lambda: call(seed), "seed is", "from 0 to 18446744073709551615")  # noqa: B023
    for seeds in ([1], [1, None], [1, 1.5], [-1, 2], [1, 2**64], [1, 2, 3], []):
        refused(lambda: batch.reset(seed=seeds), "seed is")  # type: ignore[arg-type]  # noqa: B023
    for number in (0, -1, 1.5, "2", None, True):
        refused(lambda: gymnasium.make_vec(task, num_envs=number, compile=False))  # type: ignore[arg-type]  # noqa: B023
    np.testing.assert_array_equal(single.reset(seed=np.int64(3))[0], single.reset(seed=3)[0])  # type: ignore[arg-type]


def test_an_interval_beyond_the_horizon_is_no_longer_than_it() -> None:
    long, brief = (two(min(TASKS)).dynamics.at_interval(interval) for interval in (2**53, 3))
    assert (long.held, brief.held) == (long.horizon, 3)


@pytest.mark.parametrize(
    ("simulation", "offset", "scale", "words"),
    [
        ("SafeNetwork", 0.0, 1.0, "it takes a Simulation"),
        (None, nan, 1.0, "reward_offset is nan; it must be a finite number"),
        (None, "1", 1.0, "reward_offset is '1'"),
        (None, 0.0, inf, "reward_scale is inf"),
        (None, 0.0, 0.0, "reward_scale is 0.0; it must be above 0"),
    ],
)
def test_what_nobody_learns_on(simulation: Any, offset: Any, scale: Any, words: str) -> None:
    refused(lambda: check_learnable("Env", simulation or two(min(TASKS)), offset, scale), words)


@pytest.mark.parametrize("task", [5, None, [], ":tokenomics/SafeNetwork-v0", "", "tokenomics/SafeNetwrk-v0"])
def test_tasks_that_are_none(task: Any) -> None:
    refused(lambda: task_of(task))
