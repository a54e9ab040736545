"""The storage network's rules: the constants that a search found, and a tuned law for every lever.

Both were found by cross-entropy search on 18 episodes that no leaderboard scores: constants from two starts,
14 rounds of 40 candidates each; laws from the constants with gains of zero, 35 rounds of 40 candidates.
"""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from envs.core.declarations import LeverSet
from envs.core.task import Task

from .controller import Constant, Controller, Sensors

BASELINE = "tuned_rule"


class Law(NamedTuple):
    """How an action follows errors: offset + Σ gain · error + integral, clipped to [-1, 1].

    Gains are per unit of an error (see `errors`); the integral grows by its gain times its error at every
    decision.
    """

    offset: float
    gains: Mapping[str, float]
    integral: tuple[str, float] | None = None


CONSTANTS: Mapping[str, Mapping[str, float]] = {
    "tokenomics/StorageRouter-v0": {
        "tax": 0.184, "subsidy": 0.124, "penalty": 1.0, "threshold": 0.954, "audit": 0.071,
    },
    "tokenomics/StorageEscrow-v0": {"escrow": 0.734, "steepness": 2.08, "fee": 1.37, "audit": 0.043},
    "tokenomics/StorageNetwork-v0": {
        "fee": 1.54, "route_share": 0.545, "store_share": 0.504, "tax": 0.126, "subsidy": 0.039,
        "penalty": 0.325, "threshold": 0.990, "audit": 0.088, "escrow": 0.219, "steepness": 2.18,
    },
}  # fmt: skip
"""Id of the task → its best constant levers, in their units."""

LAWS: Mapping[str, Mapping[str, Law]] = {
    "tokenomics/StorageRouter-v0": {
        "tax": Law(0.413, {"treasury": 0.928, "late": -0.155}, ("treasury", 0.0221)),
        "subsidy": Law(-0.049, {"treasury": -1.181, "late": 0.108}),
        "penalty": Law(1.067, {"fake": 0.239}, ("fake", -0.0202)),
        "threshold": Law(0.311, {"surprise": 0.076, "fake": -0.195}),
        "audit": Law(-0.087, {"fake": 0.489}),
    },
    "tokenomics/StorageEscrow-v0": {
        "escrow": Law(0.341, {"default": 0.172, "purse": -0.791}, ("default", 0.0635)),
        "steepness": Law(-0.033, {"trust": 0.098}),
        "fee": Law(0.538, {"price": -0.576, "margin": 0.205}, ("margin", 0.0009)),
        "audit": Law(-0.085, {"fake": 0.630}),
    },
    "tokenomics/StorageNetwork-v0": {
        "fee": Law(0.617, {"price": -0.337, "margin": 0.336, "purse": -0.074}, ("margin", -0.0022)),
        "route_share": Law(0.956, {"late": 0.266, "split_route": 0.204}, ("split_route", 0.0013)),
        "store_share": Law(-0.25, {"split_store": -0.158}, ("split_store", 0.0295)),
        "tax": Law(0.3, {"treasury": 0.615, "late": 0.007}, ("treasury", 0.0136)),
        "subsidy": Law(-0.47, {"treasury": -0.896, "late": 0.300}),
        "penalty": Law(-0.483, {"fake": 0.258}, ("fake", -0.0396)),
        "threshold": Law(0.312, {"surprise": -0.185, "fake": -0.286}),
        "audit": Law(0.066, {"fake": 0.347}),
        "escrow": Law(-0.147, {"default": 0.685, "purse": -0.365}),
        "steepness": Law(0.004, {"trust": -0.013}),
    },
}
"""Id of the task → the law of every lever."""


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
        laws: lever → law; by default the tuned ones of the task.
    """

    def __init__(self, task: Task, laws: Mapping[str, Law] | None = None, name: str = BASELINE) -> None:
        self.name, self.interval = name, task.interval
        self.laws = LAWS[task.id] if laws is None else laws
        self.lever_set = LeverSet(task.economy.levers)

    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        """See `Controller.reset`."""
        super().reset(batch, device)
        self._integral = {name: self._zeros() for name, law in self.laws.items() if law.integral}

    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        """See `Controller.act`."""
        seen = errors(sensors)
        positions = {
            lever.name: lever.from_unit(self._action(lever.name, self.laws[lever.name], seen))
            for lever in self.lever_set.levers
        }
        return self.lever_set.values(positions)

    def _action(self, lever: str, law: Law, seen: Mapping[str, Tensor]) -> Tensor:
        wanted = self._zeros() + law.offset
        for error, gain in law.gains.items():
            wanted = wanted + gain * seen[error]
        if law.integral is None:
            return torch.clamp(wanted, -1.0, 1.0)
        error, gain = law.integral
        held, growth = self._integral[lever], gain * seen[error]
        winding = ((wanted + held).abs() >= 1.0) & ((wanted + held).sign() == growth.sign())
        self._integral[lever] = torch.where(winding, held, held + growth)
        return torch.clamp(wanted + self._integral[lever], -1.0, 1.0)


def rules(task: Task) -> list[Controller]:
    """The rules below the trained policy: the published constants, and a law for every lever."""
    return [Constant(task, CONSTANTS[task.id], "constant_found"), TunedRule(task)]
