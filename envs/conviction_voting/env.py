"""The environments' classes: their docstrings are their pages."""

from typing import Any

from ..adapters.env import EconomyEnv
from ..core.task import Task


class ConvictionVotingEnv(EconomyEnv):
    """Placeholder page."""

    def __init__(self, task: str | Task = "tokenomics/ConvictionVoting-v0", **options: Any) -> None:
        super().__init__(task, **options)


class ConvictionVotingSeedEnv(EconomyEnv):
    """Placeholder page."""

    def __init__(self, task: str | Task = "tokenomics/ConvictionVotingSeed-v0", **options: Any) -> None:
        super().__init__(task, **options)
