"""The storage network's rules: the constants that a search found, and a tuned law for every lever.

Both stand in gains.json. They were found by cross-entropy search, which a grid does not replace: a law has up to five
numbers, and there are up to ten laws.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from envs.core.declarations import LeverSet
from envs.core.task import Task

from ..controller import Constant, Controller, Sensors
from ..gains import tuned

BASELINE = "tuned_rule"
FILE = Path(__file__).with_name("gains.json")
OFFSET, INTEGRAL = "offset", "integral."

Law = Mapping[str, float]
"""How an action follows errors: `offset` + Σ gain · error + integral, clipped to [-1, 1].

Gains are per unit of an error (see `errors`); `integral.<error>` is the gain times which the integral grows by its
error at every decision.
"""


def constants(task: Task) -> Mapping[str, float]:
    """The best constant levers of a task, in their units."""
    return tuned(FILE, task.id)["constant"]


def laws(task: Task) -> dict[str, Law]:
    """The law of each of a task's levers."""
    found = tuned(FILE, task.id)
    return {lever.name: found[lever.name] for lever in task.economy.levers}


def errors(sensors: Sensors) -> dict[str, Tensor]:
    """What the laws correct, (B,): each positive where its name is too high, but for the treasury."""

    def scaled(x: Tensor, unit: float) -> Tensor:
        return torch.clamp(x / unit, -2.0, 2.0)

    load, fill, proof = sensors["load"], sensors["fill"], sensors["proof_load"]
    return {
        "treasury": scaled(1.6 - torch.log(sensors["treasury"] + 0.001), 1.0),
        "late": scaled(sensors["late"] - 0.1, 0.2),
        "fake": scaled(sensors["fake_rate"] - 0.04, 0.06),
        "surprise": scaled(sensors["surprise"], 0.2),
        "default": scaled(sensors["default"] - 0.02, 0.05),
        "purse": scaled(torch.log(sensors["purse"] / 10.0 + 0.001), 1.0),
        "trust": scaled(sensors["trust"] - 0.9, 0.1),
        "price": scaled(torch.log(sensors["price"]), 1.0),
        "margin": 4.0 * torch.clamp((load + fill + proof) / 3.0 - 0.7, -1.0, 1.0),
        "split_route": 4.0 * torch.clamp(load - 0.5 * (fill + proof), -1.0, 1.0),
        "split_store": 4.0 * torch.clamp(fill - proof, -1.0, 1.0),
    }


class TunedRule(Controller):
    """One law a lever, at the policy's own decision interval; the actions are levels of the levers.

    Args:
        chosen: lever → law; by default the tuned ones of the task.
    """

    def __init__(self, task: Task, chosen: Mapping[str, Law] | None = None, name: str = BASELINE) -> None:
        self.name, self.interval = name, task.interval
        self.laws = laws(task) if chosen is None else chosen
        self.lever_set = LeverSet(task.economy.levers)

    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        """See `Controller.reset`."""
        super().reset(batch, device)
        self._integrals = {name: self._zeros() for name in self.laws}

    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        """See `Controller.act`."""
        seen = errors(sensors)
        positions = {
            lever.name: lever.from_unit(self._action(lever.name, self.laws[lever.name], seen))
            for lever in self.lever_set.levers
        }
        return self.lever_set.values(positions)

    def _action(self, lever: str, law: Law, seen: Mapping[str, Tensor]) -> Tensor:
        wanted, growth = self._zeros() + law[OFFSET], self._zeros()
        for name, gain in law.items():
            if name.startswith(INTEGRAL):
                growth = growth + gain * seen[name.removeprefix(INTEGRAL)]
            elif name != OFFSET:
                wanted = wanted + gain * seen[name]
        held = self._integrals[lever]
        winding = ((wanted + held).abs() >= 1.0) & ((wanted + held).sign() == growth.sign())
        self._integrals[lever] = torch.where(winding, held, held + growth)
        return torch.clamp(wanted + self._integrals[lever], -1.0, 1.0)


def rules(task: Task) -> list[Controller]:
    """The rules below the trained policy: the published constants, and a law for every lever."""
    return [Constant(task, constants(task), "constant_found"), TunedRule(task)]
