"""A rule whose decisions are votes: rare, late and small."""

from math import inf
from typing import Any

import torch
from torch import Tensor

from envs.core.declarations import LeverBank
from envs.core.economy import Economy
from envs.core.task import Task

from .controller import Controller, Sensors


class Cadence(Controller):
    """A rule that reads every step, and whose levers are adopted by governance.

    Args:
        interval: steps between two votes.
        delay: steps from a vote to its effect (timelock).
        change: largest change of a lever in one vote, on the lever's scale.
    """

    def __init__(
        self, task: Task, rule: Controller, interval: int = 1, delay: int = 0, change: float = inf
    ) -> None:
        for label, count, least in (("interval", interval, 1), ("delay", delay, 0)):
            if count < least:
                raise ValueError(f"{label} is {count}; it must be at least {least}")
        if not change > 0.0:
            raise ValueError(f"change is {change}; it must be greater than 0")
        self.rule, self.name = rule, rule.name
        self.bank = LeverBank(task.economy.levers)
        self.every, self.delay, self.change = interval, delay, change

    def plant(self, economy: Economy[Any]) -> Economy[Any]:
        """See `Controller.plant`."""
        return self.rule.plant(economy)

    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        """See `Controller.reset`."""
        super().reset(batch, device)
        self.rule.reset(batch, device)
        self._step = 0
        self._voted = self.bank.neutral(batch, device)
        self._queue = [(0, self._voted)]

    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        """See `Controller.act`."""
        if self._step % self.rule.interval == 0:
            self._proposal = self.bank.clip(self.bank.positions(self.rule.act(sensors)))
        if self._step % self.every == 0:
            self._voted = {
                name: torch.clamp(wanted, self._voted[name] - self.change, self._voted[name] + self.change)
                for name, wanted in self._proposal.items()
            }
            self._queue.append((self._step + self.delay, self._voted))
        while len(self._queue) > 1 and self._queue[1][0] <= self._step:
            del self._queue[0]
        self._step += 1
        return self.bank.values(self._queue[0][1])
