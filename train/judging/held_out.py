"""Scores on seeds that nobody is trained on, by which training keeps its best policy."""

from typing import Any

import torch
from torch import Tensor

from agents.policy import Policy
from agents.seeds import HELD_OUT
from envs.core.records import Transition
from envs.core.simulation import Simulation
from envs.core.task import Task

from .assess import curves
from .episodes import Rollout, run


def episodes(
    task: Task, simulation: Simulation, controller: Policy
) -> tuple[dict[str, float], dict[str, Any], float]:
    """Mean score of whole episodes by scenario, and one episode's history for the dashboard.

    Episode i is under scenario i modulo their number, on held-out seeds; a batch that is smaller than that
    number runs several times.
    """
    names, batch = simulation.scenario_set.names, simulation.batch
    shown = min(1, len(names) - 1, batch - 1)
    rounds = [
        torch.arange(first, first + batch, device=simulation.device) for first in range(0, len(names), batch)
    ]
    found = [one_round(task, simulation, controller, number, shown) for number in rounds]
    score = torch.cat([one.scores for one in found])
    scenario = torch.cat(rounds) % len(names)
    scores = {name: float(score[scenario == i].mean()) for i, name in enumerate(names)}
    history = {name: values[:, 0].cpu().numpy() for name, values in found[0].trace.items()}
    time = (1.0 + torch.arange(len(found[0].score), dtype=torch.float64)) * simulation.interval
    return scores, history | {"time": time.numpy()}, float(found[0].onset[shown])


def one_round(task: Task, simulation: Simulation, controller: Policy, number: Tensor, shown: int) -> Rollout:
    """The episodes of these numbers, (B,), with the dashboard's curves of the one that is shown."""
    count = len(simulation.scenario_set.names)
    transition: Transition | None = None

    def move(decision: int, read: Any) -> Transition:
        nonlocal transition
        if transition is None:
            now = simulation.run
            observation = simulation.observe(read(), now)
        else:
            observation = transition.observation
        with torch.no_grad():
            action = controller.network(observation).to(torch.float64)
        transition = simulation.act(action)
        return transition

    return run(
        simulation, move, HELD_OUT.seeds(number // count), number % count, keep=curves(task),
        watched=slice(shown, shown + 1),
    )  # fmt: skip
