"""Paired experiments: arms of one economy side by side in a batch, on the same draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import NamedTuple

import torch
from torch import Tensor

from ..core.chance import Paired
from .accounts import metrics
from .economy import DataCollective
from .interface import YEAR
from .state import State, price

FIRST_SEED, FIRST_DAY = 5000, 61  # of the draws; from which figures are averaged, to the last
BOOM = (120, 240)  # days on which requests double, the last excluded


@dataclass(frozen=True)
class Arm:
    """A variant: parameters and levers that differ from the neutral ones.

    Attributes:
        boom: whether requests double for a third of the year.
        peg: charge in USD/GB that the download price is set to hold, or none.
    """

    name: str
    parameters: Mapping[str, float] = field(default_factory=dict)
    levers: Mapping[str, float] = field(default_factory=dict)
    boom: bool = False
    peg: float | None = None


class Estimate(NamedTuple):
    """A mean over episodes and half of its 95 % interval; nan where that is not known."""

    mean: float
    half: float

    @property
    def sign(self) -> int:
        """−1 or 1 where the interval leaves out 0, else 0."""
        return 0 if abs(self.mean) <= self.half else (1 if self.mean > 0.0 else -1)


def estimate(values: Tensor) -> Estimate:
    """Of one value for each episode, (episodes,)."""
    deviation = float(values.std()) if len(values) > 1 else float("inf")
    return Estimate(float(values.mean()), 1.96 * deviation / sqrt(len(values)))


Outcomes = dict[str, dict[str, Tensor]]  # arm → figure → (episodes,)


def run(arms: Sequence[Arm], episodes: int = 64, days: int = 365, pricing: str = "fixed_gate") -> Outcomes:
    """Mean figures from day 61 on, and `final_` ones on the last, of every arm and episode."""
    batch = episodes * len(arms)

    def spread(values: Sequence[float]) -> Tensor:
        return torch.tensor(values, dtype=torch.float64).repeat_interleave(episodes)

    nominal = DataCollective(pricing=pricing)
    changed = {name for arm in arms for name in arm.parameters}
    economy = nominal.variant(
        **{
            name: spread([arm.parameters.get(name, getattr(nominal, name)) for arm in arms])
            for name in changed
        }
    )
    levers = {
        lever.name: spread([arm.levers.get(lever.name, lever.neutral) for arm in arms])
        for lever in economy.levers
    }
    pegged = spread([0.0 if arm.peg is None else arm.peg for arm in arms])
    busy = spread([2.0 if arm.boom else 1.0 for arm in arms])
    chance = Paired(FIRST_SEED + torch.arange(episodes).repeat(len(arms)))
    state = economy.initial(batch, chance.at(torch.full((batch,), -1)))
    total: dict[str, Tensor] = {}
    with torch.inference_mode():
        for day in range(1, days + 1):
            shocks = economy.neutral_shocks(batch)
            if BOOM[0] <= day - 1 < BOOM[1]:
                shocks["demand"] = busy
            held = torch.clamp(pegged / price(state), 0.1, 10.0)  # the lever's range
            now = levers | {"download_price": torch.where(pegged > 0.0, held, levers["download_price"])}
            state = economy.step(state, now, shocks, chance.at(state.time))
            if day >= min(FIRST_DAY, days):
                seen = figures(economy, state)
                total = {name: total.get(name, 0.0) + value for name, value in seen.items()}
    counted = days + 1 - min(FIRST_DAY, days)
    means = {name: value / counted for name, value in total.items()}
    means["final_lock_age"] = figures(economy, state)["lock_age"]
    return {
        arm.name: {name: value.chunk(len(arms))[number] for name, value in means.items()}
        for number, arm in enumerate(arms)
    }


def figures(economy: DataCollective, state: State) -> dict[str, Tensor]:
    """What the experiments compare, (B,) of a day."""
    s, people = state, state.members.sum(1)
    delivered = torch.clamp(s.downloaded, min=1e-12)
    cost = economy.joy * s.downloaded - s.surplus
    own = (s.members * s.bandwidth_cost).sum(1) / people
    return metrics(s) | {
        "cost_per_gb": cost / delivered,
        "members_cost": own,
        "delivered": s.downloaded,
        "minted": s.minted,
        "mint_rate": YEAR * s.minted / (s.supply - s.minted + s.burned),
        "capacity": s.capacity,
        "log_saturation": torch.log(torch.clamp(s.saturation, min=1e-6)),
        "leaving": s.left / people,
        "joining": s.joined / people,
        "lock_age": (s.stake * s.lock_age).sum(1) / torch.clamp(s.stake.sum(1), min=1e-12),
    }
