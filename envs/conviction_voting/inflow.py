"""What flows into the treasury (sections 5.1 and 11)."""

import torch
from torch import Tensor

from ..core.chance import Chance
from .parameters import Parameters, at_least
from .state import State


def donations(economy: Parameters, funds: Tensor, mood: Tensor, chance: Chance) -> Tensor:
    """Exogenous inflow, currency (B,)."""
    if economy.inflow_law == "minted":
        return torch.zeros_like(funds)
    scale = at_least(funds * mood**2 * economy.inflow_share, economy.inflow_floor)
    return torch.where(mood > economy.inflow_switch, scale * chance.exponential("e_funds"), 0.0)


def mint(economy: Parameters, state: State, chance: Chance) -> State:
    """Version 3's block of its own: a gamma share of the supply, into treasury and supply.

    A gamma variable of small shape k is the limit of G <- (G + Exp) U^(1/k); each round divides the
    error by about 1/k, so that three rounds leave 1e-9 of the mean at k = 0.001.
    """
    share = torch.zeros_like(state.funds)
    for k in range(3):
        power = chance.uniform(f"u_mint.{k}") ** (1.0 / economy.mint_shape)
        share = (share + chance.exponential(f"e_mint.{k}")) * power
    minted = share * state.supply
    return state._replace(
        funds=state.funds + minted, supply=state.supply + minted, inflow=state.inflow + minted
    )
