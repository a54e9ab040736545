"""Parameters of the conviction-voting model, with the versions' rules as options."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ..core.parameters import parameter
from ..core.tensors import Number


@dataclass(frozen=True, eq=False)
class Parameters:
    """Defaults are version 1 as published, every quirk included (sections 3, 8 and 11)."""

    supply: Number = parameter(1231286.81, "Initial token supply.", unit="tokens", source="3", above=0.0)
    sentiment: Number = parameter(0.6, "Initial sentiment.", source="3", low=0.0, high=1.0)
    sensitivity: Number = parameter(
        0.75, "Selectivity of supporters, pivot of the drift.", source="3", low=0.0
    )
    base_completion_rate: Number = parameter(
        100.0, "Steps an outcome takes, roughly.", unit="steps", source="5.2"
    )
    base_failure_rate: Number = parameter(
        200.0, "Steps a failure takes, roughly.", unit="steps", source="5.2"
    )
    participants0: Number = parameter(60.0, "Participants at first.", source="4", low=1.0)
    proposals0: int = parameter(3, "Proposals at first.", source="4", low=1, fixed=True)
    funds0: Number = parameter(40781.42, "Initial treasury.", unit="currency", source="4", above=0.0)
    supply0: Number = parameter(
        1e6, "Expected total of the first holdings.", unit="tokens", source="4; Q3", above=0.0
    )
    request0_base: Number = parameter(
        0.001, "Least of the first requests.", unit="currency", source="4", low=0.0
    )
    request0_scale: Number = parameter(
        1e4, "Scale of the first requests.", unit="currency", source="4; Q4", low=0.0
    )
    arrival_divisor: Number = parameter(
        10.0, "Newcomers a step: (1 + sentiment) / this.", unit="steps", source="5.1", above=0.0
    )
    newcomer_share: Number = parameter(
        0.1, "Mean newcomer's holdings over the mean share of supply.", source="5.1", low=0.0
    )
    request_base: Number = parameter(0.001, "Least request.", unit="currency", source="5.1", low=0.0)
    request_share: Number = parameter(0.01, "Scale of requests over the treasury.", source="5.1", low=0.0)
    inflow_share: Number = parameter(
        1e-4, "Scale of the inflow over the treasury at sentiment 1.", source="5.1; Q5", low=0.0
    )
    inflow_floor: Number = parameter(
        1.0, "Least scale of the inflow.", unit="currency", source="5.1", low=0.0
    )
    inflow_switch: Number = parameter(0.4, "Sentiment up to which nothing flows in.", source="5.1")
    engagement: Number = parameter(0.3, "Chance to engage at sentiment 1.", source="5.4", low=0.0, high=1.0)
    holdings_gain: Number = parameter(0.01, "Drift of an engaged participant's holdings.", source="5.4; Q12")
    affinity_floor: Number = parameter(0.5, "Affinity above which support is possible.", source="5.4")
    collapse_share: Number = parameter(
        0.05, "Treasury over its initial value below which an episode ends.", source="12", low=0.0
    )

    participant_slots: int = parameter(96, "Capacity for participants.", source="9", low=1, fixed=True)
    proposal_slots: int = parameter(48, "Capacity for proposals.", source="9", low=1, fixed=True)
    record_edges: bool = parameter(
        False,
        "Store stake and conviction of every edge, as the original does. The dynamics need neither.",
        fixed=True,
    )
    in_place: bool = False
    """Whether arrivals' affinities are written in place, see `kernels`: faster, and of the states that follow one and the
    same only the newest is valid. Changes no number."""

    affinity_law: str = parameter(
        "polarised",
        "Law of affinities: (1 - 2U)^2 or uniform on [-1, 1].",
        source="11",
        choices=("polarised", "uniform"),
        fixed=True,
    )
    trigger_discount: str = parameter(
        "none",
        "Divide the trigger by 1 - alpha (versions 2, 3), or by that over the published 0.5.",
        source="5.0",
        choices=("none", "full", "relative"),
        fixed=True,
    )
    trigger_supply: str = parameter(
        "supply",
        "Supply the trigger uses.",
        source="Q2; 11",
        choices=("supply", "holdings", "effective"),
        fixed=True,
    )
    refresh_triggers: bool = parameter(
        False, "Refresh stored triggers after the release.", source="Q6", fixed=True
    )
    trimming: str = parameter(
        "neighbours",
        "What is kept when more passes than the treasury covers.",
        source="Q7",
        choices=("neighbours", "prefix"),
        fixed=True,
    )
    newcomer_stakes: bool = parameter(
        True, "Newcomers start with a provisional stake everywhere.", source="Q8", fixed=True
    )
    killing_age: Number = parameter(
        1.0, "Least age at which the minimum stake is tested.", unit="steps", source="Q9"
    )
    median_over: str = parameter(
        "all",
        "Edges whose median affinity draws proposals.",
        source="Q14; 11",
        choices=("all", "candidates"),
        fixed=True,
    )

    proposal_law: str = parameter(
        "demand",
        "Arrivals of proposals: median over 1 + R/F, or version 2's, up to three at once.",
        source="5.1; 11",
        choices=("demand", "scarcity"),
        fixed=True,
    )
    newcomer_law: str = parameter(
        "diluted",
        "Newcomers' holdings: of supply per head, or of the idle supply.",
        source="11",
        choices=("diluted", "idle"),
        fixed=True,
    )
    inflow_law: str = parameter(
        "donated",
        "Inflow: exponential, or version 3's gamma of the supply, minted.",
        source="11",
        choices=("donated", "minted"),
        fixed=True,
    )
    mint_shape: float = parameter(
        0.001, "Shape of the gamma law of minting.", source="11", above=0.0, fixed=True
    )
    sentiment_moves: bool = parameter(
        False, "Sentiment follows outcomes and funding.", source="11", fixed=True
    )
    own_sentiment: bool = parameter(
        False, "Everyone is born with a sentiment that rules engagement.", source="11", fixed=True
    )
    influences: bool = parameter(
        False, "The first participants boost one another's affinity.", source="11", fixed=True
    )
    conflicts: bool = parameter(
        False, "Completion of one of the first proposals harms others.", source="11", fixed=True
    )

    @property
    def remembers_stakes(self) -> bool:
        """Whether stakes are kept edge by edge: what nothing but a cut of affinities chose needs it."""
        return self.record_edges or self.influences or self.conflicts


def column(value: Number) -> Number:
    """A parameter as a factor on (B, ·)."""
    return value[:, None] if isinstance(value, Tensor) else value


def at_least(values: Tensor, floor: Number) -> Tensor:
    """`values` (B, ·) where they exceed a parameter, else the parameter."""
    return torch.maximum(values, torch.as_tensor(floor, dtype=values.dtype, device=values.device))
