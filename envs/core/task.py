"""A task: an economy, an objective, scenarios and a horizon under an id."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Self

from .actions import ActionMap, Increments, Levels
from .dashboard import Panel
from .declarations import LeverSet
from .economy import Economy
from .objective import Objective
from .options import Options, finite, onsets, whole
from .scenario import Scenario, ScenarioSet
from .simulation import Simulation

if TYPE_CHECKING:
    import torch

ActionMapFactory = Callable[[LeverSet, int], ActionMap]
Measures = Callable[[Mapping[str, "torch.Tensor"], "torch.Tensor"], dict[str, "torch.Tensor"]]


NAMESPACE = "tokenomics"  # of the suite's own tasks
ID = r"([\w:-]+/)?[\w:.-]+-v\d+"  # as Gymnasium has it


@dataclass(frozen=True)
class Target:
    """A sensor that a lever is to hold at an aim, in the sensor's unit."""

    lever: str
    sensor: str
    aim: float


def check_task(task: "Task") -> None:
    """Refuses what is no declaration of a task.

    Raises:
        TypeError, ValueError: naming the attribute.
    """
    if not isinstance(task.id, str) or not re.fullmatch(ID, task.id):
        raise ValueError(f"id is {task.id!r}; it must read namespace/Name-v0, or Name-v0")
    kinds: dict[str, type] = {"economy": Economy, "objective": Objective}
    for name, kind in kinds.items():
        if not isinstance(one := getattr(task, name), kind):
            raise TypeError(f"{task.id}: {name} is {one!r}; it must be an {kind.__name__}")
    records: dict[str, type] = {"scenarios": Scenario, "panels": Panel, "targets": Target}
    for name, kind in records.items():
        held = getattr(task, name)
        if not isinstance(held, tuple) or not all(isinstance(one, kind) for one in held):
            raise TypeError(f"{task.id}: {name} is {held!r}; it must be a tuple of {kind.__name__}s")
    maps = task.action_maps
    if not isinstance(maps, Mapping) or not maps or not all(callable(one) for one in maps.values()):
        raise TypeError(f"{task.id}: action_maps is {maps!r}; it must map names to makers of an ActionMap")
    whole(f"{task.id}: horizon", task.horizon, 1)
    whole(f"{task.id}: interval", task.interval, 1)
    whole(f"{task.id}: evaluation_onset", task.evaluation_onset, 0)
    onsets(task.onset)
    if not 0.0 < finite(f"{task.id}: steps_per_year", task.steps_per_year) < inf:
        raise ValueError(f"{task.id}: steps_per_year is {task.steps_per_year!r}; it must be above 0")
    if not task.scenarios:
        raise ValueError(f"{task.id} needs at least one scenario")
    if task.measures is not None and not callable(task.measures):
        raise TypeError(f"{task.id}: measures is {task.measures!r}; it must be a function, or None")
    if ":" not in task.entry_point:
        raise ValueError(f"{task.id}: entry_point is {task.entry_point!r}; it must read module:Class")


@dataclass(frozen=True)
class Task:
    """What an id stands for.

    Attributes:
        id: Gymnasium id, `namespace/Name-vN`.
        economy, objective, scenarios: economy, score, and what may befall it.
        horizon: steps of an episode.
        interval: steps between decisions, by default.
        entry_point: class of the single environment, as "module:Class": of this package, or of any other.
        onset: range that a scenario's onset is drawn from, high excluded.
        evaluation_onset: onset of the first evaluation draw; the others are drawn.
        action_maps: name → what an action asks of the levers; the first is the default.
        panels: see `dashboard`.
        measures: trajectories (T, B) and onsets (B,) → the task's own measures (B,).
        recorded: sensors that the measures need; `moves`, the sum of all levers' moves, comes besides.
        recoveries: measures that are steps until something came, -1 where it never did.
        step_unit: what a step is, for axis labels. steps_per_year: how many of them make a year.
        targets: which lever should hold which sensor where, for a PID that is tuned without a line of code.
    """

    id: str
    economy: Economy[Any]
    objective: Objective
    scenarios: tuple[Scenario, ...]
    horizon: int
    interval: int
    entry_point: str = "adapters.env:EconomyEnv"
    onset: tuple[int, int] = (0, 1)
    evaluation_onset: int = 0
    action_maps: Mapping[str, ActionMapFactory] = field(
        default_factory=lambda: {"levels": Levels, "increments": Increments}
    )
    panels: tuple[Panel, ...] = ()
    measures: Measures | None = None
    recorded: tuple[str, ...] = ()
    recoveries: tuple[str, ...] = ()
    step_unit: str = "day"
    steps_per_year: float = 365.0
    targets: tuple[Target, ...] = ()

    def __post_init__(self) -> None:
        check_task(self)
        for kind, known in (("lever", self.economy.levers), ("sensor", self.economy.sensors)):
            names = [one.name for one in known]
            for name in (getattr(target, kind) for target in self.targets):
                if name not in names:
                    raise ValueError(
                        f"{self.id}: a target's {kind} is {name!r}; there are {', '.join(names)}"
                    )
        levers = [target.lever for target in self.targets]
        if len(set(levers)) < len(levers):
            raise ValueError(
                f"{self.id}: targets share a lever: {', '.join(levers)}; each needs one of its own"
            )
        logarithmic = {sensor.name for sensor in self.economy.sensors if sensor.log}
        for target in self.targets:
            if target.sensor in logarithmic and not target.aim > 0.0:
                raise ValueError(f"{self.id}: the aim of {target.sensor} is {target.aim}; it must be above 0")

    @property
    def name(self) -> str:
        """The id without its namespace."""
        return self.id.rpartition("/")[2]

    @property
    def folder(self) -> PurePath:
        """Where its results go below a folder for all: namespace and name, the name alone for the suite's own."""
        return PurePath(self.id.removeprefix(f"{NAMESPACE}/"))

    @property
    def dashboard(self) -> tuple[Panel, ...]:
        """Its panels; where it declares none, one for every sensor and lever."""
        if self.panels:
            return self.panels
        return (
            *(Panel(f"{one.name}, {one.unit}", {one.name: one.name}) for one in self.economy.sensors),
            *(
                Panel(f"{one.name}, {one.unit}", {one.name: f"lever.{one.name}"}, levers=True)
                for one in self.economy.levers
            ),
        )

    def under(self, *names: str) -> Self:
        """This task with those scenarios alone, by name with or without version: an evaluation split.

        Raises:
            ValueError: there is none of that name, or none is named.
        """
        if not names:
            raise ValueError(f"{self.id} needs at least one scenario")
        scenario_set = ScenarioSet(self.scenarios, self.economy.shocks)
        return replace(self, scenarios=tuple(self.scenarios[scenario_set.index(name)] for name in names))

    def simulation(
        self,
        batch: int = 1,
        *,
        action: str | None = None,
        economy: Economy[Any] | Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Simulation:
        """A simulation of this task.

        Args:
            action: name of the action map, by default the first.
            economy: another economy of the same kind, or parameters to change in this one.
            options: `device`, and see `Options`; what is not given is the task's own.

        Raises:
            ValueError: an unknown action_map, parameter or scenario.
            TypeError: an unknown option, or an economy of another kind.
        """
        known = {*Options.names(), "device"} - {"action_map", "steps_per_year"}
        if strange := sorted(options.keys() - known):
            raise TypeError(  # TorchRL tries options, and reads from these words which one to leave out
                f"{self.id} got an unexpected keyword argument {', '.join(map(repr, strange))}; "
                f"there are {', '.join(sorted(known))}"
            )
        name = next(iter(self.action_maps)) if action is None else action
        if not isinstance(name, str) or name not in self.action_maps:
            raise ValueError(f"action is {action!r}; {self.id} has {', '.join(self.action_maps)}")
        device = options.pop("device", "cpu")
        defaults: dict[str, Any] = {
            "horizon": self.horizon,
            "interval": self.interval,
            "scenarios": self.scenarios,
            "onset": self.onset,
        }
        chosen = Options(
            action_map=self.action_maps[name], steps_per_year=self.steps_per_year, **(defaults | options)
        )
        return Simulation(self._economy(economy), self.objective, chosen, batch=batch, device=device)

    def _economy(self, asked: Economy[Any] | Mapping[str, Any] | None) -> Economy[Any]:
        """The task's economy, one with changed parameters, or another of its kind."""
        own = self.economy
        if asked is None:
            return own
        if isinstance(asked, Mapping):
            if unknown := sorted(map(str, asked.keys() - own.parameters())):
                known = ", ".join(sorted(own.parameters()))
                raise ValueError(
                    f"unknown parameter {', '.join(unknown)} of {type(own).__name__}; there are {known}"
                )
            return own.variant(**asked)
        if not isinstance(asked, type(own)):
            raise TypeError(
                f"economy is {asked!r}; it must be a {type(own).__name__}, or a dictionary of its parameters to change"
            )
        return asked
