"""The measures of section 13.6, from daily trajectories of whole episodes."""

from collections.abc import Mapping

import torch
from torch import Tensor

from .interface import BONDED_TARGET, SUPPLY_GROWTH, YEAR

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
    """Measures by name, (B,).

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
