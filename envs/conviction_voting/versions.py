"""Versions 2 and 3 of the published model, and version 1 with its quirks corrected (sections 8 and 11)."""

from dataclasses import dataclass
from math import log
from typing import Any, ClassVar

from ..core.declarations import Lever
from ..core.tensors import Number
from .economy import ConvictionVoting
from .interface import levers_for

_SECOND: dict[str, Any] = {
    "base_completion_rate": 45.0,
    "base_failure_rate": 180.0,
    "participants0": 30.0,
    "proposals0": 7,
    "affinity_law": "uniform",
    "affinity_floor": 0.3,
    "newcomer_share": 0.01,
    "trigger_discount": "full",
    "median_over": "candidates",
    "proposal_law": "scarcity",
    "sentiment_moves": True,
    "own_sentiment": True,
    "influences": True,
}


@dataclass(frozen=True, eq=False)
class ConvictionVoting2(ConvictionVoting):
    """Levers around the mechanism of version 2; `version(2)` sets its parameters."""

    levers: ClassVar[tuple[Lever, ...]] = levers_for(
        rho=0.0025, beta=0.2, half_life=log(0.5) / log(0.875), tmin=0.0, min_supp=1.0
    )


@dataclass(frozen=True, eq=False)
class ConvictionVoting3(ConvictionVoting):
    """Levers around the mechanism of version 3; `version(3)` sets its parameters."""

    levers: ClassVar[tuple[Lever, ...]] = levers_for(
        rho=0.0025, beta=0.2, half_life=3.0, tmin=1.0, min_supp=1.0
    )


def version(number: int, **changes: Any) -> ConvictionVoting:
    """Version 1, 2 or 3 as published.

    Args:
        changes: parameters to set otherwise.

    Raises:
        ValueError: there is no such version.
    """
    if number == 1:
        return ConvictionVoting(**changes)
    own: dict[str, Any]
    if number == 2:
        own = {
            "supply": 21706.0,
            "supply0": 21706.0,
            "funds0": 48000.0,
            "request0_scale": 500.0,
            "conflicts": True,
        }
        return ConvictionVoting2(**(_SECOND | own | changes))
    if number == 3:
        own = {
            "supply": 22392.22,
            "supply0": 22392.22,
            "funds0": 4867.21,
            "request0_scale": 0.05 * 0.2 * 4867.21,
            "newcomer_law": "idle",
            "newcomer_stakes": False,
            "inflow_law": "minted",
            "trigger_supply": "effective",
            "holdings_gain": 0.0,
        }
        return ConvictionVoting3(**(_SECOND | own | changes))
    raise ValueError(f"there is no version {number!r}; there are 1, 2 and 3")


def corrected(**changes: Any) -> ConvictionVoting:
    """Version 1 with every correction that section 8 suggests.

    Args:
        changes: parameters to set otherwise.
    """
    plain = ConvictionVoting(**changes)
    supply: Number = plain.supply
    corrections: dict[str, Any] = {
        "trigger_discount": "full",
        "trigger_supply": "holdings",
        "supply0": supply,
        "request0_scale": 0.05 * 0.2 * plain.funds0,
        "refresh_triggers": True,
        "trimming": "prefix",
        "newcomer_stakes": False,
        "killing_age": 2.0,
        "holdings_gain": 0.0,
        "median_over": "candidates",
    }
    return plain.variant(**(corrections | changes))
