"""The search for the best constant."""

from dataclasses import replace

import pytest
import torch

import envs
from agents.controller import Constant
from agents.registry import search
from agents.seeds import SEARCH
from envs.core.declarations import LeverSet
from train.judging.search import _unit, best_constant

TASK = replace(envs.task_of("tokenomics/ConvictionVotingSeed-v0"), horizon=15)


def test_units_undo_the_levers() -> None:
    lever_set = LeverSet(TASK.economy.levers)
    values = {"rho": 0.0075, "beta": 0.4, "half_life": 3.0, "inflow": 0.001, "tmin": 2.0, "min_supp": 900.0}
    unit = _unit(lever_set, Constant(TASK, values))
    positions = {lever.name: lever.from_unit(unit[i]) for i, lever in enumerate(lever_set.levers)}
    assert {name: float(value) for name, value in lever_set.values(positions).items()} == pytest.approx(
        values
    )


def test_the_best_constant_is_no_worse_than_those_known() -> None:
    """On the draws that decide; few rounds of few draws would choose by luck."""
    known = search(TASK)["known"]
    shared = TASK.simulation(16 * len(TASK.scenarios) * 2, autoreset=False, compile=False)
    found = best_constant(TASK, shared, draws=4, known=known)
    simulation = TASK.simulation(len(TASK.scenarios) * 4, autoreset=False, compile=False)

    def score(constant: Constant) -> float:
        simulation.reset(*_cases(4))
        total = torch.zeros(simulation.batch, dtype=torch.float64)
        constant.reset(simulation.batch)
        for _ in range(TASK.horizon):
            total += simulation.step(constant.act({})).reward
        return float(total.mean())

    assert score(found) >= max(score(constant) for constant in known) - 1e-12


def _cases(draws: int) -> tuple[torch.Tensor, torch.Tensor]:
    episodes = torch.arange(len(TASK.scenarios) * draws)
    return SEARCH.first + episodes // len(TASK.scenarios), episodes % len(TASK.scenarios)
