"""A training, with everything about it checked and nothing written yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from torch import Tensor

from envs.core.task import Task

from .settings import Settings


@dataclass(frozen=True)
class Plan:
    """What is trained, how, for how long and where.

    Attributes:
        steps, seconds: the budget, in all. begin_with: parameters, where it refines.
        resumed: the checkpoint that it goes on from.
        evaluate_every, save_every: seconds of learning.
    """

    task: Task
    settings: Settings
    seed: int
    device: str
    backend: str
    folder: Path
    steps: int
    seconds: float | None = None
    begin_with: Mapping[str, Tensor] | None = None
    resumed: Mapping[str, Any] | None = None
    evaluate_every: float = 20.0
    save_every: float = inf

    @property
    def last(self) -> Path:
        """The checkpoint."""
        return self.folder / "last.pt"

    @property
    def best(self) -> Path:
        """The best policy on held-out episodes."""
        return self.folder / "best.pt"

    @property
    def identity(self) -> dict[str, Any]:
        """What makes this training the one that it is: everything but the budget."""
        settings = {name: value for name, value in self.settings.plain().items() if name != "n_timesteps"}
        return settings | {
            "seed": self.seed,
            "backend": self.backend,
            "device": self.device.partition(":")[0],
        }
