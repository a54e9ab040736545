"""A rule whose decisions are votes: rare, late and small."""

from math import inf
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from envs.core.declarations import LeverSet
from envs.core.economy import Economy
from envs.core.task import Task
from envs.core.tensors import Number

from .controller import Controller, Sensors


class Cadence(Controller):
    """A rule that reads every step, and whose levers are adopted by governance.

    A trained policy decides for as long as a vote lasts; see `Controller.for_interval`.

    Args:
        interval: steps between two votes.
        delay: steps from a vote to its effect (timelock).
        change: largest change of a lever in one vote, on the lever's scale.

    All three are numbers, or tensors (B,) of one for each environment, so that cadences share a batch.
    """

    def __init__(
        self,
        task: Task,
        rule: Controller,
        interval: int | Tensor = 1,
        delay: int | Tensor = 0,
        change: Number = inf,
    ) -> None:
        self.every, self.delay, self.change = (torch.as_tensor(x) for x in (interval, delay, change))
        for label, count, least in (("interval", self.every, 1), ("delay", self.delay, 0)):
            if bool((count < least).any()):
                raise ValueError(f"{label} is {int(count.min())}; it must be at least {least}")
        if not bool((self.change > 0.0).all()):
            raise ValueError(f"change is {float(self.change.min())}; it must be greater than 0")
        self.rule, self.name = rule.for_interval(interval), rule.name
        self.lever_set = LeverSet(task.economy.levers)

    @override
    def economy_for(self, economy: Economy[Any]) -> Economy[Any]:
        return self.rule.economy_for(economy)

    @override
    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        super().reset(batch, device)
        self.rule.reset(batch, device)
        self._step = 0
        self._each = torch.arange(batch, device=device)
        self._voted = self.lever_set.neutral(batch, device)
        self._past = int(self.delay.max()) + 1  # votes kept, in a ring
        self._ring = {name: at.repeat(self._past, 1) for name, at in self._voted.items()}

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        if self._step % self.rule.interval == 0:
            self._proposal = self.lever_set.clip(self.lever_set.positions(self.rule.act(sensors)))
        votes = (self._step % self.every == 0).to(self.device)
        change = self.change.to(self.device)
        for name, wanted in self._proposal.items():
            at = self._voted[name]
            self._voted[name] = torch.where(votes, torch.clamp(wanted, at - change, at + change), at)
            self._ring[name][self._step % self._past] = self._voted[name]
        adopted = ((self._step - self.delay) % self._past).to(self.device).expand(self.batch)
        self._step += 1
        return self.lever_set.values({name: votes[adopted, self._each] for name, votes in self._ring.items()})
