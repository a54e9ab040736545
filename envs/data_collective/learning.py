"""Section 5.10: how members fare, and what they learn from the day."""

import torch
from torch import Tensor

from ..core.tensors import Tensors
from .arrays import TINY, ratio, weighted_mean
from .hosting import Choice
from .parameters import Columns
from .settlement import YEAR, Income
from .state import State
from .traffic import Capacity, Flows, Service

PROFIT_SCALE = 0.01  # USD/day
MOST_PAY, MOST_YIELD = 10.0, 50.0  # USD/GB, USD/day
MOST_SATURATION = 20.0
LEAST_LIVE = 1e-3  # copies
SPEND_DAYS, USE_DAYS, ISSUANCE_DAYS = 5.0, 10.0, 30.0


def bandwidth_cost(p: Columns, s: State, shocks: Tensors) -> Tensor:
    """USD/GB (B, N); the first quarter of the regions may be dearer."""
    region = torch.arange(p.N, device=s.members.device) % p.R
    return torch.where(4 * region < p.R, s.bandwidth_cost * shocks["bandwidth"], s.bandwidth_cost)


def learn(
    p: Columns, s: State, choice: Choice, capacity: Capacity, service: Service, flows: Flows, income: Income,
    popularity: Tensor, going: Tensor, usd: Tensor, shocks: Tensors,
) -> tuple[State, Tensor]:  # fmt: skip
    """The state with everything that is smoothed and the day's figures of well-being; the costs, USD (B, N).

    Args:
        going: share of each cohort that left, (B, N). usd: price at the beginning of the day, (B, 1).
    """
    members, line = s.members, bandwidth_cost(p, s, shocks)
    cost = line * flows.up + s.storage_cost * members * torch.minimum(flows.stored, s.disk)
    hosting = usd * (income.upload + income.hosting) - cost
    all_costs, all_down = cost.sum(1, keepdim=True), flows.down.sum(1, keepdim=True)
    personal = p.joy * flows.down + hosting + usd * (income.stakers - flows.paid - income.slashed)
    congestion = 1.0 + torch.clamp(s.saturation, max=MOST_SATURATION) ** 2
    common = 2.0 * p.access_value * s.availability / congestion + p.cool * torch.exp(s.sentiment / 2.0)
    locked = p.carry / YEAR * usd * choice.staked
    utility = ratio(personal, members) + common - p.outside - locked

    paid = torch.clamp(usd * ratio(income.upload, flows.up), max=MOST_PAY)
    pay = s.pay + (paid - s.pay) / p.income_days
    wanted = 1.0 / (1.0 + (line / torch.clamp(pay, min=TINY)) ** p.offer_power)
    wanted = p.offer_floor + (1.0 - p.offer_floor) * wanted
    copy = usd * income.per_weight * service.surged / torch.clamp(capacity.live, min=LEAST_LIVE)
    spend = s.spend * (1.0 - going)
    spread = choice.copies * choice.copies
    effective = ratio(choice.copies.sum(1) ** 2, spread.sum(1)) / p.R
    archive = s.size.sum(1, keepdim=True)
    earned = ratio(usd * income.stakers, members)
    issued = YEAR * (s.minted - s.burned) / (s.supply - s.minted + s.burned)  # of the old supply
    state = s._replace(
        well=s.well + (torch.clamp(utility, -1.0, 1.0) - s.well) / p.well_days,
        stake_pay=s.stake_pay + (torch.clamp(earned, -1.0, 1.0) - s.stake_pay) / p.well_days,
        pay=pay,
        offered=s.offered + (wanted - s.offered) / p.offer_days,
        yield_=s.yield_ + (torch.clamp(copy, max=MOST_YIELD) - s.yield_) / p.income_days,
        pay_hosting=s.pay_hosting + (income.per_claim / archive - s.pay_hosting) / p.income_days,
        spend=spend + (flows.fee - spend) / SPEND_DAYS,
        use=s.use + (ratio(flows.down, members) - s.use) / USE_DAYS,
        issuance=s.issuance + (issued - s.issuance) / ISSUANCE_DAYS,
        profiting=weighted_mean(torch.sigmoid(ratio(hosting, members) / PROFIT_SCALE), members),
        diversity=weighted_mean(effective, popularity),
        surplus=p.joy * all_down - all_costs,
    )
    return state, cost
