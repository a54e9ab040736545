"""A competition: everything about who plays an economy's tasks, declared in one object."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from envs.core.control import Controller
from envs.core.task import Task

from .gains import Found


@dataclass(frozen=True)
class Search:
    """A grid of gains of one rule, to be tried on episodes that nothing is scored on (`tune`).

    Attributes:
        name: of these gains in the file.
        grid: name of a gain → the values to try, each with each of the others.
        controller: task, gains by name (B,), and what the searches before found → the rule that has them.
    """

    name: str
    grid: Mapping[str, Sequence[float]]
    controller: Callable[[Task, Mapping[str, Tensor], Found], Controller]


def _nothing(task: Task) -> dict[str, Any]:
    return {}


def _itself(task: Task) -> str:
    return task.id


@dataclass(frozen=True)
class Competition:
    """Who competes on the tasks of an economy. All but the first two may be absent.

    Attributes:
        economy: name of the economy.
        rules: task → the economy's own and classical rules, in the order of the leaderboard.
        baseline: name of the rule that a policy has to beat.
        search: task → options of the search for the best constant, where luck asks for more draws than usual.
        searches: grids of the rules' gains, in the order in which they are tried.
        gains: JSON file that `tune` writes and the rules read.
        tuned_on: task → id of the task on which its gains are searched.
    """

    economy: str
    rules: Callable[[Task], list[Controller]]
    baseline: str = "constant"
    search: Callable[[Task], Mapping[str, Any]] = _nothing
    searches: tuple[Search, ...] = ()
    gains: Path | None = None
    tuned_on: Callable[[Task], str] = _itself
