"""The evening's accounts of a network, its key figures and its ledger."""

import torch
from torch import Tensor

from ..core.tensors import Tensors
from .market import Answer, called_forth
from .parameters import NetworkParameters
from .prices import Prices
from .section_laws import section_count
from .state import Day, State, filled_share, unfarmed_share
from .trade import Deal, Visit

MONTH = 30.0  # days over which the filtered sensors look back


def open_first_day(p: NetworkParameters, state: State, prices: Prices, ratio: Tensor) -> State:
    """The initial state with the readings of a day that nobody has had yet, for those who look first."""
    seen = called_forth(p, state, ratio)
    day = state.day._replace(
        reward=prices.reward, cost=prices.cost, ratio=ratio,
        clients=seen.users_per_vault * state.vaults, read_share=seen.read_share, growth=seen.growth,
    )  # fmt: skip
    return state._replace(day=day)


def close_day(
    p: NetworkParameters,
    before: State,
    morning: Tensor,
    state: State,
    prices: Prices,
    seen: Answer,
    wanted: Visit,
    deal: Deal,
    shocks: Tensors,
) -> State:
    """8. What the day leaves behind.

    Args:
        before: as the day began. morning: vaults after any loss and before anybody came or went, (B,).
        state: once vaults have come and gone.
    """
    earned = deal.payout / morning
    state = state._replace(
        time=state.time + 1, chunks=state.chunks + deal.puts, chunks_per_coin=deal.chunks_per_coin,
        paid=state.paid + deal.paid, farmed=state.farmed + deal.payout,
        unfarmed=torch.clamp(state.unfarmed + deal.paid - deal.payout, min=0.0),
        earned=state.earned + earned, mirror=seen.mirror,
        reference_reward=seen.reference_reward, reference_cost=seen.reference_cost,
        day=Day(
            reward=prices.reward, cost=prices.cost, ratio=seen.ratio, clients=wanted.clients,
            read_share=seen.market.read_share, growth=seen.growth, gets=wanted.gets, puts=deal.puts,
            paid=deal.paid, payout=deal.payout, earned=earned, lost=state.lost - before.lost,
            left=shocks["vault_loss"],
        ),
    )  # fmt: skip
    growth = 365.0 * torch.log(state.vaults / before.vaults)
    return state._replace(
        filled_mean=_filtered(before.filled_mean, filled_share(p, state)),
        unfarmed_mean=_filtered(before.unfarmed_mean, unfarmed_share(p, state)),
        growth_mean=_filtered(before.growth_mean, growth),
    )


def _filtered(mean: Tensor, today: Tensor) -> Tensor:
    """The monthly filter that controllers read (section 11.3)."""
    return mean + (today - mean) / MONTH


def has_collapsed(p: NetworkParameters, state: State) -> Tensor:
    """Whether every vault that can leave has left, or nothing is stored any more, bool (B,)."""
    return (state.vaults <= p.vault_min) | (state.chunks <= 0.0)


def metrics(p: NetworkParameters, state: State) -> dict[str, Tensor]:
    """Key figures by name, (B,)."""
    day = state.day
    return {
        "filled": filled_share(p, state), "unfarmed": unfarmed_share(p, state),
        "reward_nanosafe": day.reward, "cost_nanosafe": day.cost, "cost_over_reward": day.ratio,
        "vaults": state.vaults, "clients": day.clients, "chunks_lost": state.lost,
        "sections": section_count(p, state),
    }  # fmt: skip


def ledger(p: NetworkParameters, state: State) -> dict[str, Tensor]:
    """Safecoin by holder, which sum to T, and the day's transfers; nothing is minted or burned."""
    none = torch.zeros_like(state.unfarmed)
    return {
        "balance/network": state.unfarmed, "balance/people": p.total_supply - state.unfarmed,
        "transfer/people_to_network": state.day.paid, "transfer/network_to_vaults": state.day.payout,
        "mint": none, "burn": none, "lock": none,
    }  # fmt: skip
