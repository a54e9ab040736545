"""A design: what is simulated, what is varied, which figures count. Read from YAML, or made in Python."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from math import inf
from typing import Any, Literal

from envs.core.task import Task
from envs.registry import task_of

from .figures import Figure, Goal
from .sampling import Vary

LANES = 64
"""Batches are a multiple of it, so that no vectorised loop ends in single numbers, whose last bit may differ."""


@dataclass(frozen=True)
class Arm:
    """One of the alternatives that are compared: settings in place of the design's own.

    Attributes:
        parameters, levers: name → value. controller: in place of the design's.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict)
    levers: Mapping[str, float] = field(default_factory=dict)
    controller: str | None = None


@dataclass(frozen=True)
class Trajectories:
    """Which curves are kept.

    Attributes:
        of: sensors, or `lever.<name>`. every: steps between two points; the beginning is step 0.
        quantiles: of the runs of each cell, in place of the runs themselves; empty for all runs.

    Raises:
        ValueError: nothing is kept, or a quantile lies outside 0 to 1.
    """

    of: tuple[str, ...]
    every: int = 1
    quantiles: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not self.of:
            raise ValueError("of is empty; name sensors")
        if self.every < 1:
            raise ValueError(f"every is {self.every}; it must be a whole number from 1 on")
        for one in self.quantiles:
            if not 0.0 <= one <= 1.0:
                raise ValueError(f"quantiles holds {one:g}; they lie from 0 to 1")


@dataclass(frozen=True)
class Design:
    """An experiment as it is declared. Every arm × every point × controller × scenario is a cell of `seeds` runs.

    Attributes:
        task: id of the task, "my_pkg:my/Farm-v0" imports my_pkg before.
        question: what is to be found out, for the report. limits: what the model does not know, a line each.
        horizon: steps of a run; by default the task's.
        seeds: runs of every cell. Run k of every cell meets the same shocks. first_seed: number of the first.
        scenarios: by default the task's first. onset: step of theirs; by default drawn, the same in every cell.
        parameters, levers: held in every cell; a lever that is held is taken from the controller.
        controllers: names of rules, module:Class, or paths of policies.
        arms: name → what is compared, the status quo first.
        vary: what is varied, see `Vary`.
        figures: name → key figure, besides those that every run has.
        goals: name of a figure → the threshold that it is to meet.
        reliability: share of the runs in which a setting has to meet all goals so as to be called feasible.
        measures: whether the task's own measures are figures too.
        trajectories: which curves are kept, if any.
        chance: "paired", "exact" or "expected".
        compile: whether the step is compiled; "auto" where it pays.
        batch: runs in a batch, a multiple of 64.
        nan: "refuse" stops at a figure that is no number, "keep" goes on.

    Raises:
        ValueError: something that is asked for cannot be had; the message names it and what is possible.
    """

    task: str
    question: str = ""
    limits: tuple[str, ...] = ()
    horizon: int | None = None
    seeds: int = 1
    first_seed: int = 0
    scenarios: tuple[str, ...] = ()
    onset: int | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    levers: Mapping[str, float] = field(default_factory=dict)
    controllers: tuple[str, ...] = ("constant",)
    arms: Mapping[str, Arm] = field(default_factory=dict)
    vary: tuple[Vary, ...] = ()
    figures: Mapping[str, Figure] = field(default_factory=dict)
    goals: Mapping[str, Goal] = field(default_factory=dict)
    reliability: float = 0.9
    measures: bool = True
    trajectories: Trajectories | None = None
    chance: Literal["paired", "exact", "expected"] = "paired"
    compile: bool | Literal["auto"] = "auto"
    batch: int = 256
    nan: Literal["refuse", "keep"] = "refuse"

    def __post_init__(self) -> None:
        from .checks import check

        check(self)

    def __getstate__(self) -> dict[str, Any]:
        """The fields alone: what was worked out from them is worked out again where it is unpickled."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @cached_property
    def subject(self) -> Task:
        """The task."""
        return task_of(self.task)

    @property
    def steps(self) -> int:
        """Steps of a run."""
        return self.subject.horizon if self.horizon is None else self.horizon

    @property
    def under(self) -> tuple[str, ...]:
        """The scenarios."""
        return self.scenarios or (self.subject.scenarios[0].name,)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """`parameter.<name>` and `lever.<name>` of everything that is not the same in all cells."""
        found = [name for vary in self.vary for name in vary.columns]
        for arm in self.arms.values():
            found += [f"parameter.{name}" for name in arm.parameters]
            found += [f"lever.{name}" for name in arm.levers]
        return tuple(dict.fromkeys(found))

    @property
    def cell_count(self) -> int:
        """How many cells there are."""
        count = max(1, len(self.arms)) * len(self.controllers) * len(self.under)
        for vary in self.vary:
            count *= vary.size
        return count

    def lever_range(self, name: str) -> tuple[float, float]:
        """Where a lever can go."""
        for lever in self.subject.economy.levers:
            if lever.name == name:
                return lever.low, lever.high
        return -inf, inf
