"""A day's trade: chunks read and stored, coins paid and farmed (specification sections 6, 7 and 10)."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..core.chance import Chance
from . import clients
from .market import Market
from .state import State

if TYPE_CHECKING:
    from .economy import SafeNetwork


def traffic(plant: "SafeNetwork", clients: Tensor, seen: Market, chance: Chance) -> tuple[Tensor, Tensor]:
    """7. Chunks read and wanted to be stored; a client only reads or only writes on a day."""
    if plant.integer:
        readers = chance.binomial("readers", clients, seen.read_share)
        writers = clients - readers
    else:
        readers, writers = clients * seen.read_share, clients * seen.write_share
    return plant.actions_per_user_day * readers, plant.actions_per_user_day * writers


def trade(
    plant: "SafeNetwork", state: State, gets: Tensor, puts: Tensor, reward: Tensor, cost: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """7. Chunks stored, coins paid and coins farmed, within capacity, purses and treasury."""
    puts = torch.clamp(torch.minimum(puts, state.vaults * plant.vault_size - state.chunks), min=0.0)
    wanted = puts * cost / plant.nano
    paid = torch.clamp(torch.minimum(wanted, plant.total_supply - state.unfarmed), min=0.0)
    puts = torch.where(paid < wanted, puts * paid / wanted, puts)
    return puts, paid, torch.minimum(gets * reward / plant.nano, state.unfarmed + paid)


def trade_in_turn(
    plant: "SafeNetwork",
    state: State,
    visitors: Tensor,
    seen: Market,
    gets: Tensor,
    puts: Tensor,
    reward: Tensor,
    multiplier: Tensor,
) -> tuple[State, Tensor, Tensor, Tensor]:
    """2 and 7, client by client (section 10): q moves and is paid within the day.

    Chunks read and stored are spread evenly over the visitors; the market has answered to the
    morning's prices.

    Returns:
        the state with the evening's q; chunks stored, coins paid and coins farmed.
    """
    puts = torch.clamp(torch.minimum(puts, state.vaults * plant.vault_size - state.chunks), min=0.0)
    heads = torch.where(visitors > 0.0, visitors, 1.0)
    rule = clients.Rule(
        proposal=plant.store_rule == "proposal",
        total=plant.total_supply,
        buffer=plant.buffer,
        step=plant.q_step * seen.write_share,
        floor=torch.zeros_like(heads) + plant.q_min,
        written=puts * multiplier / heads,
        earned=gets * reward / plant.nano / heads,
    )
    morning = clients.Purse(state.chunks_per_coin, state.paid, state.farmed, state.unfarmed)
    if plant.stepping == "client":
        evening = clients.by_events(morning, rule, visitors)
    else:
        evening = clients.by_blocks(morning, rule, visitors, plant.stepping_blocks)
    wanted = evening.paid - morning.paid
    paid = torch.clamp(torch.minimum(wanted, plant.total_supply - state.unfarmed), min=0.0)
    puts = torch.where(paid < wanted, puts * paid / wanted, puts)
    payout = torch.minimum(evening.farmed - morning.farmed, state.unfarmed + paid)
    return state._replace(chunks_per_coin=evening.q), puts, paid, payout
