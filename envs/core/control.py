"""What a controller is, and the two that need no idea of the economy."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Self

import torch
from torch import Tensor
from typing_extensions import override

from .chance import Paired
from .declarations import LeverSet
from .economy import Economy
from .task import Task

Sensors = Mapping[str, Tensor]


class Controller(ABC):
    """Reads sensors in physical units and sets levers in physical units, batched.

    Attributes:
        name: for tables and tags.
        interval: steps between two calls of `act`; its levers are held in between. Rules act every
            step, as they were published; trained policies at the interval they were trained for.
        trained: whether a training made it; all that one method trained are one competitor.
    """

    name: str
    interval: int = 1
    trained: bool = False

    def economy_for(self, economy: Economy[Any]) -> Economy[Any]:
        """The economy under this controller, for rules that live inside the economy itself."""
        return economy

    def for_interval(self, interval: int | Tensor) -> Self:
        """This controller where its levers are held for so many steps; rules do not mind.

        Args:
            interval: a number, or a tensor (B,) of one for each environment.
        """
        return self

    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        """Forgets the past and prepares for `batch` economies."""
        self.batch, self.device = batch, torch.device(device)

    @abstractmethod
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        """Lever name → physical value (B,), from sensors name → reading (B,)."""

    def _zeros(self) -> Tensor:
        return torch.zeros(self.batch, dtype=torch.float64, device=self.device)


class SideBySide(Controller):
    """Several controllers in one batch, each on an equal share of the environments, in order."""

    def __init__(self, controllers: Sequence[Controller]) -> None:
        self.controllers = controllers
        self.name = f"{len(controllers)} controllers"

    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        """Resets every controller for its share of the batch.

        Raises:
            ValueError: the batch cannot be shared out equally.
        """
        super().reset(batch, device)
        if batch % len(self.controllers):
            raise ValueError(f"{len(self.controllers)} controllers cannot share {batch} environments equally")
        self._share, self._step = batch // len(self.controllers), 0
        self._held = [dict[str, Tensor]() for _ in self.controllers]
        for one in self.controllers:
            one.reset(self._share, device)

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        parts = {name: values.chunk(len(self.controllers)) for name, values in sensors.items()}
        for number, one in enumerate(self.controllers):
            if self._step % one.interval == 0:
                self._held[number] = one.act({name: part[number] for name, part in parts.items()})
        self._step += 1
        return {name: torch.cat([held[name] for held in self._held]) for name in self._held[0]}


class Constant(Controller):
    """Levers that never move; by default the neutral ones.

    Args:
        values: lever → value, or a tensor (B,) of one for each environment; others stay neutral.
    """

    def __init__(
        self, task: Task, values: Mapping[str, float | Tensor] | None = None, name: str = "constant"
    ):
        self.name = name
        self.values = dict[str, float | Tensor](
            {lever.name: lever.neutral for lever in task.economy.levers}, **dict(values or {})
        )

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        return {name: self._zeros() + value for name, value in self.values.items()}


class Random(Controller):
    """Actions drawn uniformly anew for every decision, mapped to levers as a policy's are.

    Args:
        seed: of the actions.
    """

    name = "random"

    def __init__(self, task: Task, seed: int = 0) -> None:
        self.lever_set = LeverSet(task.economy.levers)
        self.interval = task.interval
        self.action_map = next(iter(task.action_maps.values()))(self.lever_set, self.interval)
        self.seed = seed

    @override
    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        super().reset(batch, device)
        self._chance = Paired(self.seed + torch.arange(batch, device=self.device))
        self._decision = torch.zeros(batch, dtype=torch.int64, device=self.device)

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        draws = self._chance.at(self._decision)
        self._decision = self._decision + 1
        action = 2.0 * draws.uniform("action", len(self.action_map.labels)) - 1.0
        return command_for(self.action_map, self.lever_set, action, sensors)


def command_for(action_map: Any, lever_set: LeverSet, action: Tensor, sensors: Sensors) -> dict[str, Tensor]:
    """Lever values that a action_map makes of an action, from the sensors alone."""
    positions = lever_set.positions({name: sensors[f"lever.{name}"] for name in lever_set.names})
    return lever_set.values(action_map.command(action, positions, sensors))
