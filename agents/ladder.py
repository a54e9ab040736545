"""Who competes on a task. A new economy adds a line."""

from collections.abc import Callable
from typing import Any

from envs.core.task import Task

from . import bostrom, conviction_voting, safe_network
from .controller import Constant, Controller, Random

RULES: dict[str, Callable[[Task], list[Controller]]] = {
    "safe_network": safe_network.rules,
    "safe_network_bidding": safe_network.bidding_rules,
    "bostrom": bostrom.rules,
    "conviction_voting": conviction_voting.rules,
}
YARDSTICKS = {
    "safe_network": safe_network.YARDSTICK,
    "safe_network_bidding": safe_network.BIDDING_YARDSTICK,
    "bostrom": bostrom.YARDSTICK,
    "conviction_voting": conviction_voting.YARDSTICK,
}
SEARCHES: dict[str, Callable[[Task], dict[str, Any]]] = {"conviction_voting": conviction_voting.search}


def rules(task: Task) -> list[Controller]:
    """Random, the neutral constant, and the economy's own and classical rules."""
    own = RULES.get(task.economy.name)
    return [Random(task), Constant(task), *(own(task) if own else [])]


def yardstick(task: Task) -> str:
    """Name of the rule that a policy has to beat."""
    return YARDSTICKS.get(task.economy.name, "constant")


def search(task: Task) -> dict[str, Any]:
    """Options of the search for the best constant, where luck asks for more draws than usual."""
    own = SEARCHES.get(task.economy.name)
    return own(task) if own else {}


def controller(task: Task, name: str) -> Controller:
    """A rule of the task by its name.

    Raises:
        ValueError: there is none of that name.
    """
    known = {rule.name: rule for rule in rules(task)}
    if name not in known:
        raise ValueError(f"unknown controller {name!r} of {task.id}; there are {', '.join(known)}")
    return known[name]
