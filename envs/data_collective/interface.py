"""What the collective shows and lets be set: levers (section 6), sensors (7), shock channels (8)."""

from math import log

import torch
from torch import Tensor

from ..core.declarations import Lever, Sensor, Shock
from ..core.tensors import Tensors
from .accounts import ACCOUNTS, accounts
from .arrays import TINY, ratio
from .parameters import Columns, Parameters
from .state import State, price
from .world import fading

LEVERS = (
    Lever("inflation", "1/year", 0.0, 0.6, 0.1, "tokens minted over supply", slew=0.02),
    Lever(
        "hosting_share", "1", 0.0, 1.0, 0.5, "of the mint for hosted shares; the rest for uploads", slew=0.05
    ),
    Lever(
        "surge_exponent", "1", 0.0, 3.0, 1.0, "of charge (or gate) and upload reward in saturation", slew=0.15
    ),
    Lever("download_price", "token/GB", 0.1, 10.0, 1.0, "charge at surge 1", "log", slew=0.1),
    Lever("gate", "token", 20.0, 2000.0, 200.0, "price of access: a fee and a stake", "log", slew=0.1),
    Lever("staker_share", "1", 0.0, 0.8, 0.2, "of the fees, to stakers", slew=0.04),
    Lever("lock_exponent", "1", 0.0, 3.0, 1.0, "power law of lock age in the stakers' payout", slew=0.15),
    Lever("geo_boost", "1", 0.0, 2.0, 0.15, "extra upload weight far from the other seeds", slew=0.1),
    Lever("audit_rate", "1/day", 0.0, 1.0, 0.1, "chance to be sampled", slew=0.05),
)

SHOCKS = (
    Shock("demand", 1.0, "factor on all requests"),
    Shock("hype", 1.0, "factor on requests for the newest datum"),
    Shock("exodus", 0.0, "share of disk, uplink and data that large hosts withdraw for good"),
    Shock("bandwidth", 1.0, "factor on the bandwidth cost in a quarter of the regions"),
    Shock("dump", 0.0, "share of the pool that holders sell in a day"),
    Shock("gloom", 0.0, "added to ln of the price that holders think fair"),
    Shock("freeride", 1.0, "factor on what is reported and not held"),
    Shock("sybil", 0.0, "false identities a day that try to enter"),
)

YEAR = 365.0  # days


def _level(lever: Lever) -> Sensor:
    """The observed value in force: centred at neutral, scaled by the longer half of the range."""
    low, middle, high = (lever.position(x) for x in (lever.low, lever.neutral, lever.high))
    half = max(middle - low, high - middle)
    return Sensor(
        f"{lever.name}_level", lever.unit, f"{lever.name} in force", middle, half, 1.0, lever.scale == "log"
    )


SENSORS = (
    Sensor("saturation", "1", "demand over capacity, geometric mean of the day", 0.0, 1.0, 2.0, log=True),
    Sensor("load", "1", "saturation, 14-day mean", 0.0, 1.0, 2.0, log=True),
    Sensor("peak", "1", "saturation of the evening", log(1.649), 1.0, 2.0, log=True),
    Sensor("availability", "1", "chance that a wanted piece is online", 0.9, 0.1, 3.0),
    Sensor("worst", "1", "availability of the least available datum", 0.5, 0.5, 1.0),
    Sensor("served", "1", "GB delivered over GB asked", 0.9, 0.1, 3.0),
    Sensor("membership", "1", "members over potential members", 0.5, 0.25, 2.0),
    Sensor("growth", "1/day", "joined less left over members", 0.0, 0.02, 3.0),
    Sensor("price", "USD", "of a token", log(0.05), 0.7, 3.0, log=True),
    Sensor("trend", "1", "ln price less its 30-day mean", 0.0, 0.3, 3.0),
    Sensor("requests", "GB/day", "asked for before any price", log(1500.0), 0.7, 3.0, log=True),
    Sensor("capacity", "GB/day", "offered upload", log(1000.0), 0.7, 3.0, log=True),
    Sensor("pay", "1", "ln of upload pay over bandwidth cost", 1.0, 1.0, 3.0),
    Sensor("profiting", "1", "share of members whose hosting pays", 0.5, 0.5, 1.0),
    Sensor("diversity", "1", "effective regions of a datum's copies over regions", 0.6, 0.2, 2.0),
    Sensor("staked", "1", "stake over supply", 0.08, 0.08, 2.0),
    Sensor("lock_age", "day", "mean age of the stake", 60.0, 60.0, 2.0),
    Sensor("issuance", "1/year", "mint less burn over supply, 30-day mean", 0.1, 0.1, 4.0),
    Sensor("vesting", "1", "owed to stakers, over supply", 0.0, 0.02, 3.0),
    Sensor("full", "1", "disk used over the members' disk", 0.5, 0.5, 1.0),
    Sensor("hot", "1", "largest datum's share of requests", 0.2, 0.2, 3.0),
    Sensor("missed", "1/day", "stake slashed over stake", 0.0, 0.001, 4.0),
    Sensor("progress", "1", "share of a year", 0.5, 0.5, 1.0),
    *(_level(lever) for lever in LEVERS),
    Sensor("reach", "1", "own use delivered over what all potential members want", observed=False),
    Sensor("leaving", "1/day", "left over members", observed=False),
    Sensor("people", "people", "members", observed=False),
    Sensor("hosts", "people", "members whose hosting pays", observed=False),
    Sensor("demanded", "GB/day", "asked for at the price", observed=False),
    Sensor("uploaded", "GB/day", "sent", observed=False),
    Sensor("pool_usd", "USD", "in the pool", observed=False),
    Sensor("minted", "token/day", "new tokens", observed=False),
    Sensor("burned", "token/day", "destroyed tokens", observed=False),
    Sensor("supply", "token", "all there are", observed=False),
    *(Sensor(f"tokens_{name}", "token", f"held by: {doc}", observed=False) for name, doc in ACCOUNTS.items()),
)


def read_sensors(economy: Parameters, state: State, levers: Tensors) -> dict[str, Tensor]:
    """Readings of all sensors, (B,)."""
    p, s, usd = Columns(economy), state, price(state)
    people, stake = s.members.sum(1), s.stake.sum(1)
    appeal = torch.exp(s.heat) * fading(p, s.age)
    pay, cost = (s.members * s.pay).sum(1), (s.members * s.bandwidth_cost).sum(1)
    return {
        "saturation": s.saturation,
        "load": s.load,
        "peak": s.peak,
        "availability": s.availability,
        "worst": s.worst,
        "served": s.served,
        "membership": people / s.potential.sum(1),
        "growth": ratio(s.joined - s.left, people),
        "price": usd,
        "trend": torch.log(usd) - s.trend,
        "requests": s.requested,
        "capacity": s.capacity,
        "pay": torch.log(torch.clamp(pay, min=TINY) / torch.clamp(cost, min=TINY)),
        "profiting": s.profiting,
        "diversity": s.diversity,
        "staked": stake / s.supply,
        "lock_age": ratio((s.stake * s.lock_age).sum(1), stake),
        "issuance": s.issuance,
        "vesting": s.vesting / s.supply,
        "full": ratio(s.hosted_gb, (s.members * s.disk).sum(1)),
        "hot": appeal.amax(1) / torch.clamp(appeal.sum(1), min=TINY),
        "missed": ratio(s.slashed, stake),
        "progress": s.time.to(torch.float64) / YEAR,
        **{f"{name}_level": value for name, value in levers.items()},
        "reach": s.reach,
        "leaving": ratio(s.left, people),
        "people": people,
        "hosts": s.profiting * people,
        "demanded": s.demanded,
        "uploaded": s.uploaded,
        "pool_usd": s.pool_usd,
        "minted": s.minted,
        "burned": s.burned,
        "supply": s.supply,
        **{f"tokens_{name}": value for name, value in accounts(s).items()},
    }
