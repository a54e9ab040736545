"""Equations on the edges, (B, N, M): who supports what, and with how many tokens (section 5.4).

`kernels` hold what makes them fast.
"""

import torch
from torch import Tensor


def rows(values: Tensor) -> Tensor:
    """(B, N) as it broadcasts over edges."""
    return values[:, :, None]


def columns(values: Tensor) -> Tensor:
    """(B, M) as it broadcasts over edges."""
    return values[:, None, :]


def gate(candidates: Tensor) -> Tensor:
    """What added to a liking keeps candidates (bool, (B, M)) and bars all others: 0 and -inf, float64."""
    return torch.where(candidates, 0.0, -torch.inf).to(torch.float64)


def favoured(
    liking: Tensor, open_: Tensor, anew: Tensor, sensitivity: Tensor, floor: Tensor, cut: Tensor
) -> Tensor:
    """The cut (B, N) of every participant: a new one for those who choose anew.

    Args:
        liking: affinity, with what influence adds, (B, N, M). open_: see `gate`, (B, M).
        anew: 1 for those who choose anew, else 0, (B, N). cut: that of the others, (B, N).
        sensitivity, floor: (B, 1).
    """
    best = (liking + columns(open_)).amax(2)
    return torch.where(anew > 0.0, torch.maximum(sensitivity * best, floor), cut)


def supported(
    values: Tensor, liking: Tensor, open_: Tensor, cut: Tensor, first: Tensor, last: Tensor
) -> Tensor:
    """`values` (B, N, M) on the edges that choices support, else 0.

    A choice takes those whom it likes more than a cut, of the candidates of its moment. From then on it
    only loses the ones who are candidates no more, so that cut and moment are all there is to remember.

    Args:
        liking, open_: see `favoured`. cut, first, last: (B, N), see `State`.
    """
    place = torch.arange(liking.shape[2], dtype=torch.float64, device=liking.device)
    above = torch.where(liking + columns(open_) > rows(cut), values, 0.0)
    begun = torch.where(place >= rows(first), above, 0.0)  # a compiled & of masks is slow
    return torch.where(place < rows(last), begun, 0.0)


def shared(holdings: Tensor, weight: Tensor) -> Tensor:
    """Tokens per unit of affinity, (B, N), of those who support affinities that sum to `weight` (B, N)."""
    return holdings / torch.where(weight == 0.0, 1.0, weight)


def restake(
    affinity: Tensor, open_: Tensor, anew: Tensor, sensitivity: Tensor, floor: Tensor, cut: Tensor,
    first: Tensor, last: Tensor, holdings: Tensor, voice: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """Everybody's stakes where nothing but a choice says who supports whom (section 5.4).

    Args:
        holdings: tokens (B, N). voice: share of all holdings, (B, N). The others: see `supported`.

    Returns:
        cut (B, N); tokens staked on each proposal (B, M); mean affinity by `voice` (B, M).
    """
    cut = favoured(affinity, open_, anew, sensitivity, floor, cut)
    weight = supported(affinity, affinity, open_, cut, first, last).sum(2)
    tokens = rows(shared(holdings, weight)) * affinity
    staked = supported(tokens, affinity, open_, cut, first, last).sum(1)
    return cut, staked, (rows(voice) * affinity).sum(1)
