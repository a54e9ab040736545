"""Action maps: what an action in [-1, 1] asks of the levers."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor
from typing_extensions import override

from .declarations import Lever, LeverSet
from .tensors import Tensors


class ActionMap(ABC):
    """Turns actions into commanded positions of the levers. The slew limit acts afterwards.

    Args:
        interval: steps until the next decision; a tensor (B,) where environments differ.
    """

    def __init__(self, lever_set: LeverSet, interval: int | Tensor) -> None:
        self.lever_set = lever_set
        self.interval = interval

    @property
    def labels(self) -> tuple[str, ...]:
        """What each number of the action is."""
        return self.lever_set.names

    @abstractmethod
    def command(self, action: Tensor, positions: Tensors, sensors: Tensors) -> dict[str, Tensor]:
        """Commanded positions by lever, (B,), for actions (B, labels), from present positions and sensors."""

    def recover(self, commands: Tensors, positions: Tensors, sensors: Tensors) -> Tensor:
        """The action (B, labels) in [-1, 1] that comes closest to asking for these positions.

        Raises:
            ValueError: this map has no such inverse.
        """
        raise ValueError(f"{type(self).__name__} does not say which action asks for a lever's position")


class Levels(ActionMap):
    """Each number is a lever's level: 0 neutral, ±1 the ends of its range."""

    @override
    def command(self, action: Tensor, positions: Tensors, sensors: Tensors) -> dict[str, Tensor]:
        return {lever.name: lever.from_unit(action[:, i]) for i, lever in enumerate(self.lever_set.levers)}

    @override
    def recover(self, commands: Tensors, positions: Tensors, sensors: Tensors) -> Tensor:
        return torch.stack([lever.to_unit(commands[lever.name]) for lever in self.lever_set.levers], 1)


class Increments(ActionMap):
    """Each number moves a lever by that share of what its slew limit allows until the next decision.

    A lever without slew limit moves by that share of its range.
    """

    @override
    def command(self, action: Tensor, positions: Tensors, sensors: Tensors) -> dict[str, Tensor]:
        return {
            lever.name: positions[lever.name] + action[:, i] * self._reach(lever)
            for i, lever in enumerate(self.lever_set.levers)
        }

    @override
    def recover(self, commands: Tensors, positions: Tensors, sensors: Tensors) -> Tensor:
        shares = [
            (commands[lever.name] - positions[lever.name]) / self._reach(lever)
            for lever in self.lever_set.levers
        ]
        return torch.clamp(torch.stack(shares, 1), -1.0, 1.0)

    def _reach(self, lever: Lever) -> Tensor | float:
        span = lever.position(lever.high) - lever.position(lever.low)
        limit = lever.slew * self.interval
        return torch.clamp(limit, max=span) if isinstance(limit, Tensor) else min(limit, span)
