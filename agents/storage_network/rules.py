"""The storage network's rules: published constants, and a published law for every lever, tuned in strength.

laws.json holds both as they were published (envs/storage_network/responsive/model.md, section 10), found by
cross-entropy search. How strongly the laws answer to their errors stands in gains.json, which the command `tune` writes.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from envs.core.declarations import LeverSet
from envs.core.task import Task
from envs.core.tensors import Number

from ..competition import Search
from ..controller import Constant, Controller, Sensors
from ..gains import tuned

BASELINE = "tuned_rule"
FILE = Path(__file__).with_name("gains.json")
PUBLISHED = Path(__file__).with_name("laws.json")
OFFSET, INTEGRAL = "offset", "integral."

Law = Mapping[str, Number]
"""How an action follows errors: `offset` + Σ gain · error + integral, clipped to [-1, 1].

Gains are per unit of an error (see `errors`); `integral.<error>` is the gain times which the integral grows by its
error at every decision. Each is a number, or one for each environment (B,).
"""


@cache
def published() -> Mapping[str, Any]:
    """Task → its published `constant` levers, in their units, and its published `laws`."""
    content: Mapping[str, Any] = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    return content


def constants(task: Task) -> Mapping[str, float]:
    """The best constant levers of a task as published, in their units."""
    found: Mapping[str, float] = published()[task.id]["constant"]
    return found


def laws(task: Task, strength: Mapping[str, Number]) -> dict[str, Law]:
    """The law of each of a task's levers: the published one, its gains times their strength.

    Args:
        strength: `proportional`, of the gains on errors, and `integral`, of those on their integrals.
    """

    def scaled(name: str, gain: float) -> Number:
        if name == OFFSET:
            return gain
        return gain * strength["integral" if name.startswith(INTEGRAL) else "proportional"]

    found: Mapping[str, Mapping[str, float]] = published()[task.id]["laws"]
    return {
        lever.name: {name: scaled(name, gain) for name, gain in found[lever.name].items()}
        for lever in task.economy.levers
    }


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
        chosen: lever → law; by default the task's, of the strength in gains.json.
    """

    def __init__(self, task: Task, chosen: Mapping[str, Law] | None = None, name: str = BASELINE) -> None:
        self.name, self.interval = name, task.interval
        self.laws = laws(task, tuned(FILE, task.id)["strength"]) if chosen is None else chosen
        self.lever_set = LeverSet(task.economy.levers)

    @override
    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        super().reset(batch, device)
        self._integrals = {name: self._zeros() for name in self.laws}

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
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


SEARCHES = (
    Search(
        "strength",
        {"proportional": (0.5, 0.7, 0.85, 1.0, 1.2, 1.4), "integral": (0.0, 0.5, 1.0, 2.0)},
        lambda task, gains, found: TunedRule(task, laws(task, gains)),
    ),
)
