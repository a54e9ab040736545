"""The tasks of the suite and their registration with Gymnasium. A new economy adds a line to each."""

from typing import Any

import gymnasium

from .bostrom import Bostrom
from .bostrom.task import TASKS as BOSTROM
from .conviction_voting import ConvictionVoting
from .conviction_voting.task import TASKS as CONVICTION_VOTING
from .core.economy import Economy
from .core.task import Task
from .safe_network import SafeNetwork
from .safe_network.bidding_task import BIDDING_TASK
from .safe_network.task import TASK as SAFE_NETWORK_TASK

ECONOMIES: dict[str, type[Economy[Any]]] = {
    economy.name: economy for economy in (SafeNetwork, Bostrom, ConvictionVoting)
}
TASKS: dict[str, Task] = {
    task.id: task for task in (SAFE_NETWORK_TASK, BIDDING_TASK, *BOSTROM, *CONVICTION_VOTING)
}


def task_of(task: str | Task) -> Task:
    """The task of an id, or the task itself.

    Raises:
        ValueError: unknown id.
    """
    if isinstance(task, Task):
        return task
    if task not in TASKS:
        raise ValueError(f"unknown task {task!r}; there are {', '.join(TASKS)}")
    return TASKS[task]


def register(task: Task) -> None:
    """Makes a task known to `gymnasium.make`, `gymnasium.make_vec` and `task_of`."""
    TASKS[task.id] = task
    if task.id in gymnasium.registry:
        return
    package = __name__.rpartition(".")[0]
    gymnasium.register(
        id=task.id,
        entry_point=f"{package}.{task.entry_point}",
        vector_entry_point=f"{package}.adapters.vector:EconomyVectorEnv",
        kwargs={"task": task.id},
        disable_env_checker=False,
    )


def register_all() -> None:
    """Registers every task of the suite; harmless when called again."""
    for task in TASKS.values():
        register(task)
