"""The laws of bidding: what a group quotes, who gets the reward, how bids move (sections B2 to B5).

Cohorts of vaults share a bid: all functions take and return tensors (B,) and (B, K).
"""

from math import log
from typing import NamedTuple

import torch
from torch import Tensor

from ...core.tensors import Number
from .cohorts import Cohorts

_ROUNDING = 1e-12  # a cumulative weight this close to one half has reached it
CARTEL_LEVEL, CARTEL_ETA = 3.0, 0.1  # λ and η of a cartel (section B7)
CARTEL_WEIGHT = 0.3  # share of the vaults in the cartel that `cartel_effect` supposes


class Quote(NamedTuple):
    """What a group of vaults bids."""

    lowest: Tensor  # (B,) E[p], mean of the lowest bid in a group
    median: Tensor  # (B,) a_m, lower weighted median
    wins: Tensor  # (B, K) chance that a given member of that cohort is the lowest


def quote(bids: Tensor, weights: Tensor, group: int) -> Quote:
    """Order statistics of `group` independent draws from cohorts of these weights, (B, K).

    The chance to be lowest is [(above + tie)^G − above^G]/(G tie), written as the polynomial that the
    division leaves, so that nothing cancels and cohorts without weight need no special case.
    """
    mine, theirs = bids[..., :, None], bids[..., None, :]
    others = weights[..., None, :]
    above = (others * (theirs > mine)).sum(-1)
    reaching = above + (others * (theirs == mine)).sum(-1)
    powers = [reaching**i * above ** (group - 1 - i) for i in range(group)]
    wins = torch.stack(powers).sum(0) / group
    lowest = (weights * bids * wins).sum(-1) * group
    at_most = (others * (theirs <= mine)).sum(-1)
    median = torch.where(at_most >= 0.5 - _ROUNDING, bids, torch.inf).amin(-1)
    return Quote(lowest, median, wins)


def fastest(weights: Tensor, speeds: Tensor, group: int) -> Tensor:
    """P_fast = v/(G v̄), (B, K)."""
    return speeds / (group * (weights * speeds).sum(-1, keepdim=True))


def reward_share(
    wins: Tensor, first: Tensor, weights: Tensor, group: int, split: tuple[Number, Number, Number]
) -> Tensor:
    """Share of one reward that a member of the group expects, (B, K); G Σ w · share = 1.

    Args:
        wins, first: chances of a member to be the lowest bidder, and the fastest.
        split: φL, φF, φ0, shares of the lowest, the fastest and the rest; floats or (B, 1).
    """
    rest = (1.0 - wins) * (1.0 - first)
    of_rest = rest / (group * (weights * rest).sum(-1, keepdim=True))
    return split[0] * wins + split[1] * first + split[2] * of_rest


def reward(filled: Tensor, unfarmed: Tensor, quoted: Quote, anchor: Number) -> Tensor:
    """R = 2 u f · (p + a_m)/2, nanosafe; see `mean_bid` for the anchor."""
    return 2.0 * unfarmed * filled * mean_bid(quoted, anchor)


def cost_factor(rule: str, unfarmed: Tensor, reads_per_write: Tensor) -> Tensor:
    """C over R under the store-cost rules: m = 2 (1 − u)², n_rw, or both."""
    scarcity = 2.0 * (1.0 - unfarmed) ** 2
    if rule == "scarcity":
        return scarcity
    return reads_per_write if rule == "rw" else reads_per_write * scarcity


def count_reads(reads_per_write: Tensor, gets: Tensor, puts: Tensor, window: Number) -> Tensor:
    """n_rw moves 1/window of the way to the day's reads per write, on days with writes."""
    today = gets / torch.where(puts > 0.0, puts, 1.0)
    return torch.where(puts > 0.0, reads_per_write + (today - reads_per_write) / window, reads_per_write)


def populate(
    bids: Tensor, vaults: Tensor, median: Tensor, shares: Tensor, before: Tensor, after: Tensor
) -> tuple[Tensor, Tensor]:
    """Newcomers join the cohorts at the median bid; leavers leave all cohorts alike.

    Args:
        bids, vaults: (B, K). median: (B,). shares: (K,) of the newcomers.
        before, after: vaults of the morning and of the evening, (B,).

    Returns:
        ln x' and vaults, (B, K).
    """
    joined = torch.clamp(after - before, min=0.0)[:, None] * shares
    total = vaults + joined
    weight = joined / torch.where(total > 0.0, total, 1.0)
    log_bids = torch.log(bids)
    log_bids = log_bids + weight * (torch.log(median)[:, None] - log_bids)
    kept = torch.clamp(after / before, max=1.0)[:, None]
    return log_bids, vaults * kept + joined


def move_bids(
    cohorts: Cohorts, log_bids: Tensor, median: Tensor, coin_price: Tensor, cartel: Tensor
) -> Tensor:
    """The evening's bids of all cohorts at once, (B, K), from ln x', the day's a_m and X.

    Kinds are known beforehand, so that every cohort computes what its own asks for.

    Args:
        log_bids: ln x', (B, K). median, coin_price: a_m and X, (B,).
        cartel: total weight of the cohorts that conspire, (B,); 0 for none.
    """
    bids, log_median = torch.exp(log_bids), torch.log(median)
    moved = []
    for k, kind in enumerate(cohorts.kind):
        at, worth = log_bids[:, k], cohorts.cost[k] / coin_price

        def toward(aim: Tensor, eta: float, at: Tensor = at) -> Tensor:
            return torch.exp(at + eta * (aim - at))

        own = bids[:, k]
        if kind == "undercut":
            own = torch.maximum(worth, (1.0 - cohorts.delta[k]) * cheapest_other(bids, k))
        elif kind == "cost_plus":
            aim = torch.log(torch.clamp(worth * (1.0 + cohorts.markup[k]), min=1e-300))
            own = toward(aim, cohorts.eta[k])
        elif kind == "median":
            own = torch.maximum(worth, toward(log_median + log(cohorts.level[k]), cohorts.eta[k]))
        if kind != "passive":
            raised = torch.maximum(worth, toward(log_median + log(CARTEL_LEVEL), CARTEL_ETA))
            own = torch.where(cohorts.joins(k, cartel), raised, own)
        moved.append(own)
    return torch.stack(moved, 1)


def cartel_effect(
    cohorts: Cohorts, bids: Tensor, weights: Tensor, fair: Quote, group: int, anchor: Number
) -> Tensor:
    """|ln R'/R|, (B,): R' if a cartel of 0.3 of the vaults bid three medians, R by the quote of the bids."""
    members = torch.tensor(cohorts.conspiring(CARTEL_WEIGHT), device=bids.device)
    raised = torch.where(members, CARTEL_LEVEL * fair.median[:, None], bids)
    gamed = quote(raised, weights, group)
    return torch.log(mean_bid(gamed, anchor) / mean_bid(fair, anchor)).abs()


def mean_bid(quoted: Quote, anchor: Number) -> Tensor:
    """The lowest bid and the median in one, (B,); `anchor` is the median's weight, 1/2 as published."""
    return (1.0 - anchor) * quoted.lowest + anchor * quoted.median


def cheapest_other(bids: Tensor, k: int) -> Tensor:
    """The lowest bid among the cohorts other than k, (B,), of (B, K); its own where there is no other."""
    if bids.shape[1] == 1:
        return bids[:, 0]
    itself = torch.arange(bids.shape[1], device=bids.device) == k
    return torch.where(itself, torch.inf, bids).amin(1)
