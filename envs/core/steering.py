"""Steerings: what an action in [-1, 1] asks of the levers."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from .declarations import LeverBank
from .tensors import Tensors


class Steering(ABC):
    """Turns actions into target positions of the levers. The slew limit acts afterwards."""

    def __init__(self, bank: LeverBank, interval: int) -> None:
        self.bank = bank
        self.interval = interval

    @property
    def size(self) -> int:
        """Numbers in an action."""
        return len(self.bank.levers)

    @property
    def labels(self) -> tuple[str, ...]:
        """What each number of the action is."""
        return self.bank.names

    @abstractmethod
    def target(self, action: Tensor, positions: Tensor, sensors: Tensors) -> Tensor:
        """Target positions (B, L) for actions (B, size), from the present positions and sensors."""


class Levels(Steering):
    """Each number is a lever's level: 0 neutral, ±1 the ends of its range."""

    def target(self, action: Tensor, positions: Tensor, sensors: Tensors) -> Tensor:
        """See `Steering.target`."""
        return self.bank.from_unit(action)


class Increments(Steering):
    """Each number moves a lever by that share of what its slew limit allows until the next decision.

    A lever without slew limit moves by that share of its range.
    """

    def target(self, action: Tensor, positions: Tensor, sensors: Tensors) -> Tensor:
        """See `Steering.target`."""
        reach = torch.minimum(self.bank.slew * self.interval, self.bank.high - self.bank.low)
        return positions + action * reach
