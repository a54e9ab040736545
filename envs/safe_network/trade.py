"""A day's trade: chunks read and stored, coins paid and farmed (section 6)."""

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.chance import Chance
from . import kernels
from .market import Market
from .parameters import NetworkParameters, Parameters
from .prices import Prices
from .state import State


class Visit(NamedTuple):
    """The clients of a day and what they want, (B,)."""

    clients: Tensor
    gets: Tensor  # chunks to read
    puts: Tensor  # chunks to store


class Deal(NamedTuple):
    """What a day's trade comes to, (B,)."""

    puts: Tensor  # chunks stored
    paid: Tensor  # safecoin taken in
    payout: Tensor  # safecoin farmed
    chunks_per_coin: Tensor  # q in the evening


def visit(p: NetworkParameters, clients: Tensor, market: Market, chance: Chance) -> Visit:
    """7. Chunks that clients read and want to store; a client only reads or only writes on a day."""
    if p.integer:
        readers = chance.binomial("readers", clients, market.read_share)
        writers = clients - readers
    else:
        readers, writers = clients * market.read_share, clients * market.write_share
    return Visit(clients, p.actions_per_user_day * readers, p.actions_per_user_day * writers)


def trade(p: NetworkParameters, state: State, wanted: Visit, prices: Prices) -> Deal:
    """7. The day at fixed prices, within capacity, purses and treasury."""
    puts = _fitting(p, state, wanted.puts)
    price = puts * prices.cost / p.nano
    paid, puts = _affordable(p, state, price, puts)
    payout = torch.minimum(wanted.gets * prices.reward / p.nano, state.unfarmed + paid)
    return Deal(puts, paid, payout, state.chunks_per_coin)


def trade_in_turn(
    p: Parameters, state: State, wanted: Visit, prices: Prices, market: Market, multiplier: Tensor
) -> Deal:
    """2 and 7, client by client (section 10): q moves and is paid within the day.

    Chunks read and stored are spread evenly over the clients; the market has answered to the
    morning's prices.

    Args:
        multiplier: of the store cost, (B,).
    """
    puts = _fitting(p, state, wanted.puts)
    heads = torch.where(wanted.clients > 0.0, wanted.clients, 1.0)
    rule = kernels.Rule(
        proposal=p.store_rule == "proposal",
        total=p.total_supply,
        buffer=p.buffer,
        step=p.q_step * market.write_share,
        floor=torch.zeros_like(heads) + p.q_min,
        written=puts * multiplier / heads,
        earned=wanted.gets * prices.reward / p.nano / heads,
    )
    morning = kernels.Purse(state.chunks_per_coin, state.paid, state.farmed, state.unfarmed)
    if p.stepping == "client":
        evening = kernels.by_events(morning, rule, wanted.clients)
    else:
        evening = kernels.by_blocks(morning, rule, wanted.clients, p.stepping_blocks)
    paid, puts = _affordable(p, state, evening.paid - morning.paid, puts)
    payout = torch.minimum(evening.farmed - morning.farmed, state.unfarmed + paid)
    return Deal(puts, paid, payout, evening.q)


def _fitting(p: NetworkParameters, state: State, puts: Tensor) -> Tensor:
    """Chunks that there is room for."""
    return torch.clamp(torch.minimum(puts, state.vaults * p.vault_size - state.chunks), min=0.0)


def _affordable(p: NetworkParameters, state: State, price: Tensor, puts: Tensor) -> tuple[Tensor, Tensor]:
    """Coins that people hold to pay that price, and the chunks that these pay for."""
    paid = torch.clamp(torch.minimum(price, p.total_supply - state.unfarmed), min=0.0)
    return paid, torch.where(paid < price, puts * paid / price, puts)
