"""Parameters of the data collective (section 4 of `model.md`): world, behaviour, mechanism and market."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..core.parameters import parameter
from ..core.tensors import Number, Tensors


@dataclass(frozen=True)
class Sizes:
    """What shapes the program, the same in every environment."""

    N: int = parameter(32, "cohorts, a multiple of R", source="2", low=1, fixed=True)
    K: int = parameter(24, "data of the archive", source="2", low=1, fixed=True)
    R: int = parameter(8, "regions; cohort i lives in region i mod R", source="2", low=1, fixed=True)
    pricing: str = parameter(
        "fixed_gate",
        "what surges with saturation: the charge (fixed gate) or the gate (fixed charge)",
        source="5.2, 5.6",
        choices=("fixed_gate", "fixed_download"),
        fixed=True,
    )


@dataclass(frozen=True)
class World:
    """People, their equipment, the archive and what wanders by itself."""

    people: Number = parameter(
        20.0, "median of a cohort's potential members, before e^-0.08", unit="people", source="3", above=0.0
    )
    members0: Number = parameter(0.5, "initial members over potential", source="3", above=0.0, high=1.0)
    supply0: Number = parameter(2e6, "initial supply", unit="token", source="3", above=0.0)
    pool0: Number = parameter(250000.0, "of it in the pool", unit="token", source="3", above=0.0)
    treasury0: Number = parameter(20000.0, "of it in the treasury", unit="token", source="3", low=0.0)
    price0: Number = parameter(0.05, "initial price", unit="USD/token", source="3, 5.11", above=0.0)
    balance0: Number = parameter(100.0, "initial liquid tokens", unit="token/member", source="3", low=0.0)
    disk_median: Number = parameter(40.0, "median disk", unit="GB/member", source="3", above=0.0)
    disk_spread: Number = parameter(0.8, "spread of ln(disk above its floor)", source="3", low=0.0)
    disk_floor: Number = parameter(5.0, "disk that everybody has", unit="GB/member", source="3", low=0.0)
    uplink_median: Number = parameter(7.0, "median uplink", unit="GB/day/member", source="3", above=0.0)
    uplink_spread: Number = parameter(0.6, "spread of ln uplink", source="3", low=0.0)
    bandwidth_cost_median: Number = parameter(
        0.025, "median cost of an uploaded GB", unit="USD/GB", source="3", above=0.0
    )
    bandwidth_cost_spread: Number = parameter(0.7, "its spread between people, ln", source="3", low=0.0)
    region_cost_spread: Number = parameter(0.7, "its spread between regions, ln", source="3", low=0.0)
    storage_cost_median: Number = parameter(
        0.00025, "median cost of a stored GB", unit="USD/GB/day", source="3", above=0.0
    )
    storage_cost_spread: Number = parameter(0.4, "its spread, ln", source="3", low=0.0)
    uptime_median: Number = parameter(0.8, "median share of time online", source="3", above=0.0, high=0.999)
    uptime_spread: Number = parameter(0.8, "its spread, logit", unit="logit", source="3", low=0.0)
    size_median: Number = parameter(80.0, "median size of a datum", unit="GB", source="3", above=0.0)
    size_spread: Number = parameter(0.6, "its spread, ln", source="3", low=0.0)
    interest_spread: Number = parameter(1.2, "spread of tastes between people, ln", source="3", low=0.0)
    region_taste: Number = parameter(1.4, "spread of tastes between regions, ln", source="3", low=0.0)
    popularity0: Number = parameter(
        0.25, "requests for a new datum of mean appeal", unit="GB/day/member", source="5.1", above=0.0
    )
    quality_spread: Number = parameter(0.7, "spread of lasting appeal, ln", source="3", low=0.0)
    decay_days: Number = parameter(20.0, "age at which appeal fades", unit="day", source="5.1", above=0.0)
    decay_power: Number = parameter(0.6, "how fast it fades", source="5.1", low=0.0)
    release_rate: Number = parameter(
        0.08, "chance of a release", unit="1/day", source="5.1", low=0.0, high=1.0
    )
    launch_heat: Number = parameter(0.7, "a release's extra appeal", unit="ln", source="5.1", low=0.0)
    coming_days: Number = parameter(45.0, "memory of the appeal to come", unit="day", source="5.1", above=1.0)
    coming_sd: Number = parameter(0.7, "its deviation", unit="ln", source="5.1", low=0.0)
    heat_days: Number = parameter(20.0, "lag of appeal now", unit="day", source="5.1", above=1.0)
    rumour_sd: Number = parameter(0.6, "deviation of rumours", unit="ln", source="5.1", low=0.0)
    mood_days: Number = parameter(60.0, "memory of requests at large", unit="day", source="5.1", above=1.0)
    mood_sd: Number = parameter(0.45, "their deviation", unit="ln", source="5.1", low=0.0)
    sentiment_days: Number = parameter(60.0, "memory of speculators", unit="day", source="5.1", above=1.0)
    sentiment_sd: Number = parameter(0.5, "deviation of their view", unit="ln", source="5.1", low=0.0)


@dataclass(frozen=True)
class Behaviour:
    """What people and markets answer to."""

    elasticity: Number = parameter(0.8, "of requests in the charge", source="5.4, 5.6", low=0.0)
    reference_price: Number = parameter(
        0.05, "charge at which requests are as wanted", unit="USD/GB", source="5.6", above=0.0
    )
    satiation: Number = parameter(
        0.3, "share of that charge below which requests grow no more", source="5.6", above=0.0
    )
    patience: Number = parameter(
        0.5, "share of what was not served that is asked again", source="5.4", low=0.0, high=1.0
    )
    join_rate: Number = parameter(0.06, "fastest joining", unit="1/day", source="5.2", low=0.0)
    referral: Number = parameter(0.3, "part of it without invitation", source="5.2", low=0.0, high=1.0)
    leave_rate: Number = parameter(0.012, "leaving at well-being 0", unit="1/day", source="5.2", low=0.0)
    well_scale: Number = parameter(
        0.1, "well-being that changes leaving by e", unit="USD/day", source="5.2", above=0.0
    )
    well_days: Number = parameter(15.0, "smoothing of well-being", unit="day", source="5.10", above=1.0)
    entry_horizon: Number = parameter(45.0, "how far a joiner looks ahead", unit="day", source="5.2", low=0.0)
    entry_scale: Number = parameter(4.0, "gain that persuades a joiner", unit="USD", source="5.2", above=0.0)
    carry: Number = parameter(0.6, "cost of locked capital", unit="1/year", source="5.2, 5.10", low=0.0)
    flow_noise: Number = parameter(0.3, "noise of joining and leaving", unit="ln", source="5.2", low=0.0)
    joy: Number = parameter(0.06, "worth of a downloaded GB", unit="USD/GB", source="5.10", low=0.0)
    access_value: Number = parameter(
        0.1, "worth of a fully available index at saturation 1", unit="USD/day", source="5.10", low=0.0
    )
    outside: Number = parameter(0.2, "worth of doing something else", unit="USD/day", source="5.10", low=0.0)
    cool: Number = parameter(0.01, "worth of being part of it", unit="USD/day", source="5.10", low=0.0)
    own_value: Number = parameter(
        0.0012, "worth of keeping what one likes", unit="USD/GB/day", source="5.3", low=0.0
    )
    host_scale: Number = parameter(
        0.002, "worth at which half of the disk is filled", unit="USD/GB/day", source="5.3", above=0.0
    )
    host_speed: Number = parameter(
        0.08, "speed at which hosting is changed", unit="1/day", source="5.4, 5.7", above=0.0, high=1.0
    )
    speculation: Number = parameter(1.0, "how far beliefs are acted on", source="5.3", low=0.0)
    income_days: Number = parameter(10.0, "smoothing of incomes", unit="day", source="5.10", above=1.0)
    offer_power: Number = parameter(2.0, "of the offered uplink in pay over cost", source="5.10", above=0.0)
    offer_days: Number = parameter(10.0, "lag of the offered uplink", unit="day", source="5.10", above=1.0)
    offer_floor: Number = parameter(0.05, "uplink offered for nothing", source="5.10", low=0.0, high=1.0)
    audit_response: Number = parameter(
        0.8, "effort for uptime under threat", unit="logit", source="5.3", low=0.0
    )
    care: Number = parameter(0.002, "threat that counts", unit="USD/day", source="5.3", above=0.0)
    temptation: Number = parameter(
        0.05, "gain of reporting what is not held", unit="USD/day", source="5.3", above=0.0
    )
    sybil_claim: Number = parameter(
        0.1, "share of the archive that a false identity reports", source="5.2, 5.8", low=0.0, high=1.0
    )
    freeride0: Number = parameter(
        0.15, "reported and not held, without threat", source="5.3", low=0.0, high=1.0
    )
    handcuff: Number = parameter(1.0, "weight of forfeited lock age in leaving", source="5.2", low=0.0)
    trade_speed: Number = parameter(
        0.06, "speed of holders towards their fair price", unit="1/day", source="5.11", low=0.0
    )
    trade_cap: Number = parameter(
        0.04, "most of the pool for each kind of order", unit="1/day", source="5.2, 5.11", low=0.0, high=0.3
    )
    issuance_aversion: Number = parameter(
        2.0, "ln of the fair price lost by issuance", unit="year", source="5.11", low=0.0
    )
    activity_weight: Number = parameter(0.5, "of activity in ln of the fair price", source="5.11", low=0.0)
    float_days: Number = parameter(10.0, "fees kept liquid", unit="day", source="5.11", low=0.0)
    sell_share: Number = parameter(
        0.03, "sold of what is beyond that", unit="1/day", source="5.11", low=0.0, high=1.0
    )
    stake_share: Number = parameter(
        0.03, "locked of it, at most", unit="1/day", source="5.11", low=0.0, high=1.0
    )
    stake_yield: Number = parameter(
        0.3, "yield at which half of that is locked", unit="1/year", source="5.11", above=0.0
    )


@dataclass(frozen=True)
class Mechanism:
    """The rules of the collective and of its market, beside the levers."""

    surge_cap: Number = parameter(5.0, "largest surge, and 1 over the smallest", source="5.6", above=1.0)
    burn: Number = parameter(
        0.1, "burned of the fees that do not go to stakers", source="5.8", low=0.0, high=1.0
    )
    entry_share: Number = parameter(0.2, "of the gate, a fee", source="5.2", low=0.0, high=1.0)
    vest_days: Number = parameter(30.0, "until stakers get their fees", unit="day", source="5.8", above=1.0)
    lock_unit: Number = parameter(
        30.0, "unit of the power law of lock age", unit="day", source="5.2, 5.8", above=0.0
    )
    audit_gb: Number = parameter(
        1.0, "uplink that sampling costs at rate 1", unit="GB/day", source="5.5", low=0.0
    )
    slash: Number = parameter(0.1, "of the stake, for a failed sample", source="5.9", low=0.0, high=1.0)
    mint_elasticity: Number = parameter(
        0.0, "of the mint in saturation; 0 is constant", source="5.8", low=0.0
    )
    target: Number = parameter(0.8, "saturation at which an elastic mint is neutral", source="5.8", above=0.0)
    sponsor_copies: Number = parameter(0.2, "of every datum, held by the founder", source="5.3, 5.5", low=0.0)
    sponsor_uplink: Number = parameter(60.0, "of the founder's nodes", unit="GB/day", source="5.5", low=0.0)
    treasury_days: Number = parameter(
        180.0, "until the treasury is spent", unit="day", source="5.8", above=1.0
    )
    min_ratio: Number = parameter(0.2, "seed ratio below which bans begin", source="5.2, 5.9", low=0.0)
    ratio_width: Number = parameter(0.08, "how softly they begin", source="5.2", above=0.0)
    ban_rate: Number = parameter(0.02, "chance of a ban", unit="1/day", source="5.2", low=0.0)
    grace_gb: Number = parameter(30.0, "downloads without risk", unit="GB/member", source="5.2", low=0.0)
    ratio_price: Number = parameter(2.0, "price of bought credit", unit="token/GB", source="5.9", low=0.0)
    ratio_buy: Number = parameter(0.02, "bought of the shortfall", unit="1/day", source="5.9", low=0.0)
    freeleech_days: Number = parameter(
        14.0, "age below which downloads do not count", unit="day", source="5.7", low=0.0
    )
    free_gb: Number = parameter(0.0, "freemium allotment in 30 days", unit="GB/member", source="5.4", low=0.0)
    pool_fee: Number = parameter(0.003, "of what is swapped", source="5.11", low=0.0, high=0.5)


@dataclass(frozen=True)
class Parameters(Mechanism, Behaviour, World, Sizes):
    """All parameters of section 4."""


class Columns:
    """The parameters as a day's equations need them: a tensor (B,) reads as a column (B, 1)."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._parameters, name)
        return value[:, None] if isinstance(value, Tensor) else value


def columns(values: Tensors) -> dict[str, Tensor]:
    """Levers or shocks (B,) by name as columns (B, 1)."""
    return {name: value[:, None] for name, value in values.items()}


def check_together(p: Parameters) -> None:
    """Raises ValueError for values that are in range one by one and make no collective together."""
    for name in ("N", "K", "R"):
        if not isinstance(getattr(p, name), int):
            raise TypeError(f"DataCollective.{name} is {getattr(p, name)!r}; it must be a whole number")
    if p.N % p.R:
        raise ValueError(f"DataCollective.N is {p.N}; it must be a multiple of R, which is {p.R}")
    left = torch.as_tensor(p.supply0, dtype=torch.float64) - p.pool0 - p.treasury0
    if not left.is_meta and bool((left < 0.0).any()):
        raise ValueError(
            f"DataCollective.supply0 leaves {float(left.min())!r} beside pool0 and treasury0; "
            "it must be at least their sum"
        )
