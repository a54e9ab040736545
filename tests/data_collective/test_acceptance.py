"""Measured behaviour of the reference: sections 12.1, 12.2 and 12.4."""

import numpy as np
import pytest
import torch
from torch import Tensor

from agents.data_collective.rules import earlier
from agents.registry import controller
from envs.core.chance import Paired
from envs.core.control import SideBySide
from envs.data_collective import DataCollective, State
from envs.data_collective.interface import LEVERS
from envs.data_collective.state import price
from envs.data_collective.task import TASKS
from train.judging.assess import assess

pytestmark = pytest.mark.slow

LIVES_ALIVE, LIVES_MOVED, DAY_MOVED = 64, 24, 200
ALIVE = {  # day → membership, price, saturation, availability, diversity
    30: (0.526, 0.055, 1.10, 0.83, 0.73),
    90: (0.627, 0.062, 1.14, 0.83, 0.78),
    180: (0.637, 0.061, 1.17, 0.87, 0.75),
    360: (0.584, 0.064, 1.13, 0.85, 0.73),
}
TOLERANCES = (0.03, 0.006, 0.2, 0.03, 0.04)


def test_alive_at_neutral_levers() -> None:
    """Section 12.1: means over 64 episodes within the tolerances there."""
    economy = DataCollective()
    chance = Paired(torch.arange(LIVES_ALIVE))
    with torch.inference_mode():
        state = economy.initial(LIVES_ALIVE, chance.at(torch.full((LIVES_ALIVE,), -1)))
        levers, shocks = economy.neutral_levers(LIVES_ALIVE), economy.neutral_shocks(LIVES_ALIVE)
        for day in range(1, max(ALIVE) + 1):
            state = economy.step(state, levers, shocks, chance.at(state.time))
            if day in ALIVE:
                membership = state.members.sum(1) / state.potential.sum(1)
                seen = (membership, price(state), state.saturation, state.availability, state.diversity)
                for value, wanted, tolerance in zip(seen, ALIVE[day], TOLERANCES, strict=True):
                    assert float(value.mean()) == pytest.approx(wanted, abs=tolerance), day
    assert not bool(economy.collapsed(state).any())


MOVES: dict[str, tuple[float, ...]] = {
    "inflation": (0.0, 0.6), "hosting_share": (0.0, 1.0), "surge_exponent": (0.0, 1.0, 3.0),
    "download_price": (1.0 / 3.0, 3.0), "gate": (67.0, 600.0), "staker_share": (0.0, 0.8),
    "lock_exponent": (0.0, 3.0), "geo_boost": (0.0, 2.0), "audit_rate": (0.0, 0.1, 1.0),
}  # fmt: skip


@pytest.fixture(scope="module")
def moved() -> dict[tuple[str, float], dict[str, float]]:
    """Mean figures on day 200 with one lever moved, all side by side in one batch."""
    arms = [(name, value) for name, values in MOVES.items() for value in values]
    batch = LIVES_MOVED * len(arms)
    economy = DataCollective()
    chance = Paired(torch.arange(LIVES_MOVED).repeat(len(arms)))
    levers = economy.neutral_levers(batch)
    for number, (name, value) in enumerate(arms):
        levers[name][number * LIVES_MOVED : (number + 1) * LIVES_MOVED] = value
    with torch.inference_mode():
        state = economy.initial(batch, chance.at(torch.full((batch,), -1)))
        for _ in range(DAY_MOVED):
            state = economy.step(state, levers, economy.neutral_shocks(batch), chance.at(state.time))
        seen = figures(economy, state, levers)
    return {
        arm: {name: float(part.chunk(len(arms))[number].mean()) for name, part in seen.items()}
        for number, arm in enumerate(arms)
    }


def figures(economy: DataCollective, state: State, levers: dict[str, Tensor]) -> dict[str, Tensor]:
    return economy.sense(state, levers) | {
        "offered": state.offered.mean(1), "joined": state.joined, "left": state.left, "slashed": state.slashed,
        "boosted": state.boosted,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lever", "figure", "values"),
    [
        ("inflation", "membership", (0.48, 0.77)), ("inflation", "availability", (0.81, 0.87)),
        ("inflation", "profiting", (0.84, 0.93)), ("inflation", "price", (0.058, 0.024)),
        ("inflation", "saturation", (1.3, 2.6)),
        ("hosting_share", "worst", (0.25, 0.36)), ("hosting_share", "availability", (0.83, 0.86)),
        ("hosting_share", "capacity", (2894.0, 2517.0)),
        ("surge_exponent", "served", (0.52, 0.77, 0.84)), ("surge_exponent", "peak", (8.7, 2.1, 1.9)),
        ("surge_exponent", "membership", (0.51, 0.62, 0.65)),
        ("download_price", "reach", (0.45, 0.24)), ("download_price", "saturation", (3.1, 0.64)),
        ("download_price", "offered", (0.54, 0.79)), ("download_price", "profiting", (0.84, 0.96)),
        ("gate", "membership", (0.65, 0.52)), ("gate", "joined", (3.0, 1.5)), ("gate", "left", (3.4, 1.8)),
        ("gate", "staked", (0.028, 0.086)),
        ("staker_share", "offered", (0.72, 0.47)), ("staker_share", "left", (3.1, 2.4)),
        ("staker_share", "profiting", (0.94, 0.78)),
        ("lock_exponent", "lock_age", (103.0, 117.0)), ("lock_exponent", "left", (3.4, 2.7)),
        ("lock_exponent", "joined", (3.0, 2.3)),
        ("geo_boost", "diversity", (0.737, 0.774)),
        ("audit_rate", "availability", (0.81, 0.85, 0.85)), ("audit_rate", "capacity", (2140.0, 2750.0, 2380.0)),
        ("audit_rate", "slashed", (0.0, 50.0, 76.0)),
    ],
)  # fmt: skip
def test_every_lever_does_what_its_story_says(
    moved: dict[tuple[str, float], dict[str, float]], lever: str, figure: str, values: tuple[float, ...]
) -> None:
    """Section 12.2: the figures to their rounding, and so every sign."""
    seen = [moved[lever, value][figure] for value in MOVES[lever]]
    assert seen == [pytest.approx(value, rel=0.035, abs=0.006) for value in values]


def test_exploits_do_not_pay() -> None:
    """Section 12.4: each is the best constant with something pushed to an extreme."""
    exploits: dict[str, dict[str, float]] = {
        "none": {},
        "kill demand": {"download_price": 10.0, "gate": 2000.0},
        "print": {"inflation": 0.6, "hosting_share": 1.0},
        "open doors": {"gate": 20.0, "audit_rate": 0.0},
        "stakers only": {"staker_share": 0.8, "lock_exponent": 3.0, "gate": 2000.0},
        "surge alone": {"surge_exponent": 3.0, "download_price": 0.1},
    }
    task, worlds = TASKS[0], 3
    episodes = worlds * len(task.scenarios)
    batch = episodes * len(exploits)
    simulation = task.simulation(batch, autoreset=False, interval=1, compile=False)
    scenario = torch.arange(len(task.scenarios)).repeat(worlds * len(exploits))
    seed = 820_000_000 + torch.arange(worlds).repeat_interleave(len(task.scenarios)).repeat(len(exploits))
    simulation.reset(seed, scenario)
    values = [{**earlier()["constant"], **changed} for changed in exploits.values()]
    levers = {
        lever.name: torch.tensor([one[lever.name] for one in values], dtype=torch.float64).repeat_interleave(
            episodes
        )
        for lever in LEVERS
    }
    total = torch.zeros(batch, dtype=torch.float64)
    with torch.inference_mode():
        for _ in range(task.horizon):
            total += simulation.step(levers).reward / task.horizon
    scores = dict(zip(exploits, (float(part.mean()) for part in total.chunk(len(exploits))), strict=True))
    best = scores.pop("none")
    assert best == pytest.approx(0.6251, abs=0.06)  # another constant on the same hard worlds
    for name, score in scores.items():
        assert score < best - 0.05, (name, score, best)


def test_scores_are_as_far_apart_as_they_should() -> None:
    """Section 12.3 on test seeds: gaps paired by draw, since worlds differ more than rules."""
    task, draws = TASKS[0], 12
    names = ("constant", "constant_found", "tuned")
    rules = SideBySide([controller(task, name) for name in names])
    batch = len(names) * len(task.scenarios) * draws
    simulation = task.simulation(batch, autoreset=False, interval=1, compile=False)
    episodes = assess(task, rules, draws, simulation, record=(), copies=len(names)).episodes
    rule = np.repeat(names, len(episodes) // len(names))
    neutral, constant, tuned = (
        episodes[rule == name].groupby("draw")["score"].mean().to_numpy() for name in names
    )
    assert neutral.mean() == pytest.approx(0.69, abs=0.04)
    assert (constant - neutral).mean() > 0.05
    assert (tuned - constant).mean() > 0.01
