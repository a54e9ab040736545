"""What a SAFE network is at the end of a day."""

from typing import NamedTuple

import torch
from torch import Tensor

from .parameters import NetworkParameters


class Day(NamedTuple):
    """Readings of the day that has passed; all (B,)."""

    reward: Tensor  # R, nanosafe per GET, in force all day
    cost: Tensor  # C, nanosafe per PUT, in force all day
    ratio: Tensor  # w, as the market saw it
    clients: Tensor  # people active
    read_share: Tensor  # ρ
    growth: Tensor  # g, 1/day, after shocks and clipping
    gets: Tensor  # chunks read
    puts: Tensor  # chunks stored
    paid: Tensor  # safecoin taken in for storage
    payout: Tensor  # safecoin farmed
    earned: Tensor  # safecoin per vault that was there in the morning
    lost: Tensor  # chunks lost
    left: Tensor  # share of the vaults that a shock took


class State(NamedTuple):
    """Stocks of B networks; all (B,) unless said otherwise."""

    time: Tensor  # days since the initial state, int64
    vaults: Tensor  # N
    chunks: Tensor  # K
    chunks_per_coin: Tensor  # q, chunk/safecoin; 0 where vaults bid for the price
    paid: Tensor  # A, safecoin taken in so far
    farmed: Tensor  # I, safecoin paid out so far
    unfarmed: Tensor  # U, safecoin
    lost: Tensor  # chunks lost so far
    earned: Tensor  # safecoin earned by a vault of the first day
    sections: Tensor  # (B, bins) sizes of sections; no bins under the formula laws
    reference_reward: Tensor  # running mean of ln(R X)
    reference_cost: Tensor  # running mean of ln(C X)
    mirror: Tensor  # w0, ratio on the first irrational day, 0 in rational times
    filled_mean: Tensor  # f filtered over a month
    unfarmed_mean: Tensor  # u filtered over a month
    growth_mean: Tensor  # 1/year, measured growth of N filtered over a month
    day: Day


def filled_share(p: NetworkParameters, state: State) -> Tensor:
    """f = K/(N V)."""
    return state.chunks / (state.vaults * p.vault_size)


def unfarmed_share(p: NetworkParameters, state: State) -> Tensor:
    """u = U/T."""
    return state.unfarmed / p.total_supply


def drop_chunks(state: State, capacity: Tensor, where: Tensor) -> State:
    """Chunks above the remaining capacity are lost."""
    kept = torch.where(where, torch.minimum(state.chunks, capacity), state.chunks)
    return state._replace(chunks=kept, lost=state.lost + (state.chunks - kept))
