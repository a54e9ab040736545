"""The control tasks: supply, bonding, links and revenue on their targets.

Source: specification section 13.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor

from ..core.objective import Objective, tolerance
from ..core.task import Task
from ..core.tensors import Tensors
from .dashboard import PANELS
from .economy import Bostrom
from .feedback import COSTS, SUGGESTED
from .interface import (
    BONDED_TARGET,
    HORIZON,
    LEVERS,
    YEAR,
    coverage,
    scarcity,
    scarcity_path,
    supply_path,
)
from .measures import RECORDED, measure
from .scenarios import CLOSED_LOOP, OPEN_LOOP
from .state import State

CLOSED: Any = SUGGESTED | COSTS | {"in_place": True}
ECONOMY = Bostrom(**CLOSED)
"""The closed loop of 13.5 with its suggested gains."""

OPEN: Any = COSTS | {"books": "accumulate", "in_place": True}
OPEN_ECONOMY = Bostrom(**OPEN)
"""The original equations; shortened locks end out of order, which takes books that add up (13.1)."""


@dataclass(frozen=True)
class Targets(Objective):
    """The reward of 13.3, affinely mapped to [0, 1] as long as no error leaves its margin.

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

    def terms(self, economy: Bostrom, before: State, after: State, moves: Tensors) -> dict[str, Tensor]:
        """See `Objective.terms`; bonding and links count from the second year on (13.7)."""
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

    def costs(self, economy: Bostrom, after: State) -> dict[str, Tensor]:
        """The share of days on which a validator earns less than it costs."""
        return {"uncovered": (coverage(after) < 1.0).to(torch.float64)}


def effort(moves: Tensors) -> Tensor:
    """Squared change of the levers, each over its range, summed, (B,)."""
    shares = [
        moves[lever.name] / (lever.position(lever.high) - lever.position(lever.low)) for lever in LEVERS
    ]
    return torch.stack([share * share for share in shares]).sum(0)


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
