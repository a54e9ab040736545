"""A day of bidding: the morning's quotes and prices, the evening's incomes and bids (section B1)."""

from typing import NamedTuple

import torch
from torch import Tensor

from ...core.tensors import Number, Tensors
from ..market import coin_price, price_ratio
from ..prices import Prices
from ..state import State, filled_share, unfarmed_share
from . import bids
from .parameters import BiddingParameters
from .state import Bidders

STRATEGIES = ("undercut", "cost_plus", "median")
PUBLISHED_ANCHOR = 0.5  # weight of the median bid in R
SPLIT = ("lowest", "fastest", "rest")  # levers on φL, φF, φ0

Split = tuple[Tensor, Tensor, Tensor]  # φL, φF, φ0, each (B, 1)


class Quotes(NamedTuple):
    """What the cohorts bid this morning."""

    weights: Tensor  # w, shares of the cohorts among the vaults, (B, K)
    quote: bids.Quote


def call(p: BiddingParameters, bidders: Bidders) -> Quotes:
    """The morning's quotes."""
    weights = bidders.vaults / bidders.vaults.sum(1, keepdim=True)
    return Quotes(weights, bids.quote(bidders.bids, weights, p.group))


def post(
    p: BiddingParameters, state: State, bidders: Bidders, quotes: Quotes, anchor: Number = PUBLISHED_ANCHOR
) -> Prices:
    """3. R from the quotes, C from R (section B3); `anchor` is the weight of the median bid in R."""
    filled, unfarmed = filled_share(p, state), unfarmed_share(p, state)
    reward = bids.reward(filled, unfarmed, quotes.quote, anchor)
    cost = bids.cost_factor(p.cost_rule, unfarmed, bidders.reads_per_write) * reward
    return Prices(reward, cost, cost)


def expected_ratio(p: BiddingParameters, bidders: Bidders, prices: Prices) -> Tensor:
    """4. w = C/R; under the rw rules C/(n_rw R), the cost per expected access (section B3)."""
    if p.cost_rule == "scarcity":
        return price_ratio(prices.reward, prices.cost)
    return price_ratio(prices.reward * bidders.reads_per_write, prices.cost)


def split_of(p: BiddingParameters, levers: Tensors) -> Split:
    """φL, φF and φ0 under the levers: a softmax, as these act by their logarithms (section B8)."""
    factors = [levers[name] * share for name, share in zip(SPLIT, p.reward_split, strict=True)]
    total = factors[0] + factors[1] + factors[2]
    lowest, fastest, rest = ((factor / total)[:, None] for factor in factors)
    return lowest, fastest, rest


def first_bidders(p: BiddingParameters, vaults: Tensor, split: Split) -> Bidders:
    """The bidders of the initial state, with the readings of a day that nobody has had yet."""
    cohorts, zero = p.cohorts, torch.zeros_like(vaults)
    weights = cohorts.shares(vaults).expand(len(vaults), -1)
    first_bids = cohorts.column("bid", vaults).expand_as(weights).clone()
    quote = bids.quote(first_bids, weights, p.group)
    return Bidders(
        bids=first_bids, vaults=weights * vaults[:, None], reads_per_write=zero + p.rw0,
        lowest=quote.lowest, median=quote.median, quoted=first_bids,
        share=_shares(p, Quotes(weights, quote), split), income=0.0 * first_bids,
        cartel_effect=bids.cartel_effect(cohorts, first_bids, weights, quote, p.group, PUBLISHED_ANCHOR),
    )  # fmt: skip


def settle_bids(
    p: BiddingParameters,
    bidders: Bidders,
    quotes: Quotes,
    opened: State,
    closed: State,
    levers: Tensors,
    shocks: Tensors,
) -> Bidders:
    """9. Incomes of the day, and the bids of the next (section B5).

    Args:
        bidders, quotes: of the morning. opened: the network after any loss of vaults.
        closed: the network in the evening.
    """
    weights, quote = quotes
    share = _shares(p, quotes, split_of(p, levers))
    present = weights * opened.vaults[:, None]
    log_bids, vaults = bids.populate(
        bidders.bids, present, quote.median, p.cohorts.shares(weights), opened.vaults, closed.vaults
    )
    price = coin_price(p, opened, shocks)
    day = closed.day
    return Bidders(
        bids=bids.move_bids(p.cohorts, log_bids, quote.median, price, shocks["cartel"]),
        vaults=vaults,
        reads_per_write=bids.count_reads(bidders.reads_per_write, day.gets, day.puts, p.rw_window),
        lowest=quote.lowest,
        median=quote.median,
        quoted=bidders.bids,
        share=share,
        income=day.earned[:, None] * p.group * share,
        cartel_effect=bids.cartel_effect(p.cohorts, bidders.bids, weights, quote, p.group, levers["anchor"]),
    )


def _shares(p: BiddingParameters, quotes: Quotes, split: Split) -> Tensor:
    """Share of one reward that a member of the group expects, (B, K)."""
    weights, quote = quotes
    first = bids.fastest(weights, p.cohorts.column("speed", weights), p.group)
    return bids.reward_share(quote.wins, first, weights, p.group, split)


def mean_share(p: BiddingParameters, bidders: Bidders, kind: str) -> Tensor:
    """Share of a reward that a member of that kind expects, (B,); everyone's where there is none."""
    share, vaults = bidders.share, bidders.vaults
    chosen = vaults * p.cohorts.are(kind, vaults)
    total = chosen.sum(1)
    return torch.where(
        total > 0.0, (chosen * share).sum(1) / torch.where(total > 0.0, total, 1.0), 1.0 / p.group
    )


def income_ratio(p: BiddingParameters, bidders: Bidders, kind: str) -> Tensor:
    """Income per vault of a strategy over the passive one's on the day that has passed, (B,)."""
    return mean_share(p, bidders, kind) / mean_share(p, bidders, "passive")


def strategy_gain(p: BiddingParameters, bidders: Bidders) -> Tensor:
    """The best income of a strategy over the passive one's: 1 where gaming the bids does not pay."""
    return torch.stack([income_ratio(p, bidders, kind) for kind in STRATEGIES]).amax(0)
