"""Bostrom's control tasks: neutral levers, shocks, scores, and what is refused."""

from math import exp
from typing import Any

import gymnasium
import pytest
import torch

import envs  # noqa: F401  registers the tasks
from envs.bostrom import Bostrom
from envs.bostrom.feedback import infrastructure_cost
from envs.bostrom.interface import SENSORS
from envs.bostrom.reference import REFERENCE
from envs.bostrom.scenarios import BEHAVIOUR
from envs.bostrom.task import ECONOMY, TASKS
from envs.core.chance import Expected
from envs.core.simulation import Simulation
from envs.core.task import Task

CLOSED, OPEN = TASKS
tasks = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)


def simulation(task: Task, batch: int, **options: Any) -> Simulation:
    return task.simulation(batch, compile=False, autoreset=False, **options)


def neutral(run: Simulation) -> dict[str, torch.Tensor]:
    return run.economy.neutral_levers(run.batch)


def test_neutral_open_loop_is_the_published_run() -> None:
    run = simulation(OPEN, 1, scenario="calm", horizon=730)
    run.reset(0)
    for _ in range(25):
        transition = run.step(neutral(run))
    economy, chance = Bostrom(in_place=True), Expected(1)
    state, levers, shocks = economy.initial(1, chance), economy.neutral_levers(1), economy.neutral_shocks(1)
    for _ in range(730):
        state = economy.step(state, levers, shocks, chance)
    assert bool(transition.truncated[0])
    assert run.run is not None
    for name, value in REFERENCE.columns(economy, state).items():
        assert torch.equal(getattr(run.run.state, name), value), name


def test_default_trace_hovers_at_break_even() -> None:
    run = simulation(OPEN, 1, scenario="calm", interval=365)
    run.reset(0)
    seen = {}
    for year in range(1, 11):
        seen[year] = float(run.step(neutral(run)).sensors["coverage"][0])
    wanted = {1: 3.3, 3: 1.2, 5: 1.0, 7: 0.95, 10: 1.0}  # section 13.3
    assert {year: seen[year] for year in wanted} == pytest.approx(wanted, abs=0.06)


@tasks
def test_terms_stay_in_range_whatever_the_levers(task: Task) -> None:
    batch = len(task.scenarios)
    run = simulation(task, batch, horizon=1200)
    run.reset(0, torch.arange(batch), torch.full((batch,), 400))
    generator = torch.Generator().manual_seed(0)
    for _ in range(40):
        action = 2.0 * torch.rand(batch, len(run.levers.names), generator=generator) - 1.0
        transition = run.act(action)
        for name, term in transition.terms.items():
            assert ((term >= 0.0) & (term <= 1.0 + 1e-12)).all(), name
        assert transition.observation.isfinite().all()
        assert all(value.isfinite().all() for value in transition.sensors.values())


@tasks
def test_every_scenario_acts_from_its_onset_on(task: Task) -> None:
    names = [scenario.name for scenario in task.scenarios]
    run = simulation(task, len(names), interval=10)
    run.reset(
        torch.zeros(len(names), dtype=torch.int64), torch.arange(len(names)), torch.full((len(names),), 400)
    )
    seen = ("demand", "revenue", "cost")
    for day in range(10, 600, 10):
        transition = run.step(neutral(run))
        same = torch.stack([transition.sensors[name] == transition.sensors[name][0] for name in seen]).all(0)
        if day == 400:
            early = {name for name, alike in zip(names, same.tolist(), strict=True) if not alike}
            assert early <= {"gift_selloff", "behaviour"}
    assert [name for name, alike in zip(names, same.tolist(), strict=True) if alike] == ["calm"]


def test_behaviour_can_be_randomised_at_reset() -> None:
    run = simulation(CLOSED, 16, scenario="calm", randomise=BEHAVIOUR, horizon=1500)
    run.reset(3)
    limits = torch.as_tensor(run.economy.boot_bonded_share_limit)
    assert float(limits.std()) > 0.0
    transition = run.step(neutral(run))
    for _ in range(49):
        transition = run.step(neutral(run))
    assert transition.truncated.all()
    assert float(transition.sensors["supply_gap"].std()) > 1e-3


@pytest.mark.parametrize("name", Bostrom.frozen)
def test_what_must_not_be_randomised_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        simulation(CLOSED, 2, randomise={name: (0.9, 1.1)})


def test_sensors_are_the_declared_ones() -> None:
    economy = Bostrom()
    readings = economy.sense(economy.initial(2, Expected(2)), economy.neutral_levers(2))
    assert list(readings) == [sensor.name for sensor in SENSORS]
    assert not {"capitalization", "claimed", "to_distribution"} & set(readings)  # 13.2, 13.7


@tasks
@pytest.mark.parametrize("interval", [30, 7])
def test_gymnasium_makes_it(task: Task, interval: int) -> None:
    environment: Any = gymnasium.make(task.id, interval=interval, compile=False)
    observation, _ = environment.reset(seed=1)
    observation, reward, terminated, truncated, info = environment.step(environment.action_space.sample())
    assert environment.observation_space.contains(observation)
    assert 0.0 <= reward <= 1.0
    assert not terminated
    assert not truncated
    assert info["ledger"]["BOOT.supply"] > 1e15


def test_negative_liquidity_ends_an_episode() -> None:
    run = simulation(OPEN, 1, scenario="calm", economy={"days_for_gift_activation": 200.0})
    run.reset(0)
    ended = False
    for _ in range(7):
        ended = ended or bool(run.step(neutral(run)).terminated[0])
    assert ended


@tasks
def test_dashboard_shows_what_there_is(task: Task) -> None:
    known = {sensor.name for sensor in SENSORS} | {f"lever.{lever.name}" for lever in task.economy.levers}
    shown = {curve for panel in task.panels for curve in panel.curves.values()}
    assert shown <= known
    assert set(task.recorded) <= known


def test_cost_is_computed_in_double_precision() -> None:
    usage = {f"{part}_memory_usage": torch.full((1,), 1e9, dtype=torch.float64) for part in ("gpu", "cpu")}
    cost = infrastructure_cost(ECONOMY, usage, torch.tensor([1000]), ECONOMY.neutral_shocks(1))
    assert float(cost[0]) == pytest.approx((0.0012 + 2e-5) * exp(-0.25 * 1000 / 365), rel=1e-14)
