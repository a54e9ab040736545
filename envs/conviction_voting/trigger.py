"""The trigger (section 5.0)."""

import torch
from torch import Tensor

from ..core.tensors import Number
from .declared import Mechanism
from .parameters import Parameters
from .state import State, total_holdings


def threshold(
    requested: Tensor,
    funds: Tensor,
    supply: Tensor,
    beta: Tensor,
    rho: Tensor,
    discount: Number = 1.0,
) -> Tensor:
    """Conviction a request must exceed, tokens; inf where it asks for `beta` of the funds or more.

    Args:
        requested, funds: currency; supply: tokens. All broadcast.
        discount: 1 in version 1, 1 - alpha in versions 2 and 3.
    """
    share = requested / funds
    reach = beta - share
    return torch.where(share < beta, rho * supply / (reach * reach) / discount, torch.inf)


def trigger_supply(economy: Parameters, state: State) -> Tensor:
    """The supply that the trigger uses, tokens (B, 1)."""
    if economy.trigger_supply == "holdings":
        return total_holdings(state)[:, None]
    return (state.effective if economy.trigger_supply == "effective" else state.supply)[:, None]


def thresholds(economy: Parameters, state: State, rules: Mechanism, funds: Tensor) -> Tensor:
    """The trigger of every slot at given funds (B,), tokens (B, M)."""
    discount: Number = 1.0
    if economy.trigger_discount != "none":
        discount = (1.0 - rules.alpha[:, None]) / (0.5 if economy.trigger_discount == "relative" else 1.0)
    supply = trigger_supply(economy, state)
    return threshold(
        state.requested, funds[:, None], supply, rules.beta[:, None], rules.rho[:, None], discount
    )
