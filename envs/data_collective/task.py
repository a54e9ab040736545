"""The control task: an archive that is available, reached and paid for, at a saturation within its band."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, log
from typing import ClassVar

import torch
from torch import Tensor
from typing_extensions import override

from ..core.dashboard import Panel
from ..core.objective import Objective, tolerance
from ..core.scenario import CALM, Noise, Scenario, Window
from ..core.task import Task
from ..core.tensors import Tensors
from .economy import DataCollective
from .interface import YEAR
from .state import State, price

AVAILABLE, REACHED, LOYAL, DIVERSE, PAID = 0.88, 0.5, 0.004, 0.8, 0.9
SATURATION = (0.6, 0.85)
THRIFT = 0.05  # 1/year
PRICE, WORTH = 0.05, (-0.2, 0.5)  # USD/token; band of ln(P over it)

BEHAVIOUR: Mapping[str, tuple[float, float]] = {
    "elasticity": (0.6, 1.5),
    "join_rate": (0.6, 1.6),
    "leave_rate": (0.6, 1.6),
    "well_scale": (0.7, 1.5),
    "bandwidth_cost_median": (0.6, 1.7),
    "uplink_median": (0.7, 1.4),
    "offer_power": (0.6, 1.5),
    "own_value": (0.5, 2.0),
    "trade_speed": (0.5, 2.0),
    "issuance_aversion": (0.5, 2.0),
}
"""Factors on people's parameters, drawn at the start and hidden from the policy (section 8)."""

SCENARIOS = (
    CALM,
    Scenario("blockbuster", "everybody wants the newest datum", (Window("hype", 30.0, 0, 45),)),
    Scenario(
        "exodus",
        "large hosts withdraw nine tenths of disk and uplink for good",
        (Window("exodus", 0.9, 0, 1),),
    ),
    Scenario(
        "bandwidth",
        "uploading costs five times as much in a quarter of the regions",
        (Window("bandwidth", 5.0),),
    ),
    Scenario(
        "crash",
        "holders sell for three days and stay gloomy for 90",
        (Window("dump", 0.12, 0, 3), Window("gloom", -0.7, 0, 90)),
    ),
    Scenario("boom", "twice the requests for 120 days", (Window("demand", 2.0, 0, 120),)),
    Scenario("free_riders", "six times as much is reported and not held", (Window("freeride", 6.0),)),
    Scenario(
        "noisy", "requests wander, a month's memory, 50 % deviation", noises=(Noise("demand", 0.5, 0.97),)
    ),
    Scenario(
        "behaviour", "people and markets are others in every episode, from the start on", randomise=BEHAVIOUR
    ),
)


@dataclass(frozen=True)
class Aims(Objective):
    """The score of section 8: eight terms, none of which reads a lever."""

    weights: Mapping[str, float] = field(
        default_factory=lambda: {
            "available": 0.15,
            "saturation": 0.20,
            "reach": 0.15,
            "loyal": 0.10,
            "diverse": 0.10,
            "thrift": 0.10,
            "worth": 0.10,
            "paid": 0.10,
        }
    )
    cost_limits: ClassVar[Mapping[str, float]] = {"queues": 0.1, "unavailable": 0.5}
    meanings: ClassVar[Mapping[str, str]] = {
        "available": "1 − (0.88 − availability)/0.15: not an archive of hits only",
        "saturation": "1 − distance/0.7 of ln saturation from ln 0.6 to ln 0.85: neither idle nor queueing",
        "reach": "1 − (0.5 − reach)/0.4, against the wishes of all potential members",
        "loyal": "1 − (l − 0.004)/0.008, l the share of members that leave in a day",
        "diverse": "1 − (0.8 − diversity)/0.3: copies in all regions",
        "thrift": "1 − (i − 0.05)/0.25, i = 365 (minted − burned)/supply",
        "worth": "1 − distance/0.7 of ln(price/0.05) from −0.2 to 0.5",
        "paid": "1 − (0.9 − profiting)/0.3: hosting pays",
        "queues": "saturation above 1",
        "unavailable": "availability below 0.88",
    }

    @override
    def terms(
        self, economy: DataCollective, before: State, after: State, moves: Tensors
    ) -> dict[str, Tensor]:
        leaving = after.left / torch.clamp(after.members.sum(1), min=1e-12)
        issued = YEAR * (after.minted - after.burned) / after.supply
        busy = torch.log(torch.clamp(after.saturation, min=1e-12))
        return {
            "available": tolerance(after.availability, AVAILABLE, inf, 0.15),
            "saturation": tolerance(busy, log(SATURATION[0]), log(SATURATION[1]), 0.7),
            "reach": tolerance(after.reach, REACHED, inf, 0.4),
            "loyal": tolerance(leaving, -inf, LOYAL, 0.008),
            "diverse": tolerance(after.diversity, DIVERSE, inf, 0.3),
            "thrift": tolerance(issued, -inf, THRIFT, 0.25),
            "worth": tolerance(torch.log(price(after) / PRICE), *WORTH, 0.7),
            "paid": tolerance(after.profiting, PAID, inf, 0.3),
        }

    @override
    def costs(self, economy: DataCollective, after: State) -> dict[str, Tensor]:
        """Shares of days with queues and with a poor archive, for constrained learning."""
        return {
            "queues": (after.saturation > 1.0).to(torch.float64),
            "unavailable": (after.availability < AVAILABLE).to(torch.float64),
        }


RECORDED = (
    "saturation",
    "availability",
    "served",
    "reach",
    "membership",
    "diversity",
    "profiting",
    "price",
    "issuance",
)


def measure(trace: Mapping[str, Tensor], onset: Tensor) -> dict[str, Tensor]:
    """Measures of whole episodes by name, (B,).

    Args:
        trace: daily readings of the sensors in RECORDED after each day, (T, B).
        onset: day of the scenario's onset, (B,).
    """
    busy = trace["saturation"]
    inside = (busy >= SATURATION[0]) & (busy <= SATURATION[1])
    means = {f"{name}_mean": trace[name].mean(0) for name in RECORDED if name not in ("price", "saturation")}
    return {
        "saturation_in_band": inside.to(torch.float64).mean(0),
        "saturation_geometric": torch.exp(torch.log(torch.clamp(busy, min=1e-6)).mean(0)),
        "days_with_queues": (busy > 1.0).to(torch.float64).sum(0),
        **means,
        "availability_min": trace["availability"].amin(0),
        "membership_final": trace["membership"][-1],
        "price_final": trace["price"][-1],
    }


PANELS = (
    Panel(
        "saturation of day and evening, with its band",
        {"day": "saturation", "14 days": "load", "evening": "peak"},
        scale="log",
        band=SATURATION,
    ),
    Panel(
        "availability, service and reach",
        {"availability": "availability", "served": "served", "reach": "reach", "least available": "worst"},
        limits=(0.0, 1.0),
    ),
    Panel("members, and those whose hosting pays", {"members": "people", "profiting": "hosts"}),
    Panel(
        "price, USD, with its band", {"price": "price"}, band=(PRICE * 0.8187, PRICE * 1.6487), scale="log"
    ),
    Panel("pool, USD", {"pool": "pool_usd"}),
    Panel(
        "supply by holder, token",
        {
            name: f"tokens_{key}"
            for key, name in (
                ("holders", "outsiders"),
                ("pool", "pool"),
                ("liquid", "members, liquid"),
                ("staked", "members, locked"),
                ("vesting", "vesting"),
                ("treasury", "treasury"),
                ("sybils", "false identities"),
            )
        },
        scale="log",
    ),
    Panel(
        "GB a day",
        {"requests": "requests", "at the price": "demanded", "capacity": "capacity", "sent": "uploaded"},
    ),
    Panel(
        "regional diversity and profiting hosts, with their aims",
        {"diversity": "diversity", "profiting": "profiting"},
        limits=(0.0, 1.0),
    ),
    Panel(
        "levers over 1",
        {
            name: f"lever.{name}"
            for name in ("surge_exponent", "download_price", "lock_exponent", "geo_boost")
        },
        levers=True,
    ),
    Panel(
        "levers that are shares and rates",
        {name: f"lever.{name}" for name in ("inflation", "hosting_share", "staker_share", "audit_rate")},
        levers=True,
    ),
)

TASKS = (
    Task(
        id="tokenomics/DataCollective-v0",
        entry_point="data_collective.env:DataCollectiveEnv",
        economy=DataCollective(),
        objective=Aims(),
        scenarios=SCENARIOS,
        horizon=365,
        interval=7,
        onset=(60, 240),
        evaluation_onset=120,
        panels=PANELS,
        measures=measure,
        recorded=RECORDED,
    ),
)
