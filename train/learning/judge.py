"""Judgement on held-out episodes, of a running mean of the parameters; the best one is kept."""

from collections.abc import Mapping
from math import inf, isfinite
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from agents.network import Shape, content_of, network_of, read
from envs.core.dashboard import draw, pixels
from envs.core.simulation import Simulation
from envs.core.task import Task

from ..judging.held_out import episodes
from .checkpoint import write
from .log import Log


class Average:
    """A running mean of parameters, which does not share the jitter of single updates.

    Args:
        parameters: to begin with. decay: for each update; 0 follows at once, 1 never.
    """

    def __init__(self, parameters: Mapping[str, Tensor], decay: float) -> None:
        self.decay = decay
        self.parameters = {name: value.detach().clone() for name, value in parameters.items()}

    @torch.no_grad()
    def follow(self, parameters: Mapping[str, Tensor]) -> None:
        """Moves towards the parameters after an update."""
        for name, mean in self.parameters.items():
            mean.lerp_(parameters[name], 1.0 - self.decay)


class Judge:
    """Runs whole episodes on held-out seeds under every scenario, and keeps the best policy.

    Args:
        simulation: from its initial state, without autoreset; its batch is shared out among the scenarios.
        shape: of the policy's network. made_for, origin: what its file says, see `content_of`.
        every: seconds of learning between judgements.
    """

    def __init__(
        self,
        task: Task,
        simulation: Simulation,
        shape: Shape,
        made_for: dict[str, Any],
        origin: dict[str, Any],
        best: Path,
        every: float,
    ) -> None:
        self.task, self.simulation, self.shape = task, simulation, shape
        self.made_for, self.origin = made_for, origin
        self.file, self.every = best, every
        self.best = kept_score(best)
        self.judged_at = 0.0

    def due(self, trained: float) -> bool:
        """Whether so many seconds of learning ask for a judgement."""
        return trained - self.judged_at >= self.every

    def judge(self, parameters: Mapping[str, Tensor], decisions: int, trained: float, log: Log) -> float:
        """Scores the parameters, logs it, and writes them where they are the best so far; their mean score."""
        network = network_of(self.shape, dict(parameters)).to(self.simulation.device)
        scores, history, onset = episodes(self.task, self.simulation, lambda _, seen, read: network(seen))
        mean = sum(scores.values()) / len(scores)
        log.scalars({f"eval/{name}/score": score for name, score in scores.items()}, decisions)
        summary = {"mean_score": mean, "worst_score": min(scores.values()), "trained_seconds": trained}
        log.scalars({f"eval/{name}": value for name, value in summary.items()}, decisions)
        title = f"{self.task.id}, latest policy"
        figure = draw(self.task.dashboard, history, title, self.task.step_unit, [onset])
        log.image("eval/dashboard", pixels(figure), decisions)
        self.judged_at = trained
        if mean > self.best:
            self.best = mean
            self.keep(parameters, decisions, mean)
        return mean

    def keep(self, parameters: Mapping[str, Tensor], decisions: int, score: float | None) -> None:
        """Writes parameters as the best policy."""
        origin = self.origin | {"decisions": decisions, "held_out_score": score}
        write(self.file, content_of(self.shape, dict(parameters), self.made_for, origin))


def kept_score(best: Path) -> float:
    """The held-out score that a best policy was kept for; -∞ where there is no such file or score."""
    score = read(best)["training"].get("held_out_score") if best.is_file() else None
    return score if isinstance(score, float) and isfinite(score) else -inf
