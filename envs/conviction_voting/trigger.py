"""The trigger (section 5.0)."""

import torch
from torch import Tensor

from ..core.tensors import Number


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
