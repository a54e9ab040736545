"""One score of an episode, whoever asks for it."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from agents.controller import Constant
from agents.policy import Policy
from agents.seeds import HELD_OUT, SEARCH
from docs import example_economy  # noqa: F401  registers its task
from envs import TASKS
from envs.core.task import Task
from train.judging.assess import assess, cases
from train.judging.episodes import rollout
from train.judging.held_out import episodes

ALL = sorted({*TASKS, "tokenomics/Staking-v0"})


def short(name: str) -> Task:
    """A task of a few steps, which its interval does not divide, with onsets that nobody draws."""
    task = TASKS[name]
    horizon = 3 * task.interval + 2
    return replace(task, horizon=horizon, onset=(2, 3), evaluation_onset=2)


def unmoved(task: Task, at: float) -> Policy:
    """A policy whose action is always the same."""
    count = len(task.simulation(1).action_map.labels)
    return Policy(task, lambda seen: torch.full((len(seen), count), at))


def of_scenarios(task: Task, scores: dict[str, float]) -> Tensor:
    return torch.tensor([scores[scenario.name] for scenario in task.scenarios])


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("batch", [2, 1])
def test_training_judges_as_evaluation_does(name: str, batch: int) -> None:
    """With environments for two episodes of each scenario, or with a single one."""
    task = short(name)
    policy, draws = unmoved(task, 0.3), 2 if batch == 2 else 1
    simulation = task.simulation(2 * len(task.scenarios) if batch == 2 else 1, autoreset=False, compile=False)
    judged, _, onset = episodes(task, simulation, lambda _, seen, read: policy.network(seen))
    tested = assess(task, policy, draws, seeds=HELD_OUT, record=()).episodes.groupby("scenario").score.mean()
    assert onset == 2.0
    torch.testing.assert_close(of_scenarios(task, judged), of_scenarios(task, tested.to_dict()))


def staking() -> Task:
    """A token that everybody leaves long before the horizon, unless it inflates."""
    return replace(TASKS["tokenomics/Staking-v0"], onset=(52, 53), evaluation_onset=52)


def test_a_collapse_is_not_rewarded() -> None:
    """Steps after it count 0, in every score."""
    task = staking()
    policy, simulation = unmoved(task, -1.0), task.simulation(4, autoreset=False, compile=False)
    judged, _, _ = episodes(task, simulation, lambda _, seen, read: policy.network(seen))
    table = assess(task, policy, 2, seeds=HELD_OUT, record=()).episodes
    assert (table.steps_alive < task.horizon).all()
    tested = table.groupby("scenario").score.mean().to_dict()
    torch.testing.assert_close(of_scenarios(task, judged), of_scenarios(task, tested))


@pytest.mark.parametrize("name", ALL)
def test_constants_are_searched_by_the_same_score(name: str) -> None:
    task = staking() if name == "tokenomics/Staking-v0" else short(name)
    lowest = {lever.name: lever.low for lever in task.economy.levers}
    scenario, draw = cases(task, 2)
    simulation = task.simulation(len(draw), autoreset=False, compile=False)
    values = {name: torch.full((len(draw),), value, dtype=torch.float64) for name, value in lowest.items()}
    found = rollout(simulation, Constant(task, dict(values)), SEARCH.seeds(draw), scenario).scores
    tested = assess(task, Constant(task, lowest), 2, seeds=SEARCH, record=()).episodes.score
    torch.testing.assert_close(found, torch.tensor(tested.to_numpy()))
