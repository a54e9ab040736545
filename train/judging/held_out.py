"""Scores on seeds that nobody is trained on, by which training keeps its best policy."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from agents.seeds import HELD_OUT
from envs.core.records import Transition
from envs.core.simulation import Simulation
from envs.core.task import Task

from .assess import curves
from .episodes import Move, Rollout, run

Decide = Callable[[int, Tensor, Callable[[], dict[str, Tensor]]], Tensor]
"""Number of the decision, observation (B, O) and how to read the sensors → action (B, A)."""


def episodes(
    task: Task, simulation: Simulation, decide: Decide
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
    found = [one_round(task, simulation, decide, number, shown) for number in rounds]
    score = torch.cat([one.scores for one in found])
    scenario = torch.cat(rounds) % len(names)
    scores = {name: float(score[scenario == i].mean()) for i, name in enumerate(names)}
    history = {name: values[:, 0].cpu().numpy() for name, values in found[0].trace.items()}
    time = (1.0 + torch.arange(len(found[0].score), dtype=torch.float64)) * simulation.interval
    return scores, history | {"time": time.numpy()}, float(found[0].onset[shown])


@torch.no_grad()
def one_round(task: Task, simulation: Simulation, decide: Decide, number: Tensor, shown: int) -> Rollout:
    """The episodes of these numbers, (B,), with the dashboard's curves of the one that is shown."""
    count = len(simulation.scenario_set.names)
    return run(
        simulation, acting(simulation, decide), HELD_OUT.seeds(number // count), number % count,
        keep=curves(task), watched=slice(shown, shown + 1),
    )  # fmt: skip


def acting(simulation: Simulation, decide: Decide) -> Move:
    """Moves of a simulation by actions, as a policy's are."""
    observation = torch.empty(0)

    def move(decision: int, read: Callable[[], dict[str, Tensor]]) -> Transition:
        nonlocal observation
        if decision == 0:
            observation = simulation.observe(read(), simulation.run)
        transition = simulation.act(decide(decision, observation, read).to(torch.float64))
        observation = transition.observation
        return transition

    return move
