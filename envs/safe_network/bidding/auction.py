"""Version 3's bidders: at launch, and what a day brings them (specification sections 5 and 9)."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ...core.tensors import Tensors
from .. import fiat
from ..state import State
from . import bids as bidding

if TYPE_CHECKING:
    from ..economy import SafeNetwork


def found(plant: "SafeNetwork", vaults: Tensor) -> bidding.Bidders:
    """The bidders at launch; without columns where nobody bids."""
    zero, none = torch.zeros_like(vaults), vaults[:, None][:, :0]
    if plant.version != "v3":
        return bidding.Bidders(none, none, zero, zero, zero, none, none, none, zero)
    cohorts = plant.bidding_cohorts
    weights = cohorts.shares(vaults).expand(len(vaults), -1)
    bids = cohorts.column("bid", vaults).expand_as(weights).clone()
    quoted = bidding.quote(bids, weights, plant.v3_group)
    first = bidding.fastest(weights, cohorts.column("speed", vaults), plant.v3_group)
    share = bidding.reward_share(
        quoted.wins,
        first,
        weights,
        plant.v3_group,
        plant.reward_split(plant.neutral_levers(len(vaults), vaults.device)),
    )
    return bidding.Bidders(
        bids=bids, vaults=weights * vaults[:, None], reads_per_write=zero + plant.v3_rw0,
        lowest=quoted.lowest, median=quoted.median, quoted=bids, share=share, income=0.0 * bids,
        cartel_effect=bidding.cartel_effect(cohorts, bids, weights, plant.v3_group, 0.5),
    )  # fmt: skip


def bid(plant: "SafeNetwork", opened: State, closed: State, levers: Tensors, shocks: Tensors) -> State:
    """9. Version 3: incomes of the day, and the bids of the next.

    Args:
        opened: the day's state once the store rule has moved. closed: its state after trade.
    """
    if plant.version != "v3":
        return closed
    cohorts, morning = plant.bidding_cohorts, opened.bidders
    weights, quoted = plant.cohort_weights(opened), plant.quote(opened)
    first = bidding.fastest(weights, cohorts.column("speed", weights), plant.v3_group)
    split = plant.reward_split(levers)
    share = bidding.reward_share(quoted.wins, first, weights, plant.v3_group, split)
    present = weights * opened.vaults[:, None]
    bids, vaults = bidding.populate(
        morning.bids, present, quoted.median, cohorts.shares(weights), opened.vaults, closed.vaults
    )
    price = fiat.coin_price(plant, opened, shocks)
    day = closed.day
    bidders = bidding.Bidders(
        bids=bidding.move_bids(cohorts, bids, quoted.median, price, shocks["cartel"]),
        vaults=vaults,
        reads_per_write=bidding.count_reads(morning.reads_per_write, day.gets, day.puts, plant.v3_rw_window),
        lowest=quoted.lowest,
        median=quoted.median,
        quoted=morning.bids,
        share=share,
        income=day.earned[:, None] * plant.v3_group * share,
        cartel_effect=bidding.cartel_effect(
            cohorts, morning.bids, weights, plant.v3_group, plant.anchor(levers)
        ),
    )
    return closed._replace(bidders=bidders)
