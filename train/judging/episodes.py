"""Whole episodes: the one runner of them, and the one definition of their score."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor

from envs.core.control import Controller
from envs.core.records import Transition
from envs.core.simulation import Simulation
from envs.core.task import Task


def episode_score(total: Tensor, horizon: int) -> Tensor:
    """The score of whole episodes (B,), from the sum over the steps that ran, (B,).

    It is the mean over the horizon: after a collapse every step counts 0, so that no policy gains by it.
    """
    return total / horizon


@dataclass(frozen=True)
class Rollout:
    """Trajectories of B episodes in T decisions; a decision lasts the simulation's interval, one step mostly.

    Attributes:
        score: (T, B) sum over the steps of each decision that ran.
        horizon: steps of an episode.
        terms: name → (B,) mean of the objective's terms.
        trace: name → (T, episodes that are watched), the kept sensors after every decision.
        scenario: (B,) index. onset: (B,).
        alive: (B,) steps until collapse, the horizon where there was none.
        begin: name → (episodes that are watched,), the kept sensors before the first decision.
    """

    score: Tensor
    horizon: int
    terms: dict[str, Tensor]
    trace: dict[str, Tensor]
    scenario: Tensor
    onset: Tensor
    alive: Tensor
    begin: dict[str, Tensor] = field(default_factory=dict)

    @property
    def scores(self) -> Tensor:
        """Score of every episode, (B,); see `episode_score`."""
        return episode_score(self.score.sum(0), self.horizon)

    def decided(self, interval: int) -> Tensor:
        """Whether an episode still ran when a decision was taken, bool (T, B)."""
        return torch.arange(len(self.score), device=self.alive.device)[:, None] * interval < self.alive

    def part(self, episodes: slice) -> "Rollout":
        """Some of the episodes; a copy, so that the memory of the others can be freed."""
        return Rollout(
            self.score[:, episodes].clone(),
            self.horizon,
            {name: term[episodes].clone() for name, term in self.terms.items()},
            {name: values[:, episodes].clone() for name, values in self.trace.items()},
            *(values[episodes].clone() for values in (self.scenario, self.onset, self.alive)),
            {name: values[episodes].clone() for name, values in self.begin.items()},
        )


Move = Callable[[int, Callable[[], dict[str, Tensor]]], Transition]
"""Number of the decision and how to read the sensors → what the decision brought."""


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
    """Whole episodes under a controller, which is called as often as its interval asks for."""
    controller.reset(simulation.batch, simulation.device)
    levers: dict[str, Tensor] = {}

    def move(decision: int, read: Callable[[], dict[str, Tensor]]) -> Transition:
        nonlocal levers
        if decision * simulation.interval % controller.interval == 0:
            levers = controller.act(read())
        return simulation.step(levers)

    return run(simulation, move, seed, scenario, onset, keep, progress)


def run(
    simulation: Simulation,
    move: Move,
    seed: Tensor | None,
    scenario: Tensor | None = None,
    onset: Tensor | None = None,
    keep: tuple[str, ...] = (),
    progress: Callable[[int], object] = lambda steps: None,
    watched: slice = slice(None),
) -> Rollout:
    """Runs a simulation without autoreset from its initial state to the horizon.

    Args:
        seed, scenario, onset: see `Simulation.reset`.
        keep: sensors to record, and `moves`, the sum of all levers' moves on their scales.
        progress: called with the steps done since the last call.
        watched: the episodes whose sensors are recorded.
    """
    length, each = simulation.horizon, simulation.interval
    decisions = -(-length // each)
    sensors = simulation.reset(seed, scenario, onset)
    begun = simulation.run
    begin = {name: sensors[name][watched].clone() for name in keep if name != "moves"}
    new: dict[str, Any] = {"dtype": torch.float64, "device": simulation.device}
    score = torch.zeros(decisions, simulation.batch, **new)
    count = len(begun.onset[watched])
    trace = {name: torch.zeros(decisions, count, **new) for name in keep}
    terms: dict[str, Tensor] = {}
    alive = torch.zeros(simulation.batch, **new)
    positions = begun.positions
    read: Callable[[], dict[str, Tensor]] = lambda: sensors  # noqa: E731
    for decision in range(decisions):
        transition = move(decision, read)
        read = partial(getattr, transition, "sensors")
        score[decision] = transition.reward * transition.steps
        for name, term in transition.terms.items():
            terms[name] = terms.get(name, 0.0) + term * transition.steps / length
        if "moves" in trace:
            before, positions = positions, simulation.positions
            moved = sum((at - before[name]).abs() for name, at in positions.items())
            trace["moves"][decision] = moved[watched]  # type: ignore[index]
        for name in trace:
            if name != "moves":
                trace[name][decision] = transition.sensors[name][watched]
        alive = alive + transition.steps
        if decision % 128 == 127 or decision == decisions - 1:
            progress(min(length, (decision + 1) * each) - decision // 128 * 128 * each)
    return Rollout(score, length, terms, trace, begun.scenario, begun.onset, alive.to(torch.int64), begin)
