"""What every registered task promises, other people's included: the worked example of docs/ is tested like ours."""

import copy
import pickle
import sys
import warnings
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env

from agents.registry import COMPETITIONS
from envs import ECONOMIES, MODELS, TASKS, task_of
from envs.core.scenario import ScenarioSet

FOREIGN = "lending/Pool-v0"
EVERY_TASK = pytest.mark.parametrize("task", [*sorted(TASKS), FOREIGN])
SEED = 7


@pytest.fixture(autouse=True, scope="module")
def worked_example() -> Iterator[None]:
    """Registers the package of docs/example_package while these tests run."""
    kept = [(one, dict(one)) for one in (gymnasium.registry, TASKS, MODELS, ECONOMIES, COMPETITIONS)]
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parent.parent / "docs" / "example_package")
        task_of(f"lending_gym:{FOREIGN}")
        yield
    for one, before in kept:
        one.clear()
        one.update(before)
    for name in [name for name in sys.modules if name.partition(".")[0] == "lending_gym"]:
        del sys.modules[name]


def make(task: str, **options: Any) -> Any:
    """The single environment without Gymnasium's wrappers."""
    return gymnasium.make(task, compile=False, **options).unwrapped


def actions(env: Any, count: int) -> list[np.ndarray]:
    """Actions drawn at random."""
    env.action_space.seed(SEED)
    return [env.action_space.sample() for _ in range(count)]


def same(one: Any, other: Any) -> bool:
    """Whether two nested results are equal, nan being nan."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(np.array_equal(one, other, equal_nan=np.asarray(one).dtype.kind == "f"))


def path(env: Any, moves: list[np.ndarray]) -> list[Any]:
    """What an environment answers to a reset and these actions."""
    return [env.reset(seed=SEED), *map(env.step, moves)]


@EVERY_TASK
def test_both_checkers_are_silent(task: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(make(task), skip_render_check=True)
        checker = pytest.importorskip("stable_baselines3.common.env_checker")
        checker.check_env(make(task), skip_render_check=True)


@EVERY_TASK
def test_a_seed_gives_an_episode(task: str) -> None:
    env, again = make(task), make(task)
    moves = actions(env, 4)
    assert same(path(env, moves), path(again, moves))
    batch = task_of(task).simulation(32, compile=False)
    batch.reset(SEED)
    begun = [batch.run]
    batch.reset()
    begun.append(batch.run)  # the next episodes
    met = [torch.stack([run.scenario, run.onset]) for run in begun]
    assert not torch.equal(*met)
    assert len(met[0].unique(dim=1).T) > 1


@EVERY_TASK
def test_copied_and_pickled_in_the_middle_of_an_episode(task: str) -> None:
    env = make(task)
    moves = actions(env, 6)
    path(env, moves[:3])
    twins = [copy.deepcopy(env), pickle.loads(pickle.dumps(env))]
    wanted = [env.step(move) for move in moves[3:]]
    for twin in twins:
        assert same([twin.step(move) for move in moves[3:]], wanted)


@EVERY_TASK
def test_a_row_of_a_batch_is_a_single_environment(task: str) -> None:
    batch = gymnasium.make_vec(task, num_envs=3, compile=False)
    single = make(task)
    observation, _ = batch.reset(seed=SEED)
    alone, _ = single.reset(seed=SEED + 2)
    np.testing.assert_allclose(observation[2], alone, rtol=1e-6, atol=1e-6)
    for move in actions(single, 4):
        observation, reward, terminated, _, infos = batch.step(np.stack([-move, 0.0 * move, move]))
        alone, gain, over, _, info = single.step(move)
        np.testing.assert_allclose(observation[2], alone, rtol=1e-6, atol=1e-6)
        assert (reward[2], terminated[2]) == (pytest.approx(gain, rel=1e-12), over)
        for group in info:
            for name, value in info[group].items():
                assert infos[group][name][2] == pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True), name


@EVERY_TASK
def test_rewards_are_the_weighted_terms(task: str) -> None:
    env, weights = make(task), task_of(task).objective.weights
    for _, reward, _, _, info in path(env, actions(env, 4))[1:]:
        terms = info["reward_terms"]
        assert all(0.0 <= terms[name] <= 1.0 for name in weights)
        score = sum(weights[name] * terms[name] for name in weights) / sum(weights.values())
        assert reward == pytest.approx(score, rel=1e-12)
        assert set(info["cost"]) >= set(task_of(task).objective.cost_limits)


@EVERY_TASK
def test_every_parameter_that_may_be_randomised_is(task: str) -> None:
    """By factors of 1 nothing changes; those that the task's scenarios draw are left to them."""
    economy = task_of(task).economy
    drawn = {name for scenario in task_of(task).scenarios for name in scenario.randomise}
    free = {
        one.name: (1.0, 1.0)
        for one in fields(cast(Any, economy))
        if one.name not in {*economy.frozen, *drawn}
        and not one.metadata.get("fixed", True)
        and isinstance(getattr(economy, one.name), float)
    }
    plain, randomised = (
        task_of(task).simulation(2, compile=False, randomise=factors) for factors in ({}, free)
    )
    assert set(free) <= set(randomised.dynamics.randomised.names)
    action = torch.zeros(2, len(plain.action_map.labels), dtype=torch.float64)
    plain.reset(SEED)
    randomised.reset(SEED)
    for _ in range(3):
        one, other = plain.act(action), randomised.act(action)
        torch.testing.assert_close(one.observation, other.observation, rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(one.reward, other.reward, rtol=1e-9, atol=1e-12)


@EVERY_TASK
def test_every_scenario_bites(task: str) -> None:
    """Same seed, same actions, an onset at once: what a scenario does is seen in some sensor within 60 steps."""
    chosen = task_of(task)
    count = len(chosen.scenarios)
    simulation = chosen.simulation(count, compile=False, interval=1, autoreset=False)
    shown = ScenarioSet(chosen.scenarios, chosen.economy.shocks)
    zeros = torch.zeros(count, dtype=torch.int64)
    simulation.reset(zeros, torch.arange(count), zeros + 1)
    levers = simulation.economy.neutral_levers(count)
    calm = shown.index("calm")
    differs = torch.zeros(count, dtype=torch.bool)
    for _ in range(60):
        for reading in simulation.step(levers).sensors.values():
            differs |= torch.nan_to_num(reading) != torch.nan_to_num(reading[calm])
        if bool(differs.sum() == count - 1):
            break
    assert [name for name, bites in zip(shown.names, differs.tolist(), strict=True) if not bites] == ["calm"]
