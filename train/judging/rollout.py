"""Whole episodes of an economy under a controller, with what happened on every step."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from agents.controller import Controller
from envs.core.simulation import Simulation
from envs.core.task import Task


def episode_score(total: Tensor, horizon: int) -> Tensor:
    """The score of whole episodes (B,), from the sum over the steps that ran, (B,).

    It is the mean over the horizon: after a collapse every step counts 0, so that no policy gains by it.
    """
    return total / horizon


@dataclass(frozen=True)
class Rollout:
    """Trajectories of B episodes.

    Attributes:
        score: (T, B) of every step.
        terms: name → (B,) mean of the objective's terms.
        trace: name → (T, B), the recorded sensors after every step, and `moves`.
        scenario: (B,) index. onset: (B,).
        alive: (B,) steps until collapse, T where there was none.
    """

    score: Tensor
    terms: dict[str, Tensor]
    trace: dict[str, Tensor]
    scenario: Tensor
    onset: Tensor
    alive: Tensor

    @property
    def scores(self) -> Tensor:
        """Score of every episode, (B,); see `episode_score`."""
        return episode_score(self.score.sum(0), len(self.score))

    def part(self, episodes: slice) -> "Rollout":
        """Some of the episodes; a copy, so that the memory of the others can be freed."""
        return Rollout(
            self.score[:, episodes].clone(),
            {name: term[episodes].clone() for name, term in self.terms.items()},
            {name: values[:, episodes].clone() for name, values in self.trace.items()},
            *(values[episodes].clone() for values in (self.scenario, self.onset, self.alive)),
        )


def simulation_under(task: Task, controller: Controller, batch: int, **options: Any) -> Simulation:
    """The task's simulation that calls a controller on every step, with the controller's own economy."""
    return task.simulation(
        batch, economy=controller.economy_for(task.economy), interval=1, autoreset=False, **options
    )


def rollout(
    simulation: Simulation,
    controller: Controller,
    seed: Tensor,
    scenario: Tensor | None = None,
    onset: Tensor | None = None,
    keep: tuple[str, ...] = (),
    progress: Callable[[int], object] = lambda steps: None,
) -> Rollout:
    """Runs a simulation of interval 1 from launch to horizon.

    Args:
        seed, scenario, onset: see `Simulation.reset`.
        keep: sensors to record.
        progress: called with the steps done since the last call.
    """
    length, batch = simulation.horizon, simulation.batch
    sensors = simulation.reset(seed, scenario, onset)
    controller.reset(batch, simulation.device)
    run = simulation.run
    new: dict[str, Any] = {"dtype": torch.float64, "device": simulation.device}
    score = torch.zeros(length, batch, **new)
    trace = {name: torch.zeros(length, batch, **new) for name in (*keep, "moves")}
    terms: dict[str, Tensor] = {}
    alive = torch.full((batch,), length, dtype=torch.int64, device=simulation.device)
    positions = run.positions
    for step in range(length):
        if step % controller.interval == 0:
            levers = controller.act(sensors)
        transition = simulation.step(levers)
        sensors = transition.sensors
        going = (alive == length).to(torch.float64)
        score[step] = transition.reward * going
        for name, term in transition.terms.items():
            terms[name] = terms.get(name, 0.0) + term * going / length
        before, positions = positions, simulation.positions
        trace["moves"][step] = sum((at - before[name]).abs() for name, at in positions.items())
        for name in keep:
            trace[name][step] = sensors[name]
        alive = torch.where(transition.terminated & (alive == length), step + 1, alive)
        if step % 128 == 127 or step == length - 1:
            progress(step % 128 + 1)
    return Rollout(score, terms, trace, run.scenario, run.onset, alive)
