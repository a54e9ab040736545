"""Scores on seeds that nobody is trained on, by which training keeps its best policy."""

from typing import Any

import numpy as np
import torch

from agents.policy import Policy
from agents.seeds import HELD_OUT
from envs.core.simulation import Simulation
from envs.core.task import Task

from .rollout import episode_score


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
    runs = [one_round(simulation, controller, number, shown) for number in rounds]
    score = torch.cat([score for score, _, _ in runs])
    scenario = torch.cat(rounds) % len(names)
    scores = {name: float(score[scenario == i].mean()) for i, name in enumerate(names)}
    _, history, onset = runs[0]
    return scores, history, onset


def one_round(
    simulation: Simulation, controller: Policy, number: torch.Tensor, shown: int
) -> tuple[torch.Tensor, dict[str, Any], float]:
    """Scores (B,) of the episodes of these numbers, and history and onset of the one that is shown."""
    count = len(simulation.scenario_set.names)
    simulation.reset(HELD_OUT.seeds(number // count), number % count)
    run = simulation.run
    observation = simulation.observe(simulation.sense(run), run)
    rows: list[dict[str, float]] = []
    total = torch.zeros(simulation.batch, dtype=torch.float64, device=simulation.device)
    over = torch.zeros(simulation.batch, dtype=torch.bool, device=simulation.device)
    while not bool(over.all()):
        with torch.no_grad():
            action = controller.network(observation).to(torch.float64)
        transition = simulation.act(action)
        observation = transition.observation
        total = total + transition.reward * transition.steps
        over = over | transition.terminated | transition.truncated
        row = {name: float(value[shown]) for name, value in transition.sensors.items()}
        rows.append(row | {"time": float((len(rows) + 1) * simulation.interval)})
    history = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return episode_score(total, simulation.horizon), history, float(run.onset[shown])
