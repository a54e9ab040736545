"""The search for the best constant."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

import envs
from agents.controller import Constant
from agents.registry import search
from agents.seeds import SEARCH
from envs.core.declarations import LeverSet
from envs.core.simulation import Simulation
from envs.core.task import Task
from train.judging import search as searching
from train.judging.search import CASES_EACH, _unit, best_constant

TASK = replace(envs.task_of("tokenomics/ConvictionVotingSeed-v0"), horizon=3)


def test_units_undo_the_levers() -> None:
    lever_set = LeverSet(TASK.economy.levers)
    values = {"rho": 0.0075, "beta": 0.4, "half_life": 3.0, "inflow": 0.001, "tmin": 2.0, "min_supp": 900.0}
    unit = _unit(lever_set, Constant(TASK, values))
    positions = {lever.name: lever.from_unit(unit[i]) for i, lever in enumerate(lever_set.levers)}
    assert {name: float(value) for name, value in lever_set.values(positions).items()} == pytest.approx(
        values
    )


def test_the_best_constant_is_no_worse_than_those_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the draws that decide, and it scores there what the search says."""
    monkeypatch.setattr(searching, "ROUNDS_EACH", 1)
    known, rounds = search(TASK)["known"], len(TASK.economy.levers)
    shared = TASK.simulation(18 * len(TASK.scenarios) * 2, autoreset=False, compile=False)
    found = best_constant(TASK, shared, draws=4, known=known)
    simulation = TASK.simulation(len(TASK.scenarios) * 4, autoreset=False, compile=False)
    episodes = torch.arange(len(TASK.scenarios) * 4)
    draws = SEARCH.first + CASES_EACH * (rounds - 1) + episodes // len(TASK.scenarios)

    def score(constant: Constant) -> float:
        simulation.reset(draws, episodes % len(TASK.scenarios))
        total = torch.zeros(simulation.batch, dtype=torch.float64)
        constant.reset(simulation.batch)
        for _ in range(TASK.horizon):
            total += simulation.step(constant.act({})).reward
        return float(total.mean()) / TASK.horizon

    assert len(known) == 5
    assert score(found.constant) == pytest.approx(found.score, rel=1e-12)
    assert found.score >= max(score(constant) for constant in known) - 1e-12
    assert (found.draws, found.tried) == (4, rounds * 18)
    assert "on 4 draws of every scenario" in str(found)


def test_more_levers_are_searched_in_more_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bowl whose bottom lies off neutral, in ten dimensions; five rounds came no nearer than neutral's half."""
    task = envs.task_of("tokenomics/StorageNetwork-v0")
    bottom = torch.linspace(-0.8, 0.8, 10, dtype=torch.float64)
    calls = []

    def bowl(task: Task, simulation: Simulation, units: Tensor, part: int) -> Tensor:
        calls.append(part)
        return 1.0 - ((units - bottom) ** 2).mean(1)

    monkeypatch.setattr(searching, "_scores", bowl)
    found = best_constant(task, task.simulation(18 * 32, autoreset=False, compile=False))
    assert found.score > 0.97
    assert calls == list(range(len(calls)))
