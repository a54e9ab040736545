"""The models of the suite, and the registration of their tasks with Gymnasium. A new economy adds a line."""

from typing import Any

import gymnasium

from . import bostrom, conviction_voting, safe_network
from .core.economy import Economy
from .core.model import Model
from .core.task import Task
from .safe_network import bidding

MODELS: dict[str, Model] = {}
"""Models by the name of their economy."""
ECONOMIES: dict[str, type[Economy[Any]]] = {}
"""Economies by name."""
TASKS: dict[str, Task] = {}
"""Tasks by id."""

SUITE = (safe_network.MODEL, bidding.MODEL, bostrom.MODEL, conviction_voting.MODEL)


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


def model_of(model: str | Task) -> Model:
    """The model of an economy's name, or of a task.

    Raises:
        ValueError: no model is registered under that name.
    """
    name = model.economy.name if isinstance(model, Task) else model
    if name not in MODELS:
        raise ValueError(f"unknown economy {name!r}; there are {', '.join(MODELS)}")
    return MODELS[name]


def register(model: Model | Task) -> None:
    """Makes a model and its tasks, or a task alone, known to `gymnasium.make` and to every command."""
    if isinstance(model, Model):
        MODELS[model.name], ECONOMIES[model.name] = model, model.economy
    package = __name__.rpartition(".")[0]
    for task in model.tasks if isinstance(model, Model) else (model,):
        TASKS[task.id] = task
        if task.id not in gymnasium.registry:
            gymnasium.register(
                id=task.id,
                entry_point=f"{package}.{task.entry_point}",
                vector_entry_point=f"{package}.adapters.vector:EconomyVectorEnv",
                kwargs={"task": task.id},
                disable_env_checker=False,
            )


for declared in SUITE:
    register(declared)
