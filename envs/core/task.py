"""A task: an economy, an objective, scenarios and a horizon under an id."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from .actions import ActionMap, Increments, Levels
from .declarations import LeverSet
from .economy import Economy
from .objective import Objective
from .options import Options
from .scenario import Scenario, ScenarioSet
from .simulation import Simulation

if TYPE_CHECKING:
    import torch

ActionMapFactory = Callable[[LeverSet, int], ActionMap]
Measures = Callable[[Mapping[str, "torch.Tensor"], "torch.Tensor"], dict[str, "torch.Tensor"]]


@dataclass(frozen=True)
class Task:
    """What an id stands for.

    Attributes:
        id: Gymnasium id, `namespace/Name-vN`.
        entry_point: class of the single environment, as "module:Class" below this package.
        economy, objective, scenarios: economy, score, and what may befall it.
        horizon: steps of an episode.
        interval: steps between decisions, by default.
        onset: range that a scenario's onset is drawn from, high excluded.
        evaluation_onset: onset of the first evaluation draw; the others are drawn.
        action_maps: name → what an action asks of the levers; the first is the default.
        panels: the dashboard, see `core.dashboard`.
        measures: trajectories (T, B) and onsets (B,) → the task's own measures (B,).
        recorded: sensors that the measures need; `moves`, the sum of all levers' moves, comes besides.
        step_unit: what a step is, for axis labels. steps_per_year: how many of them make a year.
    """

    id: str
    entry_point: str
    economy: Economy[Any]
    objective: Objective
    scenarios: tuple[Scenario, ...]
    horizon: int
    interval: int
    onset: tuple[int, int] = (0, 1)
    evaluation_onset: int = 0
    action_maps: Mapping[str, ActionMapFactory] = field(
        default_factory=lambda: {"levels": Levels, "increments": Increments}
    )
    panels: tuple[Any, ...] = ()
    measures: Measures | None = None
    recorded: tuple[str, ...] = ()
    step_unit: str = "day"
    steps_per_year: float = 365.0

    def under(self, *names: str) -> Self:
        """This task with those scenarios alone, by name with or without version: an evaluation split.

        Raises:
            ValueError: there is none of that name, or none is named.
        """
        if not names:
            raise ValueError(f"{self.id} needs at least one scenario")
        bank = ScenarioSet(self.scenarios, self.economy.shocks)
        return replace(self, scenarios=tuple(self.scenarios[bank.index(name)] for name in names))

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
            raise TypeError(
                f"unknown option {', '.join(strange)} of {self.id}; there are {', '.join(sorted(known))}"
            )
        name = next(iter(self.action_maps)) if action is None else action
        if name not in self.action_maps:
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
                raise ValueError(f"unknown parameter {', '.join(unknown)} of {type(own).__name__}")
            return own.variant(**asked)
        if not isinstance(asked, type(own)):
            raise TypeError(
                f"economy is {asked!r}; it must be a {type(own).__name__}, or a dictionary of its parameters to change"
            )
        return asked
