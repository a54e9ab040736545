"""Section 5.11: members and holders trade, and the net of it goes through the pool."""

import torch
from torch import Tensor

from .access import Access
from .arrays import clip, ratio
from .parameters import Columns
from .settlement import YEAR, Income
from .state import State, price

TOP_UP, FLOAT_UP = 0.05, 0.3  # of a missing stake or float, bought in a day
KEPT_COST = 0.9  # of the day's cost, sold to cover it
USUAL = 1000.0  # GB/day
USUAL_ISSUANCE = 0.05  # 1/year
LEAST, WILD = 0.02, 2.0  # of activity; limit of its logarithm
TREND_DAYS = 30.0


def fair_price(p: Columns, s: State, sent: Tensor, gloom: Tensor) -> Tensor:
    """ln USD/token that holders think right, (B, 1)."""
    people = s.members.sum(1, keepdim=True) / (s.potential.sum(1, keepdim=True) / 2.0)
    busy = torch.log(torch.clamp(people, min=LEAST))
    busy = torch.clamp(busy + 0.5 * torch.log(torch.clamp(sent / USUAL, min=LEAST)), -WILD, WILD)
    fair: Tensor = torch.log(p.price0 + 0.0 * s.sentiment) + s.sentiment + gloom + p.activity_weight * busy
    aversion: Tensor = p.issuance_aversion * (s.issuance - USUAL_ISSUANCE)
    return fair - aversion


def trade(
    p: Columns, s: State, income: Income, access: Access, cost: Tensor, gloom: Tensor, dump: Tensor
) -> State:
    """The state after the day's orders have met.

    Args:
        cost: USD of each cohort's day, (B, N). gloom, dump: shocks, (B, 1).
    """
    usd, room, kept = price(s), p.trade_cap * s.pool_token, p.float_days * s.spend
    need = TOP_UP * torch.clamp(s.gate * (1.0 - p.entry_share) * s.members - s.stake, min=0.0)
    lack = FLOAT_UP * torch.clamp(kept - s.balance, min=0.0)
    share = torch.clamp(ratio(room, (need + lack).sum(1, keepdim=True)), max=1.0)
    need, lack = need * share, lack * share

    covering = torch.minimum(s.balance, KEPT_COST * cost / usd)
    rest = torch.clamp(s.balance - covering - kept, min=0.0)
    rate = YEAR * ratio(income.vested, s.stake.sum(1, keepdim=True))
    locked = p.stake_share * rate / (rate + p.stake_yield) * rest
    sold = covering + p.sell_share * (rest - locked)

    gap = fair_price(p, s, s.uploaded, gloom) - torch.log(usd)
    wanted = s.pool_token * (clip(p.trade_speed * gap, -p.trade_cap, p.trade_cap) - dump)
    bought = torch.maximum(wanted, -s.holders / 2.0)
    orders = access.bought + (need + lack).sum(1, keepdim=True) + bought
    net = sold.sum(1, keepdim=True) - orders
    s = swap(p, s, net)
    stake = s.stake + need + locked
    return s._replace(
        balance=s.balance + lack - locked - sold,
        stake=stake,
        lock_age=s.lock_age * ratio(s.stake, stake),
        holders=s.holders + bought,
        trend=s.trend + (torch.log(price(s)) - s.trend) / TREND_DAYS,
    )


def swap(p: Columns, s: State, net: Tensor) -> State:
    """The pool after `net` tokens (B, 1) came in, negative where they went out."""
    kept = 1.0 - p.pool_fee
    sold, bought = torch.clamp(net, min=0.0), torch.clamp(-net, min=0.0)
    leaves = s.pool_usd * kept * sold / (s.pool_token + kept * sold)
    comes = s.pool_usd * bought / (s.pool_token - bought) / kept
    return s._replace(
        pool_token=s.pool_token + net, pool_usd=s.pool_usd + (comes - leaves), usd_in=comes - leaves
    )
