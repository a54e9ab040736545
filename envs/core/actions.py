"""Action maps: what an action in [-1, 1] asks of the levers."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor
from typing_extensions import override

from .declarations import LeverSet
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


class Levels(ActionMap):
    """Each number is a lever's level: 0 neutral, ±1 the ends of its range."""

    @override
    def command(self, action: Tensor, positions: Tensors, sensors: Tensors) -> dict[str, Tensor]:
        return {lever.name: lever.from_unit(action[:, i]) for i, lever in enumerate(self.lever_set.levers)}


class Increments(ActionMap):
    """Each number moves a lever by that share of what its slew limit allows until the next decision.

    A lever without slew limit moves by that share of its range.
    """

    @override
    def command(self, action: Tensor, positions: Tensors, sensors: Tensors) -> dict[str, Tensor]:
        commands = {}
        for i, lever in enumerate(self.lever_set.levers):
            span = lever.position(lever.high) - lever.position(lever.low)
            limit = lever.slew * self.interval
            reach = torch.clamp(limit, max=span) if isinstance(limit, Tensor) else min(limit, span)
            commands[lever.name] = positions[lever.name] + action[:, i] * reach
        return commands
