"""Who competes on a task. A new economy adds a line."""

from collections.abc import Mapping
from typing import Any

from envs.core.control import Constant, Controller, Random
from envs.core.task import Task
from envs.registry import load_module

from . import bostrom, conviction_voting, data_collective, safe_network, storage_network
from .competition import Competition

COMPETITIONS: dict[str, Competition] = {}
"""Competitions by the name of their economy."""

SUITE = (
    safe_network.COMPETITION,
    safe_network.BIDDING,
    bostrom.COMPETITION,
    conviction_voting.COMPETITION,
    storage_network.COMPETITION,
    data_collective.COMPETITION,
)


def register(competition: Competition) -> None:
    """Makes the rules of an economy known to every command.

    Raises:
        TypeError: it is no competition.
    """
    if not isinstance(competition, Competition):
        raise TypeError(f"{competition!r} cannot be registered; it must be a Competition")
    COMPETITIONS[competition.economy] = competition


def competition_of(task: Task) -> Competition:
    """Who competes on a task; without a declaration, random and constant alone."""
    name = task.economy.name
    return COMPETITIONS.get(name, Competition(name, lambda task: []))


def rules(task: Task) -> list[Controller]:
    """Random, the neutral constant, and the economy's own and classical rules.

    Raises:
        ValueError: the competition declares something else.
    """
    own = list(competition_of(task).rules(task))
    for one in own:
        if not isinstance(one, Controller):
            raise ValueError(f"the rules of {task.economy.name} hold {one!r}; they must be Controllers")
    return [Random(task), Constant(task), *own]


def baseline(task: Task) -> str:
    """Name of the rule that a policy has to beat."""
    return competition_of(task).baseline


def search(task: Task) -> Mapping[str, Any]:
    """Options of the search for the best constant."""
    return competition_of(task).search(task)


def controller(task: Task, name: str) -> Controller:
    """A rule of the task by its name, or anybody's as "my_pkg.rules:Smart", which is called with the task.

    Raises:
        ValueError: there is none of that name.
    """
    if ":" in name:
        return _imported(task, name)
    known = {rule.name: rule for rule in rules(task)}
    if name not in known:
        raise ValueError(
            f"unknown controller {name!r} of {task.id}; there are {', '.join(known)}, and module:Class of "
            "anybody's"
        )
    return known[name]


def _imported(task: Task, name: str) -> Controller:
    module, _, attribute = name.rpartition(":")
    maker = getattr(load_module(module), attribute, None)
    if not callable(maker):
        raise ValueError(
            f"{module} has no controller {attribute!r}: it must be a class or function of a task"
        )
    try:
        made = maker(task)
    except TypeError as error:
        raise ValueError(f"{name} cannot be called with a task alone: {error}") from error
    if not isinstance(made, Controller):
        raise ValueError(f"{name} makes a {type(made).__name__}; it must make a Controller")
    return made


for declared in SUITE:
    register(declared)
