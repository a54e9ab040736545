"""The three tasks: what they show, score, cost and refuse, and that controlling them is worth it."""

from dataclasses import fields
from math import log

import gymnasium
import pytest
import torch
from torch import Tensor

from agents.controller import Constant, Controller, Random
from agents.gains import tuned
from agents.seeds import TEST
from agents.storage_network.rules import FILE, TunedRule, constants, errors, laws, rules
from envs.core.chance import Expected
from envs.core.task import Task
from envs.storage_network.responsive import ResponsiveStorageNetwork
from envs.storage_network.responsive.accounts import ENFORCEMENT, GOALS, TIMELINESS
from envs.storage_network.responsive.interface import LEVERS
from envs.storage_network.responsive.objective import MEANINGS
from envs.storage_network.responsive.parameters import Parameters
from envs.storage_network.responsive.scenarios import PEOPLE
from envs.storage_network.responsive.task import ESCROW_TASK, ROUTER_TASK, STEWARD_TASK, TASKS

from .cases import leaves

tasks = pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
AS_PUBLISHED = {"proportional": 1.0, "integral": 1.0}
HIDDEN = {"fake_share", "effort", "recall", "wronged", "faked_paid", "skill", "renege"}
GAPS = {  # best constant over neutral, tuned rule over best constant, as published
    STEWARD_TASK.id: (0.190, 0.0430), ESCROW_TASK.id: (0.049, 0.0465), ROUTER_TASK.id: (0.173, 0.0435),
}  # fmt: skip


@tasks
def test_weights_and_levers_are_the_published_ones(task: Task) -> None:
    assert sum(task.objective.weights.values()) == pytest.approx(1.0)
    assert set(task.objective.weights) <= set(MEANINGS)
    assert len(task.scenarios) == {STEWARD_TASK.id: 9, ESCROW_TASK.id: 7, ROUTER_TASK.id: 7}[task.id]
    names = [lever.name for lever in task.economy.levers]
    assert names == list(constants(task)) == list(laws(task, AS_PUBLISHED))
    assert set(PEOPLE) <= {one.name for one in fields(Parameters)}
    assert (task.horizon, task.interval, task.onset) == (600, 5, (100, 350))


@tasks
def test_observation_shows_the_tasks_own_levers_and_nothing_hidden(task: Task) -> None:
    economy = task.economy
    readings = economy.sense(economy.initial(2, Expected(2)), economy.neutral_levers(2))
    assert {sensor.name for sensor in economy.sensors} == set(readings)
    seen = [sensor for sensor in economy.sensors if sensor.observed]
    assert {one.name for one in seen if one.name.startswith("set_")} == {
        f"set_{lever.name}" for lever in economy.levers
    }
    assert len(seen) == 22 + len(economy.levers)
    assert not HIDDEN & {one.name for one in seen}


def test_lever_readings_reach_from_minus_one_to_one() -> None:
    sensors = {sensor.name: sensor for sensor in STEWARD_TASK.economy.sensors}
    for lever in LEVERS:
        ends = torch.tensor([lever.low, lever.high], dtype=torch.float64)
        shown = sensors[f"set_{lever.name}"].observe(ends)
        assert shown.tolist() == pytest.approx([-1.0, 1.0], abs=1e-6), lever.name


def test_levers_that_a_task_lacks_are_neutral() -> None:
    whole, part = ResponsiveStorageNetwork(), ROUTER_TASK.economy
    state = whole.initial(1, Expected(1))
    levers = {name: value * 1.1 for name, value in part.neutral_levers(1).items()}
    shocks, chance = whole.neutral_shocks(1), Expected(1)
    other = whole.step(state, whole.neutral_levers(1) | levers, shocks, chance)
    assert all(
        torch.equal(a, b)
        for a, b in zip(
            leaves(part.step(state, levers, shocks, chance)).values(),
            leaves(other).values(),
            strict=True,
        )
    )


@tasks
def test_terms_and_costs_stay_in_range_whatever_the_levers(task: Task) -> None:
    batch = len(task.scenarios)
    simulation = task.simulation(batch, compile=False, autoreset=False, horizon=150)
    simulation.reset(0, torch.arange(batch), torch.full((batch,), 100))
    generator = torch.Generator().manual_seed(0)
    for _ in range(30):
        transition = simulation.act(
            2.0 * torch.rand(batch, len(task.economy.levers), generator=generator) - 1.0
        )
        assert transition.terms.keys() == task.objective.weights.keys()
        for name, term in transition.terms.items():
            assert ((term >= 0.0) & (term <= 1.0 + 1e-12)).all(), name
        assert transition.costs.keys() == task.objective.cost_limits.keys()
        assert transition.observation.isfinite().all()


@tasks
def test_every_scenario_acts_from_its_onset_on(task: Task) -> None:
    names, onset = [scenario.name for scenario in task.scenarios], 110
    simulation = task.simulation(len(names), compile=False, autoreset=False)
    shift = torch.zeros(len(names), dtype=torch.int64)
    simulation.reset(shift, torch.arange(len(names)), shift + onset)
    seen = ("demand", "load", "price", "fake_share", "fill", "audited", "purse")
    levers = simulation.economy.neutral_levers(len(names))
    for block in range(5, 161, 5):
        sensors = simulation.step(levers).sensors
        alike = torch.stack([sensors[name] == sensors[name][0] for name in seen]).all(0).tolist()
        different = {name for name, same in zip(names, alike, strict=True) if not same}
        if block <= onset:
            assert different <= {"noisy"}
    assert different == set(names) - {"calm"}


def test_every_episode_has_people_of_its_own() -> None:
    simulation = STEWARD_TASK.simulation(64, compile=False, scenario="calm")
    simulation.reset(0)
    nominal = STEWARD_TASK.economy
    for name, (low, high) in PEOPLE.items():
        factor = getattr(simulation.economy, name) / getattr(nominal, name)
        assert ((factor >= low - 1e-12) & (factor <= high + 1e-12)).all()
        assert float(factor.amax() - factor.amin()) > 0.7 * (high - low)


def test_goals_are_costs_and_metrics() -> None:
    environment = gymnasium.make(STEWARD_TASK.id, scenario="calm")
    environment.reset(seed=0)
    *_, info = environment.step(environment.action_space.sample() * 0.0)
    assert set(info["cost"]) == {"late", "lost", "faked_paid", "missed_hits"}
    assert STEWARD_TASK.objective.cost_limits == {
        "late": 0.05, "lost": 0.02, "faked_paid": 0.05, "missed_hits": 0.0,
    }  # fmt: skip
    for goal in GOALS:
        assert info["metrics"][f"{goal.name}_met"] == float(
            goal.met(torch.tensor(info["metrics"][goal.figure]))
        )
    assert float(TIMELINESS.met(torch.tensor(0.05))) == 1.0
    assert float(ENFORCEMENT.met(torch.tensor(0.19))) == 0.0
    assert float(ENFORCEMENT.excess(torch.tensor(0.15))) == pytest.approx(0.05)


def test_an_abandoned_network_has_collapsed() -> None:
    economy = ResponsiveStorageNetwork(users0=0.0099)
    assert economy.collapsed(economy.initial(1, Expected(1))).all()
    assert not ResponsiveStorageNetwork().collapsed(ResponsiveStorageNetwork().initial(1, Expected(1))).any()


@tasks
def test_dashboard_and_measures_use_what_there_is(task: Task) -> None:
    known = {sensor.name for sensor in task.economy.sensors} | {
        f"lever.{lever.name}" for lever in task.economy.levers
    }
    assert task.panels
    assert {curve for panel in task.panels for curve in panel.curves.values()} <= known
    assert set(task.recorded) <= known


def test_laws_are_errors_times_gains_until_an_end() -> None:
    task = ROUTER_TASK
    simulation = task.simulation(1, compile=False, scenario="calm")
    sensors = simulation.reset(0)
    rule = TunedRule(task, laws(task, AS_PUBLISHED))
    rule.reset(1)
    seen = {name: float(value) for name, value in errors(sensors).items()}
    found = rule.act(sensors)
    tax = 0.413 + 0.928 * seen["treasury"] - 0.155 * seen["late"] + 0.0221 * seen["treasury"]
    assert 0.0 < tax < 1.0
    assert float(found["tax"]) == pytest.approx(0.05 + 0.45 * tax)
    assert seen["treasury"] == pytest.approx(1.6 - log(6.001), abs=1e-3)
    assert float(found["penalty"]) == pytest.approx(min(1.0, 0.5 + 0.5 * 1.3))
    for _ in range(200):
        rule.act(sensors | {"treasury": torch.full((1,), 1e-3, dtype=torch.float64)})
    assert float(rule.act(sensors | {"treasury": torch.full((1,), 1e3, dtype=torch.float64)})["tax"]) < 0.1


def test_a_strength_scales_gains_and_leaves_offsets() -> None:
    law = laws(ROUTER_TASK, {"proportional": torch.tensor([0.0, 2.0]), "integral": 0.5})["tax"]
    assert law["offset"] == 0.413
    assert law["treasury"].tolist() == pytest.approx([0.0, 2 * 0.928])
    assert law["integral.treasury"] == pytest.approx(0.01105)
    assert set(tuned(FILE, ROUTER_TASK.id)["strength"]) == set(AS_PUBLISHED)


def scores(task: Task, controllers: list[Controller], draws: int) -> list[Tensor]:
    """Scores of the same episodes under each controller, (draws · scenarios,) each."""
    each = len(task.scenarios) * draws
    episodes = torch.arange(each).repeat(len(controllers))
    simulation = task.simulation(len(episodes), compile=False, autoreset=False)
    sensors = simulation.reset(TEST.first + episodes, episodes % len(task.scenarios))
    for one in controllers:
        one.reset(each)
    total = torch.zeros(len(episodes), dtype=torch.float64)
    for _ in range(task.horizon // task.interval):
        parts = {name: reading.chunk(len(controllers)) for name, reading in sensors.items()}
        levers = [
            one.act({name: part[number] for name, part in parts.items()})
            for number, one in enumerate(controllers)
        ]
        transition = simulation.step({name: torch.cat([part[name] for part in levers]) for name in levers[0]})
        total, sensors = total + transition.reward, transition.sensors
    assert (transition.terminated | transition.truncated).all()
    return list((total * task.interval / task.horizon).chunk(len(controllers)))


@pytest.mark.parametrize(
    ("task", "draws"),
    [(ROUTER_TASK, 2), *[pytest.param(task, 16, marks=pytest.mark.slow) for task in TASKS]],
    ids=lambda one: getattr(one, "id", one),
)
def test_control_is_worth_it(task: Task, draws: int) -> None:
    with torch.inference_mode():
        random, neutral, found, tuned = scores(task, [Random(task), Constant(task), *rules(task)], draws)
    over_neutral, over_constant = GAPS[task.id]
    assert (found - neutral).mean() >= 0.5 * over_neutral
    assert (tuned - found).mean() >= 0.5 * over_constant
    assert random.mean() <= neutral.mean() + 0.05


ABUSES: dict[str, dict[str, dict[str, float]]] = {
    ROUTER_TASK.id: {
        "never audit": {"audit": 0.0},
        "no penalties, no audits": {"audit": 0.0, "penalty": 0.0},
        "punish everybody": {"penalty": 1.0, "threshold": 0.5},
        "hoard": {"tax": 0.5, "subsidy": 0.0},
    },
    STEWARD_TASK.id: {
        "never audit": {"audit": 0.0},
        "punish everybody": {"penalty": 1.0, "threshold": 0.5},
        "hoard": {"tax": 0.5, "subsidy": 0.0},
        "cheap": {"fee": 0.5},
        "small and dear": {"fee": 2.5, "escrow": 1.0},
        "starve routers": {"route_share": 0.15},
        "starve provers": {"store_share": 0.8},
        "starve storers": {"store_share": 0.4},
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("task", [ROUTER_TASK, STEWARD_TASK], ids=lambda task: task.id)
def test_no_abuse_pays(task: Task) -> None:
    honest = constants(task)
    trials = {"none": honest} | {name: {**honest, **abuse} for name, abuse in ABUSES[task.id].items()}
    with torch.inference_mode():
        found = scores(task, [Constant(task, values, name) for name, values in trials.items()], draws=3)
    means = {name: float(score.mean()) for name, score in zip(trials, found, strict=True)}
    assert max(means, key=lambda name: means[name]) == "none", means
