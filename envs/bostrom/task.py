"""The control tasks: supply, bonding, links and revenue on their targets (section 13)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor
from typing_extensions import override

from ..core.dashboard import Panel
from ..core.objective import Objective, tolerance
from ..core.task import Task
from ..core.tensors import Tensors
from .economy import Bostrom
from .feedback import COSTS, SUGGESTED
from .interface import (
    BONDED_TARGET,
    HORIZON,
    LEVERS,
    SUPPLY_GROWTH,
    YEAR,
    coverage,
    scarcity,
    scarcity_path,
    supply_path,
)
from .scenarios import CLOSED_LOOP, OPEN_LOOP
from .state import State

CLOSED: Any = SUGGESTED | COSTS | {"in_place": True}
ECONOMY = Bostrom(**CLOSED)
"""The closed loop of section 13.5 with its suggested gains."""

OPEN: Any = COSTS | {"books": "accumulate", "in_place": True}
OPEN_ECONOMY = Bostrom(**OPEN)
"""The original equations; shortened locks end out of order, which takes books that add up (section 13.1)."""


@dataclass(frozen=True)
class Targets(Objective):
    """The reward of section 13.3, affinely mapped to [0, 1] as long as no error leaves its margin.

    Margins m give the quadratic terms weights w m² and the linear one w m, with w = (10, 50, 1, 1, 0.1).
    """

    weights: Mapping[str, float] = field(
        default_factory=lambda: {
            "supply": 0.4,
            "bonded": 0.5,
            "scarcity": 0.5625,
            "coverage": 0.5,
            "calm_levers": 0.1,
        }
    )
    cost_limits: ClassVar[Mapping[str, float]] = {"uncovered": 0.2}
    meanings: ClassVar[Mapping[str, str]] = {
        "supply": "1 − (e1/0.2)², at least 0, e1 = log of the supply over its path to +90 % in ten years",
        "bonded": "1 − (e2/0.1)², at least 0, e2 = bonded share less 0.8",
        "scarcity": "1 − (e3/0.75)², at least 0, e3 = ln(d/V) less clip(0.3 (t/365 − 2.5), −0.7, 0.4)",
        "coverage": "1 + e4/0.5, in [0, 1], e4 = log of a validator's revenue over its cost, at most 0",
        "calm_levers": "1 − e5, at least 0, e5 = squared change of the levers, each over its range, summed",
        "uncovered": "a validator earned less than its infrastructure costs",
    }

    @override
    def terms(self, economy: Bostrom, before: State, after: State, moves: Tensors) -> dict[str, Tensor]:
        """Bonding and links count from the second year on (section 13.7)."""
        day, supply = after.time.to(torch.float64), after.boot_supply
        path = supply_path(economy.initial_boot_supply, day)
        scarce = scarcity(after.cyberlinks_per_day, after.volt_supply) - scarcity_path(day)
        share = after.boot_bonded_supply / supply
        terms = {
            "supply": tolerance(torch.log(supply / path), 0.0, 0.0, 0.2, "quadratic"),
            "bonded": tolerance(share, BONDED_TARGET, BONDED_TARGET, 0.1, "quadratic"),
            "scarcity": tolerance(scarce, 0.0, 0.0, 0.75, "quadratic"),
            "coverage": tolerance(torch.log(coverage(after)), 0.0, 1e9, 0.5),
            "calm_levers": tolerance(effort(moves), 0.0, 0.0, 1.0),
        }
        young = day < YEAR
        return terms | {name: torch.where(young, 1.0, terms[name]) for name in ("bonded", "scarcity")}

    @override
    def costs(self, economy: Bostrom, after: State) -> dict[str, Tensor]:
        """The share of days on which a validator earns less than it costs."""
        return {"uncovered": (coverage(after) < 1.0).to(torch.float64)}


def effort(moves: Tensors) -> Tensor:
    """Squared change of the levers, each over its range, summed, (B,)."""
    shares = [
        moves[lever.name] / (lever.position(lever.high) - lever.position(lever.low)) for lever in LEVERS
    ]
    return torch.stack([share * share for share in shares]).sum(0)


PANELS = (
    Panel("BOOT supply against its path", {"supply": "supply", "path": "supply_path"}, scale="log"),
    Panel("inflation per year, with its band", {"i": "inflation"}, band=(0.03, 0.15), limits=(0.0, 0.2)),
    Panel(
        "bonded share, with its target",
        {"B/S": "bonded_share"},
        band=(BONDED_TARGET - 0.02, BONDED_TARGET + 0.02),
        limits=(0.0, 1.0),
    ),
    Panel("links per day", {"demand d": "demand", "supply V": "volts"}, scale="log"),
    Panel("a validator's revenue and cost, ETH per day", {"revenue": "revenue", "cost": "cost"}),
    Panel(
        "levers: factors, and the shift of the bonded target",
        {
            "inflation speed": "lever.inflation_speed",
            "bonded target": "lever.bonded_target_shift",
            "V minting": "lever.volt_mint_factor",
            "longest lock": "lever.longest_lock_factor",
            "commission": "lever.commission_factor",
        },
        levers=True,
    ),
)

RECORDED = (
    "day", "supply", "supply_path", "supply_gap", "bonded_share", "scarcity_gap", "demand", "volts",
    "revenue", "cost",
)  # fmt: skip


def spread(error: Tensor, counted: Tensor) -> Tensor:
    """Root mean square of `error` (T, B) over the days where `counted` (T, 1) holds."""
    weight = counted.to(torch.float64)
    return torch.sqrt((error * error * weight).sum(0) / weight.sum(0).clamp(min=1.0))


def last_crossing(demand: Tensor, volts: Tensor) -> Tensor:
    """Last day on which link demand (T, B) rises above what V can serve; −1 if it never does."""
    above = demand > volts
    rises = above & ~torch.cat([above[:1], above[:-1]])
    days = torch.arange(1, len(above) + 1)[:, None]
    return torch.where(rises, days, -1).amax(0)


def measure(trace: Mapping[str, Tensor], onset: Tensor) -> dict[str, Tensor]:
    """The measures of section 13.6 from daily trajectories of whole episodes, by name, (B,).

    Args:
        trace: daily readings of the sensors in RECORDED after each day, (T, B).
        onset: day of the scenario's onset, (B,).
    """
    days = trace["day"][:, :1]
    every, settled = days >= 0, days >= YEAR
    paid = trace["revenue"] >= trace["cost"]
    return {
        "supply_growth": SUPPLY_GROWTH * trace["supply"][-1] / trace["supply_path"][-1] - 1.0,
        "supply_rms": spread(trace["supply_gap"], every),
        "bonded_rms": spread(trace["bonded_share"] - BONDED_TARGET, settled),
        "scarcity_rms": spread(trace["scarcity_gap"], settled),
        "covered_days": paid.to(torch.float64).mean(0),
        "revenue_total": trace["revenue"].sum(0),
        "crossing_day": last_crossing(trace["demand"], trace["volts"]),
        "scarcity_final": trace["demand"][-1] / trace["volts"][-1].clamp(min=1.0),
    }


TASKS = (
    Task(
        id="tokenomics/Bostrom-v0",
        entry_point="bostrom.env:BostromEnv",
        economy=ECONOMY,
        objective=Targets(),
        scenarios=CLOSED_LOOP,
        horizon=int(HORIZON),
        interval=30,
        onset=(365, 2920),
        evaluation_onset=1095,
        panels=PANELS,
        measures=measure,
        recorded=RECORDED,
    ),
    Task(
        id="tokenomics/BostromOpenLoop-v0",
        entry_point="bostrom.env:BostromOpenLoopEnv",
        economy=OPEN_ECONOMY,
        objective=Targets(),
        scenarios=OPEN_LOOP,
        horizon=int(HORIZON),
        interval=30,
        onset=(365, 2920),
        evaluation_onset=1095,
        panels=PANELS,
        measures=measure,
        recorded=RECORDED,
    ),
)
