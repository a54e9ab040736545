"""The environment's class: its docstring is its page."""

from typing import Any

from ..adapters.env import EconomyEnv
from ..core.task import Task


class SafeNetworkEnv(EconomyEnv):
    """Placeholder page."""

    def __init__(self, task: str | Task = "tokenomics/SafeNetwork-v0", **options: Any) -> None:
        super().__init__(task, **options)
