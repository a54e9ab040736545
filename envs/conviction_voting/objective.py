"""The suggested reward of section 12, mapped to [0, 1] per step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor
from typing_extensions import override

from ..core.objective import Objective
from ..core.tensors import Tensors
from .interface import FACTOR
from .parameters import Parameters
from .state import (
    ACTIVE,
    CANDIDATE,
    COMPLETED,
    FAILED,
    KILLED,
    State,
    count,
    existing,
    standing,
    total,
    total_holdings,
)

APPROVAL_MEAN, APPROVAL_DEVIATION = 0.345, 0.054  # of proposals, section 12
MINIMUM_AGE = 7.0  # steps; the published tmin, which defines who waits, whatever the lever says
LARGEST_SHARE = 0.2  # of the treasury; likewise the published beta

# Each quantity of section 12 lies in these ranges but for events beyond what a run shows; a term is 0 at
# the first bound and 1 at the second.
RANGES: Mapping[str, tuple[float, float]] = {
    "fund": (-4.0, 4.0),
    "wait": (-30.0, 0.0),
    "kill": (-10.0, 0.0),
    "done": (-0.3, 0.3),
    "treasury": (-0.25, 0.0),
    "mint": (-0.005, 0.0),
    "move": (-6.0 * FACTOR**2, 0.0),
    "voice": (0.0, 1.0),
}
COEFFICIENTS = {
    "fund": 1.0,
    "wait": 0.001,
    "kill": 0.2,
    "done": 1.0,
    "treasury": 1.0,
    "mint": 10.0,
    "move": 0.01,
}


def quantities(economy: Parameters, before: State, after: State) -> dict[str, Tensor]:
    """The terms of section 12 that follow from a step alone, in its units, (B,)."""
    was, now = standing(before), standing(after)
    alive = torch.where(was <= float(CANDIDATE), now, -1.0)  # the status of those who were, or came now
    funds0 = economy.funds0
    accepted, killed = alive == float(ACTIVE), alive == float(KILLED)
    ended = torch.where(was == float(ACTIVE), now, -1.0)
    feasible = after.requested < LARGEST_SHARE * after.funds[:, None]
    waits = (now == float(CANDIDATE)) & feasible & (after.age > MINIMUM_AGE)
    merit = (after.approval - APPROVAL_MEAN) / APPROVAL_DEVIATION
    completed = total(after.requested, ended == float(COMPLETED))
    failed = total(after.requested, ended == float(FAILED))
    shortfall = torch.clamp(0.5 - after.funds / funds0, min=0.0)
    staked = total(after.staked, existing(after)) / torch.clamp(total_holdings(after), min=1e-300)
    return {
        "fund": total(merit, accepted),
        "wait": -count(waits),
        "kill": -count(killed),
        "done": (completed - failed) / funds0,
        "treasury": -(shortfall**2),
        "mint": -after.minted / funds0,
        "voice": staked,
    }


def reward_of(terms: Tensors) -> Tensor:
    """The suggested reward of section 12 from its quantities, (B,); what is absent counts 0."""
    parts = [factor * terms[name] for name, factor in COEFFICIENTS.items() if name in terms]
    return torch.stack(parts).sum(0)


def scaled(name: str, quantity: Tensor) -> Tensor:
    """A quantity of section 12 as a term in [0, 1]."""
    low, high = RANGES[name]
    return torch.clamp((quantity - low) / (high - low), 0.0, 1.0)


@dataclass(frozen=True)
class SuggestedReward(Objective):
    """The suggested default reward of section 12.

    A term's weight is its coefficient times its range, so that the score is an increasing affine map of
    the suggested reward as long as no term is clipped. The penalty for a spent treasury is not paid: the
    episode ends, and every further step would have scored above 0.
    """

    weights: Mapping[str, float] = field(
        default_factory=lambda: {
            name: factor * (RANGES[name][1] - RANGES[name][0]) for name, factor in COEFFICIENTS.items()
        }
    )
    cost_limits: ClassVar[Mapping[str, float]] = {"treasury_below_half": 0.01, "overflow": 0.0}
    meanings: ClassVar[Mapping[str, str]] = {
        "fund": "Sum over proposals accepted now of (A − 0.345)/0.054, from −4 to 4.",
        "wait": "Feasible candidates older than 7 steps, from 30 to none.",
        "kill": "Candidates killed now, from 10 to none.",
        "done": "Requests completed less requests failed now, over F₀, from −0.3 to 0.3.",
        "treasury": "Squared shortfall of F/F₀ below one half, from 0.25 to none.",
        "mint": "Minting over F₀, from 0.005 to none.",
        "move": "Squared moves of the levers, a full step counting ln 1.2; from six full steps to none.",
        "treasury_below_half": "Share of steps with less than half of the initial treasury.",
        "overflow": "Share of steps since an arrival found no free slot.",
    }

    @override
    def terms(self, economy: Parameters, before: State, after: State, moves: Tensors) -> dict[str, Tensor]:
        """`voice` has no weight."""
        raw = quantities(economy, before, after)
        # A full step of any lever counts as one of a logarithmic lever does.
        full = {"beta": 0.02, "inflow": 0.0005, "tmin": 1.0}
        squares = [(moves[name] * (FACTOR / full[name] if name in full else 1.0)) ** 2 for name in moves]
        raw["move"] = -torch.stack(squares).sum(0)
        return {name: scaled(name, quantity) for name, quantity in raw.items()}

    @override
    def costs(self, economy: Parameters, after: State) -> dict[str, Tensor]:
        """Steps with less than half of the initial treasury, and whether an arrival was ever dropped."""
        return {
            "treasury_below_half": (after.funds < 0.5 * economy.funds0).to(torch.float64),
            "overflow": (after.overflow > 0).to(torch.float64),
        }
