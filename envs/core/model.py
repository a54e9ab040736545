"""A model: everything that a command may ask of an economy, declared in one object."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .economy import Economy
from .reference import Reference
from .task import Task


@dataclass(frozen=True)
class Model:
    """A published economy, its tasks, and what is known about it. All but the first two may be absent.

    Attributes:
        economy: the class whose fields are the parameters.
        tasks: what can be played on it.
        reference: how parameter files are read and reference columns written (`simulate`).
        published: makes the table of published figures beside ours, as Markdown (`published`).
        original: measures the economy beside the implementation it was ported from (`speed`).
        hyperparameters: YAML file of PPO settings by task id, in the manner of RL Baselines3 Zoo.
    """

    economy: type[Economy[Any]]
    tasks: tuple[Task, ...]
    reference: Reference | None = None
    published: Callable[[], str] | None = None
    original: Callable[..., str] | None = None
    hyperparameters: Path | None = None

    @property
    def name(self) -> str:
        """Name of the economy, as commands take it."""
        return self.economy.name
