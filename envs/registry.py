"""The models of the suite and other people's, and the registration of their tasks with Gymnasium.

A new economy adds a line.
"""

import traceback
import warnings
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any

import gymnasium

from . import bostrom, conviction_voting, data_collective, safe_network, storage_network
from .core.economy import Economy
from .core.model import Model
from .core.task import Task
from .safe_network import bidding
from .storage_network import responsive

MODELS: dict[str, Model] = {}
"""Models by the name of their economy."""
ECONOMIES: dict[str, type[Economy[Any]]] = {}
"""Economies by name."""
TASKS: dict[str, Task] = {}
"""Tasks by id."""
GROUP = "tokenomics_gym.models"
"""Entry points under which installed packages name their `Model`, or a module that registers it."""

SUITE = (
    safe_network.MODEL,
    bidding.MODEL,
    bostrom.MODEL,
    conviction_voting.MODEL,
    storage_network.MODEL,
    responsive.MODEL,
    data_collective.MODEL,
)


def task_of(task: str | Task) -> Task:
    """The task of an id, or the task itself.

    "my_pkg:my/Farm-v0" imports my_pkg before, as `gymnasium.make` does; without it, packages are asked that
    are installed with an entry point.

    Raises:
        ValueError: there is no such module, or an unknown id.
    """
    if isinstance(task, Task):
        return task
    if not isinstance(task, str):
        raise TypeError(f"task is {task!r}; it must be a Task or an id, such as {next(iter(TASKS))}")
    module, colon, name = task.rpartition(":")
    if colon:
        load_module(module)
    elif name not in TASKS:
        load_plugins()
    if name not in TASKS:
        raise ValueError(f"unknown task {name!r}; there are {', '.join(TASKS)}")
    return TASKS[name]


def model_of(model: str | Task) -> Model:
    """The model of an economy's name, or of a task; "my_pkg:farm" imports my_pkg before.

    A task that was registered alone has a model that declares nothing else.

    Raises:
        ValueError: no model is registered under that name.
    """
    if isinstance(model, Task):
        return MODELS.get(model.economy.name, Model(type(model.economy), (model,)))
    if not isinstance(model, str):
        raise TypeError(f"model is {model!r}; it must be a Task or the name of an economy")
    module, colon, name = model.rpartition(":")
    if colon:
        load_module(module)
    elif name not in MODELS:
        load_plugins()
    if name not in MODELS:
        raise ValueError(f"unknown economy {name!r}; there are {', '.join(MODELS)}")
    return MODELS[name]


def load_module(name: str) -> Any:
    """A module that the user named.

    Raises:
        ValueError: there is none, or something goes wrong in it, which is the cause.
    """
    if not all(part.isidentifier() for part in name.split(".")):
        raise ValueError(f"{name!r} is no name of a module")
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise ValueError(f"no module {name!r} can be imported from here") from None
        raise ValueError(f"{name} needs {error.name}, which is missing") from error
    except (Exception, SystemExit) as error:
        line = traceback.extract_tb(error.__traceback__)[-1]
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise ValueError(
            f"{name} cannot be imported: {said} ({line.filename}, line {line.lineno})"
        ) from error


@cache
def load_plugins() -> None:
    """Registers what installed packages declare; one that does not load is left out with a warning."""
    for point in entry_points(group=GROUP):
        try:
            loaded = point.load()
            if isinstance(loaded, Model) and loaded.name not in MODELS:
                register(loaded)
        except Exception as error:
            warnings.warn(f"{point.value} of {GROUP} does not load: {error!r}", stacklevel=2)


def register(model: Model | Task) -> None:
    """Makes a model and its tasks, or a task alone, known to `gymnasium.make` and to every command.

    Raises:
        TypeError: it is neither.
    """
    if not isinstance(model, Model | Task):
        raise TypeError(f"{model!r} cannot be registered; it must be a Model or a Task")
    if isinstance(model, Model):
        MODELS[model.name], ECONOMIES[model.name] = model, model.economy
    package = __name__.rpartition(".")[0]
    for task in model.tasks if isinstance(model, Model) else (model,):
        TASKS[task.id] = task
        if task.id not in gymnasium.registry:
            gymnasium.register(
                id=task.id,
                entry_point=_entry_point(package, task.entry_point),
                vector_entry_point=f"{package}.adapters.vector:EconomyVectorEnv",
                kwargs={"task": task.id},
                disable_env_checker=False,
            )


def _entry_point(package: str, point: str) -> str:
    """The class as Gymnasium imports it: of this package where it has that module, else of any other."""
    try:
        ours = find_spec(f"{package}.{point.partition(':')[0]}")
    except ModuleNotFoundError:  # of its parent
        ours = None
    return point if ours is None else f"{package}.{point}"


for declared in SUITE:
    register(declared)
