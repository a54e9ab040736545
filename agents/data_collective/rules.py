"""The data collective's rules: surge control of the charge, a peg in USD, elastic minting, and the whole law.

Source: sections 10 and 12.3 of the economy's `model.md`. All act once a week on positions of the levers in [-1, 1].

laws.json holds what earlier searches by cross-entropy brought: the best constant levers, and the law's levels
and gains. The gains that matter most are searched again by the command `tune`, which writes gains.json.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from envs.core.declarations import Lever, LeverSet
from envs.core.task import Task
from envs.core.tensors import Number
from envs.data_collective.task import PRICE

from ..competition import Search
from ..controller import Constant, Controller, Sensors
from ..gains import tuned

BASELINE = "tuned"
FILE = Path(__file__).with_name("gains.json")
EARLIER = Path(__file__).with_name("laws.json")
LOAD, MEMBERSHIP, DIVERSITY, AVAILABILITY, ISSUANCE = 0.72, 0.65, 0.8, 0.9, 0.05  # what the law aims at


@dataclass(frozen=True)
class Gains:
    """What moves a lever's position, from which sensor; see `Law`. Numbers, or one for each environment (B,)."""

    saturation: Number = 0.0  # k_p, to the charge
    integral: Number = 0.0  # k_i, a decision
    price: Number = 0.0  # k_x, from the token's price to the charge
    mint: Number = 0.0  # k_l, from saturation to inflation
    members: Number = 0.0  # k_m, from missing members to inflation
    saving: Number = 0.0  # k_s, from issuance to inflation
    door: Number = 0.0  # k_g, from members to the gate
    gate_price: Number = 0.0  # k_h, from the token's price to the gate
    regions: Number = 0.0  # k_d, from missing diversity to the boost
    hosting: Number = 0.0  # k_a, from missing availability to the hosting share
    growth: Number = 0.0  # k_y, from growth to the stakers' share
    audits: Number = 0.0  # k_b, from missing availability to the audit rate


@cache
def earlier() -> Mapping[str, Any]:
    """What earlier searches found: the `constant` in the levers' units, the law's `levels` and `gains`."""
    content: Mapping[str, Any] = json.loads(EARLIER.read_text(encoding="utf-8"))
    return content


def position(lever: Lever, value: float) -> float:
    """Where a value lies in [-1, 1]: 0 neutral, the ends at ±1, on the lever's scale."""
    low, middle, high = (lever.position(x) for x in (lever.low, lever.neutral, lever.high))
    away = lever.position(value) - middle
    return away / (high - middle if away >= 0.0 else middle - low)


class Law(Controller):
    """Constant positions and what the gains add to them, once in so many days.

    Args:
        levels: position of each lever; by default the earlier best constant's.
    """

    def __init__(
        self, task: Task, name: str, gains: Gains, levels: Mapping[str, float] | None = None
    ) -> None:
        self.name, self.interval, self.gains = name, task.interval, gains
        self.lever_set = LeverSet(task.economy.levers)
        best = earlier()["constant"]
        self.levels = levels or {one.name: position(one, best[one.name]) for one in self.lever_set.levers}

    @override
    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        super().reset(batch, device)
        self._integral = self._zeros()

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        moves = self._moves(sensors)
        at = {
            lever.name: lever.from_unit(
                torch.clamp(self._zeros() + self.levels[lever.name] + moves.get(lever.name, 0.0), -1.0, 1.0)
            )
            for lever in self.lever_set.levers
        }
        return self.lever_set.values(at)

    def _moves(self, sensors: Sensors) -> dict[str, Tensor]:
        k = self.gains
        busy = torch.log(sensors["load"] / LOAD)
        dear = torch.log(sensors["price"] / PRICE)
        missing, unavailable = MEMBERSHIP - sensors["membership"], AVAILABILITY - sensors["availability"]
        self._integral = torch.clamp(self._integral + k.integral * busy, -1.0, 1.0)
        saved = k.saving * (sensors["issuance"] - ISSUANCE)
        return {
            "download_price": k.saturation * busy / 2.0 + self._integral - k.price * dear / 2.0,
            "inflation": k.mint * busy / 2.0 + k.members * missing / 2.0 - saved,
            "gate": -k.door * missing / 2.0 - k.gate_price * dear / 2.0,
            "geo_boost": k.regions * (DIVERSITY - sensors["diversity"]),
            "hosting_share": k.hosting * unavailable,
            "staker_share": -k.growth * sensors["growth"],
            "audit_rate": k.audits * unavailable,
        }


def tuned_law(task: Task, *found: Mapping[str, Number]) -> Law:
    """The whole law with its earlier levels and gains, the gains in `found` in their place."""
    gains = Gains(**earlier()["gains"])
    for some in found:
        gains = replace(gains, **some)
    return Law(task, BASELINE, gains, earlier()["levels"])


def rules(task: Task) -> list[Controller]:
    """The leaderboard's rules below the trained policy."""
    return [
        Constant(task, earlier()["constant"], "constant_found"),
        Law(task, "surge_p", Gains(saturation=1.0)),
        Law(task, "surge_pi", Gains(saturation=1.0, integral=0.05)),
        Law(task, "elastic_mint", Gains(mint=0.5)),
        Law(task, "peg", Gains(price=0.7)),
        Law(task, "all_three", Gains(saturation=1.0, price=0.7, mint=0.4)),
        tuned_law(task, *tuned(FILE, task.id).values()),
    ]


SEARCHES = (
    Search(
        "charge",
        {"saturation": (0.6, 0.943, 1.3, 1.7, 2.2), "price": (0.5, 0.767, 0.9, 1.05, 1.2)},
        lambda task, gains, found: tuned_law(task, gains),
    ),
    Search(
        "inflation",
        {"mint": (0.0, 0.184, 0.45, 0.9), "members": (0.0, 0.157, 0.35, 0.7)},
        lambda task, gains, found: tuned_law(task, found["charge"], gains),
    ),
    Search(
        "gate",
        {"door": (0.0, 0.4, 0.848, 1.2, 1.6), "gate_price": (0.0, 0.21, 0.5, 0.9, 1.4)},
        lambda task, gains, found: tuned_law(task, found["charge"], found["inflation"], gains),
    ),
)
