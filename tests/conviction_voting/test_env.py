"""Conviction voting as Gymnasium environments: spaces, graph observation, reward, dashboard."""

import pickle
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env

import envs
from envs.conviction_voting import ConvictionVoting
from envs.conviction_voting.graph import graph
from envs.conviction_voting.objective import (
    COEFFICIENTS,
    RANGES,
    SuggestedReward,
    quantities,
    reward_of,
    scaled,
)
from envs.conviction_voting.snapshot import snapshot
from envs.conviction_voting.state import total_holdings
from envs.conviction_voting.task import SEED_ECONOMY
from envs.core.chance import Paired
from envs.core.compiling import has_compiler

IDS = ["tokenomics/ConvictionVoting-v0", "tokenomics/ConvictionVotingSeed-v0"]
SEED = IDS[1]


@pytest.mark.parametrize("id_", IDS)
@pytest.mark.parametrize("graphs", [False, True])
def test_gymnasium_approves(id_: str, graphs: bool) -> None:
    env = gymnasium.make(id_, graph=graphs)
    check_env(env.unwrapped, skip_render_check=True)


def test_the_graph_holds_the_economy() -> None:
    env = gymnasium.make(SEED, graph=True, scenario="calm")
    observation, _ = env.reset(seed=3)
    for _ in range(30):
        observation, *_ = env.step(np.array([-0.2], dtype=np.float32))
    state = env.unwrapped.simulation.run.state  # type: ignore[attr-defined]
    entries = {name: entry[0] for name, entry in graph(state).items()}
    assert all(np.array_equal(observation[name], entry.numpy()) for name, entry in entries.items())
    assert observation["participant_mask"].sum() == int(state.participants)
    assert observation["proposals"][:, :5].sum() == int(state.proposals)
    staked = float(state.staked.sum() / total_holdings(state))
    assert observation["stake"].sum() <= 1.0 + 1e-6
    assert observation["proposals"][:, 8].sum() == pytest.approx(staked, rel=1e-5)


def test_a_graph_environment_survives_pickling() -> None:
    env: Any = gymnasium.make(SEED, graph=True).unwrapped
    env.reset(seed=1)
    twin = pickle.loads(pickle.dumps(env))
    action = np.array([0.3], dtype=np.float32)
    ours, theirs = env.step(action), twin.step(action)
    assert ours[1] == theirs[1]
    assert all(np.array_equal(ours[0][name], theirs[0][name]) for name in ours[0])


def test_the_dashboard_is_drawn() -> None:
    env = gymnasium.make(SEED, render_mode="rgb_array")
    env.reset(seed=0)
    for _ in range(12):
        env.step(np.array([0.0], dtype=np.float32))
    image: Any = env.render()
    assert image.ndim == 3
    assert image.shape[1] > 1500
    assert image.std() > 10


def test_a_snapshot_can_be_drawn_at_genesis() -> None:
    economy = ConvictionVoting(proposals0=1)
    chance = Paired(torch.arange(2))
    state = economy.initial(2, chance.at(torch.full((2,), -1)))
    assert len(snapshot(state, 1).axes) >= 3


@pytest.mark.parametrize(
    "options", [{"economy": {"funds0": 0.4 * SEED_ECONOMY.funds0}}, {"randomise": {"funds0": (0.4, 0.4)}}]
)
def test_the_score_knows_a_changed_treasury(options: dict[str, object]) -> None:
    """A treasury as full as on the first day is not below half of it, however small that was."""
    simulation = envs.task_of(SEED).simulation(8, compile=False, scenario="calm", **options)
    simulation.reset(0)
    transition = simulation.step(simulation.economy.neutral_levers(8))
    assert float(transition.costs["treasury_below_half"].max()) == 0.0
    assert float(transition.terms["treasury"].min()) == 1.0


def test_the_score_is_an_affine_map_of_the_suggested_reward() -> None:
    objective = SuggestedReward()
    task = envs.task_of(SEED)
    simulation = task.simulation(64, compile=False, scenario="calm")
    simulation.reset(0)
    factor = sum(objective.weights.values())
    floor = sum(COEFFICIENTS[name] * RANGES[name][0] for name in COEFFICIENTS)
    levers = task.economy.neutral_levers(64) | {"rho": torch.full((64,), 0.001, dtype=torch.float64)}
    for _ in range(25):
        before, positions = simulation.run.state, simulation.run.positions
        transition = simulation.step(levers)
        raw = quantities(SEED_ECONOMY, before, simulation.run.state)
        raw["move"] = -((simulation.run.positions["rho"] - positions["rho"]) ** 2)
        expected = (reward_of(raw) - floor) / factor
        inside = torch.stack([scaled(n, raw[n]) * (1 - scaled(n, raw[n])) > 0 for n in ("fund",)]).all(0)
        assert bool(inside.any())
        torch.testing.assert_close(transition.reward[inside], expected[inside], rtol=1e-10, atol=1e-12)
    assert float(transition.reward.min()) >= 0.0
    assert float(transition.reward.max()) <= 1.0


def test_a_spent_treasury_ends_the_episode() -> None:
    task = envs.task_of(SEED)
    simulation = task.simulation(
        2, compile=False, economy={"funds0": 50.0, "collapse_share": 1.2}, autoreset=False
    )
    simulation.reset(0)
    assert bool(simulation.step(task.economy.neutral_levers(2)).terminated.all())


@pytest.mark.slow
@pytest.mark.skipif(not has_compiler(), reason="no C++ compiler on the path")
def test_the_compiled_step_agrees_with_the_eager_one() -> None:
    task = envs.task_of(SEED)
    small = {"participant_slots": 72, "proposal_slots": 16}
    runs = []
    for compile_ in (False, True):
        simulation = task.simulation(64, compile=compile_, economy=small)
        simulation.reset(0)
        rewards = [simulation.act(torch.full((64, 1), -0.3)).reward for _ in range(12)]
        runs.append((torch.stack(rewards), simulation.run.state))
    (plain, eager), (fast, compiled) = runs
    torch.testing.assert_close(plain, fast, rtol=1e-10, atol=1e-12)
    assert torch.equal(eager.status, compiled.status)
    torch.testing.assert_close(eager.conviction, compiled.conviction, rtol=1e-10, atol=1e-9)
    torch.testing.assert_close(eager.funds, compiled.funds, rtol=1e-12, atol=0.0)
