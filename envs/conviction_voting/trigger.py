"""The trigger (section 5.0). `p` holds the parameters."""

import torch
from torch import Tensor

from ..core.tensors import Number
from .interface import Mechanism
from .parameters import Parameters
from .state import State, total_holdings

LOW, HIGH = 1e-4, 0.05  # range of rho, section 12
TYPICAL_SHARE = 0.03  # of the treasury that a request asks for


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


def trigger_supply(p: Parameters, state: State) -> Tensor:
    """The supply that the trigger uses, tokens (B, 1)."""
    if p.trigger_supply == "holdings":
        return total_holdings(state)[:, None]
    return (state.effective if p.trigger_supply == "effective" else state.supply)[:, None]


def thresholds(p: Parameters, state: State, rules: Mechanism, funds: Tensor) -> Tensor:
    """The trigger of every slot at given funds (B,), tokens (B, M)."""
    discount: Number = 1.0
    if p.trigger_discount != "none":
        discount = (1.0 - rules.alpha[:, None]) / (0.5 if p.trigger_discount == "relative" else 1.0)
    supply = trigger_supply(p, state)
    return threshold(
        state.requested, funds[:, None], supply, rules.beta[:, None], rules.rho[:, None], discount
    )


def relative_rho(k: float, beta: Tensor, conviction: Tensor) -> Tensor:
    """The trigger scale at which a typical request needs k times the mean conviction, (B,).

    Args:
        conviction: mean over candidates, over supply.
    """
    return torch.clamp(k * (beta - TYPICAL_SHARE) ** 2 * conviction, LOW, HIGH)
