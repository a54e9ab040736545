"""The environments' classes: their docstrings are their pages."""

from typing import Any

from ..adapters.env import EconomyEnv
from ..core.task import Task


class BostromEnv(EconomyEnv):
    """Placeholder page."""

    def __init__(self, task: str | Task = "tokenomics/Bostrom-v0", **options: Any) -> None:
        super().__init__(task, **options)


class BostromOpenLoopEnv(EconomyEnv):
    """Placeholder page."""

    def __init__(self, task: str | Task = "tokenomics/BostromOpenLoop-v0", **options: Any) -> None:
        super().__init__(task, **options)
