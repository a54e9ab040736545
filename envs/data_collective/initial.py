"""The initial state (section 3): a collective of half of those who might be members."""

import torch
from torch import Tensor

from ..core.chance import Chance
from .arrays import over_data, ratio
from .parameters import Columns, Parameters
from .state import FIGURES, INITIAL_FIGURES, SCALARS, State, narrowed
from .world import taste

STAKE = 200.0  # token/member
LOCK_AGE, OFFERED, PAY = 30.0, 0.6, 0.035  # day, 1, USD/GB
FIRST_GB = 30.0  # GB/member, both sides of the seed ratio
USE = 6.0  # GB/day/member over popularity0
FULL, MOST_HOSTED = 0.5, 0.9  # of the disk; of a datum
YIELD, LOAD, PAY_HOSTING, ISSUANCE = 0.05, 0.8, 5e-4, 0.05  # USD/day, 1, token/GB/day, 1/year


def begin(parameters: Parameters, batch: int, chance: Chance, device: torch.device | str) -> State:
    """The state before the first day."""
    p = Columns(parameters)
    zero = torch.zeros(batch, 1, dtype=torch.float64, device=device)
    cohorts = _cohorts(p, chance)
    archive = _archive(p, chance)
    people = cohorts["members"].sum(1, keepdim=True)
    cover = torch.clamp(
        ratio(p.supply0 - p.pool0 - p.treasury0 + zero, people * (p.balance0 + STAKE)), max=1.0
    )
    money = {
        "balance": p.balance0 * cohorts["members"] * cover,
        "stake": STAKE * cohorts["members"] * cover,
        "pool_token": p.pool0 + zero,
        "pool_usd": p.pool0 * p.price0 + zero,
        "treasury": p.treasury0 + zero,
        "supply": p.supply0 + zero,
    }
    held = money["balance"].sum(1, keepdim=True) + money["stake"].sum(1, keepdim=True)
    holders = torch.clamp(money["supply"] - money["pool_token"] - money["treasury"] - held, min=0.0)
    size, disk = archive["size"], cohorts["disk"]
    zs = {"taste": chance.normal("taste", parameters.N, parameters.K),
          "region_taste": chance.normal("region_taste", parameters.R, parameters.K)}  # fmt: skip
    interest = taste(p, zs["taste"], zs["region_taste"])
    liking = interest * interest
    (gigabytes,) = over_data(liking, size)
    hosted = torch.clamp(liking * ratio(FULL * disk, gigabytes)[:, :, None], max=MOST_HOSTED)
    (stored,) = over_data(hosted, size)
    values: dict[str, Tensor] = {
        **dict.fromkeys(SCALARS, zero),
        **{name: zero + INITIAL_FIGURES.get(name, 0.0) for name in FIGURES},
        **cohorts,
        **archive,
        **money,
        "holders": holders,
        "interest": interest,
        "hosted": hosted,
        "hosted_gb": (cohorts["members"] * stored).sum(1, keepdim=True),
        "time": zero.to(torch.int64),
        "releases": zero.to(torch.int64),
        "mood": p.mood_sd * chance.normal("mood")[:, None],
        "sentiment": p.sentiment_sd / 2.0 * chance.normal("sentiment")[:, None],
        "load": zero + LOAD,
        "pay_hosting": zero + PAY_HOSTING,
        "issuance": zero + ISSUANCE,
        "trend": torch.log(p.price0 + zero),
    }
    # No two leaves share memory, or the first step would compile to a graph of its own.
    return narrowed(State(**{name: value.clone() for name, value in values.items()}))


def _cohorts(p: Columns, chance: Chance) -> dict[str, Tensor]:
    def lognormal(name: str, median: Tensor, spread: Tensor) -> Tensor:
        return median * torch.exp(spread * chance.normal(name, p.N))

    region_cost = torch.exp(p.region_cost_spread * chance.normal("region_cost", p.R))
    logit = torch.logit(torch.as_tensor(p.uptime_median, dtype=torch.float64))
    potential = p.people * torch.exp(0.4 * chance.normal("potential", p.N) - 0.08)
    members = p.members0 * potential
    above_floor = torch.clamp(torch.as_tensor(p.disk_median - p.disk_floor, dtype=torch.float64), min=0.0)
    nothing, one = torch.zeros_like(members), torch.ones_like(members)
    use = USE * p.popularity0 * one
    return {
        "potential": potential,
        "disk": p.disk_floor + lognormal("disk", above_floor, p.disk_spread),
        "uplink": lognormal("uplink", p.uplink_median, p.uplink_spread),
        "bandwidth_cost": region_cost.repeat(1, p.N // p.R)
        * lognormal("bandwidth_cost", p.bandwidth_cost_median, p.bandwidth_cost_spread),
        "storage_cost": lognormal("storage_cost", p.storage_cost_median, p.storage_cost_spread),
        "uptime": torch.sigmoid(logit.to(members.device) + p.uptime_spread * chance.normal("uptime", p.N)),
        "skill": chance.uniform("skill", p.N),
        "members": members,
        "lock_age": LOCK_AGE * one,
        "offered": OFFERED * one,
        "pay": PAY * one,
        "spend": use * members,
        "use": use,
        "well": nothing,
        "stake_pay": nothing,
        "seeded": FIRST_GB * members,
        "leeched": FIRST_GB * members,
    }


def _archive(p: Columns, chance: Chance) -> dict[str, Tensor]:
    def normal(name: str, deviation: Tensor) -> Tensor:
        return deviation * chance.normal(name, p.K)

    quality = normal("quality", p.quality_spread)
    uniform = chance.uniform("age", p.K)
    slot = torch.arange(p.K, dtype=torch.float64, device=quality.device)
    rate = torch.clamp(torch.as_tensor(p.release_rate, dtype=torch.float64), min=0.001)
    return {
        "size": p.size_median * torch.exp(normal("size", p.size_spread)),
        "age": (p.K - slot - uniform) / rate.to(quality.device),
        "quality": quality,
        "coming": quality + normal("coming", p.coming_sd),
        "heat": quality + normal("heat", p.coming_sd),
        "rumour": normal("rumour", p.rumour_sd),
        "backlog": torch.zeros_like(quality),
        "yield_": torch.full_like(quality, YIELD),
    }
