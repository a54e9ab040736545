"""A competition: everything about who plays an economy's tasks, declared in one object."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from envs.core.task import Task

from .controller import Controller


def _nothing(task: Task) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Competition:
    """Who competes on the tasks of an economy. All but the first two may be absent.

    Attributes:
        economy: name of the economy.
        rules: task → the economy's own and classical rules, in the order of the leaderboard.
        baseline: name of the rule that a policy has to beat.
        search: task → options of the search for the best constant, where luck asks for more draws than usual.
    """

    economy: str
    rules: Callable[[Task], list[Controller]]
    baseline: str = "constant"
    search: Callable[[Task], Mapping[str, Any]] = _nothing
