"""Rules whose decisions are votes, and scenarios by their versioned names."""

import math
from collections.abc import Mapping

import pytest
import torch

import envs
from agents.cadence import Cadence
from agents.controller import Controller
from agents.policy import Policy
from envs.core.scenario import ScenarioSet

TASK = envs.TASKS["tokenomics/SafeNetwork-v0"]


class Climbing(Controller):
    """Wants the reward one lever step higher every day."""

    name = "climbing"

    def act(self, sensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return {"reward": torch.exp(0.01 * sensors["day"]), "cost": torch.ones_like(sensors["day"])}


def path(controller: Controller, days: int) -> list[float]:
    controller.reset(1)
    wants = [
        controller.act({"day": torch.tensor([float(day)], dtype=torch.float64)})["reward"]
        for day in range(days)
    ]
    return torch.log(torch.cat(wants)).tolist()


def test_without_limits_the_rule_is_followed() -> None:
    assert path(Cadence(TASK, Climbing()), 20) == pytest.approx([0.01 * day for day in range(20)])


def test_levers_move_at_votes_only() -> None:
    wanted = [0.01 * (day // 7 * 7) for day in range(20)]
    assert path(Cadence(TASK, Climbing(), interval=7), 20) == pytest.approx(wanted)


def test_a_timelock_delays_every_vote() -> None:
    wanted = [0.0] * 5 + [0.01 * (day // 3 * 3) for day in range(15)]
    assert path(Cadence(TASK, Climbing(), interval=3, delay=5), 20) == pytest.approx(wanted)


def test_a_vote_changes_only_so_much() -> None:
    wanted = [0.02 * (day // 10) for day in range(30)]
    assert path(Cadence(TASK, Climbing(), interval=10, change=0.02), 30) == pytest.approx(wanted)


@pytest.mark.parametrize("options", [{"interval": 0}, {"delay": -1}, {"change": 0.0}])
def test_bad_cadences_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Cadence(TASK, Climbing(), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("task", list(envs.TASKS.values()), ids=lambda task: task.id)
def test_scenarios_are_found_by_versioned_name(task: envs.Task) -> None:
    lever_set = ScenarioSet(task.scenarios, task.economy.shocks)
    for number, scenario in enumerate(task.scenarios):
        assert lever_set.index(scenario.versioned) == lever_set.index(scenario.name) == number


def test_environments_may_vote_differently() -> None:
    ways = [(1, 0, 9.0), (7, 0, 9.0), (3, 5, 9.0), (10, 0, 0.02), (7, 30, 0.01)]
    interval, delay, change = (torch.tensor(column) for column in zip(*ways, strict=True))
    together = Cadence(TASK, Climbing(), interval, delay, change)
    together.reset(len(ways))
    days = torch.arange(50, dtype=torch.float64)
    rewards = torch.stack([together.act({"day": day.repeat(len(ways))})["reward"] for day in days])
    for number, (every, late, most) in enumerate(ways):
        alone = path(Cadence(TASK, Climbing(), every, late, most), 50)
        assert torch.log(rewards[:, number]).tolist() == pytest.approx(alone, abs=1e-15), ways[number]


def test_a_policy_decides_for_as_long_as_a_vote_lasts() -> None:
    policy = Policy(TASK, lambda seen: torch.ones(len(seen), 2))
    slower = policy.for_interval(torch.tensor([1, 30]))
    assert policy.interval == TASK.interval
    assert slower.interval == 1
    sensors = {sensor.name: torch.full((2,), 0.5, dtype=torch.float64) for sensor in TASK.economy.sensors}
    sensors |= {"lever.reward": torch.ones(2).double(), "lever.cost": torch.ones(2).double()}
    wanted = torch.log(slower.act(sensors)["reward"]) / math.log(10.0)
    assert wanted.tolist() == pytest.approx([0.05, 1.0 - 0.95**30])
