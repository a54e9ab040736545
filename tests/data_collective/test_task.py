"""The task: observation, objective, scenarios, rules, rendering, gradients."""

import gymnasium
import numpy as np
import pytest
import torch

import envs
from agents.data_collective.rules import Gains, Law, earlier, position
from agents.registry import rules
from envs.core.chance import Paired
from envs.data_collective import DataCollective
from envs.data_collective.map import tables
from envs.data_collective.task import SCENARIOS, TASKS, Aims

from .files import SMALL, paths

TASK = TASKS[0]


def test_observation_has_the_declared_sensors_and_levers() -> None:
    simulation = TASK.simulation(2, compile=False)
    readings = simulation.reset(torch.arange(2))
    assert simulation.observe(readings, simulation.run).shape == (2, 32)
    seen = [one.name for one in TASK.economy.sensors if one.observed]
    assert seen[22] == "progress"
    assert seen[23:] == [f"{lever.name}_level" for lever in TASK.economy.levers]


def test_terms_are_one_inside_their_bands_and_fall_to_zero() -> None:
    state = next(paths(DataCollective(**SMALL), 1, 1))  # type: ignore[arg-type]
    one = torch.ones(1, dtype=torch.float64)
    good = state._replace(
        availability=0.9 * one, saturation=0.7 * one, reach=0.6 * one, left=0.0 * one, diversity=0.9 * one,
        minted=0.0 * one, burned=0.0 * one, profiting=one, pool_usd=0.05 * state.pool_token,
    )  # fmt: skip
    aims = Aims()
    assert float(aims.score(aims.terms(TASK.economy, state, good, {}))) == pytest.approx(1.0)
    half = {
        "available": {"availability": 0.805 * one}, "saturation": {"saturation": 0.85 * one * np.exp(0.35)},
        "reach": {"reach": 0.3 * one}, "loyal": {"left": 0.008 * state.members.sum(1)},
        "diverse": {"diversity": 0.65 * one}, "thrift": {"minted": 0.175 / 365.0 * state.supply},
        "worth": {"pool_usd": 0.05 * np.exp(-0.55) * state.pool_token}, "paid": {"profiting": 0.75 * one},
    }  # fmt: skip
    for name, changes in half.items():
        terms = aims.terms(TASK.economy, state, good._replace(**changes), {})
        assert float(terms[name]) == pytest.approx(0.5), name
        assert all(float(term) == pytest.approx(1.0) for other, term in terms.items() if other != name)


def test_scenarios_act_on_their_channels() -> None:
    simulation = TASK.simulation(len(SCENARIOS), compile=False)
    index = torch.arange(len(SCENARIOS))
    onset = torch.full_like(index, 100)
    noise = {"demand": torch.zeros(len(SCENARIOS), dtype=torch.float64)}

    def at(day: int, scenario: str, channel: str) -> float:
        values = simulation.scenario_set.at(index, onset, torch.full_like(index, day), noise)
        return float(values[channel][simulation.scenario_set.index(scenario)])

    assert [at(day, "blockbuster", "hype") for day in (99, 100, 144, 145)] == [1.0, 30.0, 30.0, 1.0]
    assert [at(day, "exodus", "exodus") for day in (99, 100, 101)] == [0.0, 0.9, 0.0]
    assert [at(day, "bandwidth", "bandwidth") for day in (99, 100, 364)] == [1.0, 5.0, 5.0]
    assert [at(day, "crash", "dump") for day in (99, 100, 102, 103)] == [0.0, 0.12, 0.12, 0.0]
    assert [at(day, "crash", "gloom") for day in (99, 100, 189, 190)] == [0.0, -0.7, -0.7, 0.0]
    assert [at(day, "boom", "demand") for day in (99, 100, 219, 220)] == [1.0, 2.0, 2.0, 1.0]
    assert [at(day, "free_riders", "freeride") for day in (99, 100, 364)] == [1.0, 6.0, 6.0]


def test_behaviour_draws_hidden_parameters() -> None:
    simulation = TASK.simulation(64, scenario="behaviour", compile=False)
    simulation.reset(torch.arange(64))
    drawn = simulation.economy.elasticity / 0.8
    assert 0.6 <= float(drawn.min()) < 0.8
    assert 1.3 < float(drawn.max()) <= 1.5


def test_rules_sit_at_their_levels_where_the_law_is_at_rest() -> None:
    rest = {
        "load": 0.72, "price": 0.05, "membership": 0.65, "availability": 0.9, "issuance": 0.05,
        "diversity": 0.8, "growth": 0.0,
    }  # fmt: skip
    sensors = {name: torch.tensor([value], dtype=torch.float64) for name, value in rest.items()}
    for rule in rules(TASK):
        if isinstance(rule, Law):
            rule.reset(1)
            levers = rule.act(sensors)
            for lever in TASK.economy.levers:
                at = position(lever, float(levers[lever.name]))
                wanted = rule.levels[lever.name]
                assert at == pytest.approx(wanted, abs=1e-9), (rule.name, lever.name)
    assert position(TASK.economy.levers[4], earlier()["constant"]["gate"]) == pytest.approx(
        np.log(407 / 200) / np.log(10)
    )
    assert earlier()["levels"].keys() == {lever.name for lever in TASK.economy.levers}


def test_surge_control_answers_saturation_and_price() -> None:
    task, rest = TASK, torch.ones(1, dtype=torch.float64)
    quiet = {
        "load": 0.72,
        "price": 0.05,
        "membership": 0.65,
        "availability": 0.9,
        "issuance": 0.05,
        "diversity": 0.8,
        "growth": 0.0,
    }

    def charge(rule: Law, **changed: float) -> float:
        return float(
            rule.act({name: value * rest for name, value in (quiet | changed).items()})["download_price"]
        )

    rule = Law(task, "test", Gains(saturation=1.0, integral=0.05, price=0.7))
    rule.reset(1)
    start = charge(rule)
    assert charge(rule, load=1.0) > start  # the integral remembers
    assert charge(rule) > start
    assert charge(rule, price=0.1) < start


def test_the_environment_draws_dashboard_and_map() -> None:
    env = gymnasium.make("tokenomics/DataCollective-v0", render_mode="rgb_array", scenario="exodus", onset=60)
    env.reset(seed=3)
    for _ in range(3):
        env.step(np.zeros(9, dtype=np.float32))
    picture = env.render()
    assert picture.ndim == 3
    assert picture.std() > 10.0
    state = env.unwrapped.simulation.run.state  # type: ignore[attr-defined]
    copies, wanted = tables(TASK.economy, state)
    assert copies.shape == wanted.shape == (1, 8, 24)
    held = (state.hosted * state.members[:, :, None]).sum(1)
    torch.testing.assert_close(copies.sum(1), held)


def test_page_is_filled() -> None:
    page = type(gymnasium.make("tokenomics/DataCollective-v0").unwrapped).__doc__ or ""
    for table in ("{levers}", "{sensors}", "{scenarios}", "{parameters}", "{metrics}", "{ledger}"):
        assert table not in page
    assert "`mint_elasticity`" in page
    assert "tokenomics/DataCollective-v0" in envs.TASKS


def test_the_day_is_differentiable() -> None:
    economy = DataCollective(**SMALL)  # type: ignore[arg-type]
    chance = Paired(torch.arange(2))
    state = economy.initial(2, chance.at(torch.full((2,), -1)))
    levers = {name: value.clone().requires_grad_() for name, value in economy.neutral_levers(2).items()}
    for _ in range(8):
        state = economy.step(state, levers, economy.neutral_shocks(2), chance.at(state.time))
    aims = Aims()
    aims.score(aims.terms(TASK.economy, state, state, {})).sum().backward()
    for name, value in levers.items():
        assert value.grad is not None, name
        assert bool(torch.isfinite(value.grad).all()), name
    assert (
        sum(float(value.grad.abs().sum()) > 0.0 for value in levers.values() if value.grad is not None) >= 8
    )


def test_batch_equals_single() -> None:
    batch = list(paths(DataCollective(), 6, 3))[-1]
    alone = list(paths(DataCollective(), 6, 1, seed=2))[-1]
    for name, value in alone._asdict().items():
        torch.testing.assert_close(getattr(batch, name)[2:], value, rtol=1e-11, atol=1e-11, msg=name)
