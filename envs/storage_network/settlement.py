"""The settlement of one message: tax, subsidy, penalty and split, as pure functions (`model.md`, 6.3 to 8).

All tensors are (B,), money is in tokens. Nothing here knows states or parameters, so that other models of
the market can settle with the same equations.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.tensors import Number


class Correction(NamedTuple):
    """What the regressor and the classifier do to a commitment."""

    tax: Tensor  # to the treasury, penalty included
    subsidy: Tensor  # from the treasury
    penalty: Tensor  # the part of the tax that punishes a fake route

    @property
    def net(self) -> Tensor:
        """What the treasury gains and the workers lose, (B,)."""
        return self.tax - self.subsidy


class Rates(NamedTuple):
    """Fractions per unit of z-gap."""

    tax: Number  # of the commitment
    subsidy_treasury: Number  # of the treasury
    subsidy_escrow: Number  # of the commitment


def regressor_tax(gap: Tensor, commitment: Tensor, rate: Number) -> Tensor:
    """Tax on a route that is slower than remembered routes let expect: gap > 0."""
    return torch.where(gap > 0.0, rate * gap * commitment, 0.0)


def regressor_subsidy(
    gap: Tensor, commitment: Tensor, treasury: Tensor, rates: Rates, combination: str
) -> Tensor:
    """Subsidy on a route that is faster: gap ≤ 0; the minimum or the sum of two offers."""
    from_treasury = rates.subsidy_treasury * gap.abs() * treasury
    from_escrow = rates.subsidy_escrow * gap.abs() * commitment
    both = from_escrow + from_treasury if combination == "sum" else torch.minimum(from_treasury, from_escrow)
    return torch.where(gap > 0.0, 0.0, both)


def correct(
    commitment: Tensor,
    gap: Tensor,
    weight: Tensor,
    treasury: Tensor,
    rates: Rates,
    order: str = "tax_first",
    combination: str = "minimum",
    bounded: bool = False,
) -> Correction:
    """Tax, subsidy and penalty on one message.

    Args:
        commitment: tokens that the sender committed. gap: actual less expected z-value.
        weight: of the penalty, the fake score to a power; 0 where nothing is classified.
        treasury: tokens before this message.
        order: "tax_first" takes the penalty of what the tax leaves, "penalty_first" the reverse.
        combination: of the subsidies, "minimum" or "sum".
        bounded: keep the weight in [0, 1], tax below the commitment, and the subsidy between 0 and the
            treasury; the original does not (Q8).
    """
    if bounded:
        weight = torch.clamp(weight, 0.0, 1.0)
    if order == "penalty_first":
        penalty = commitment * weight
        commitment = commitment - penalty
        tax = regressor_tax(gap, commitment, rates.tax)
        tax = torch.minimum(tax, commitment) if bounded else tax
    else:
        tax = regressor_tax(gap, commitment, rates.tax)
        tax = torch.minimum(tax, commitment) if bounded else tax
        penalty = (commitment - tax) * weight
    subsidy = regressor_subsidy(gap, commitment, treasury, rates, combination)
    if bounded:
        subsidy = torch.minimum(torch.clamp(subsidy, min=0.0), torch.clamp(treasury, min=0.0))
    return Correction(tax + penalty, subsidy, penalty)


def split(
    amount: Tensor, route: Number, store: Number, prove: Number | None
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """What router, storer and prover are paid, and what nobody is; a prover's share of None is the rest."""
    rest = 1.0 - route - store
    if prove is None:
        return route * amount, store * amount, rest * amount, torch.zeros_like(amount)
    return route * amount, store * amount, prove * amount, (rest - prove) * amount


class Payment(NamedTuple):
    """What a pledge brings when it is due (section 8)."""

    kept: Tensor  # bool, whether the sender could pay
    wallet: Tensor  # the sender's afterwards
    destroyed: Tensor  # tokens that vanish with a default


def redeem(wallet: Tensor, pledge: Tensor, keeps_balance: bool = False) -> Payment:
    """The sender pays its pledge in full, or defaults and loses what it has (Q11).

    Args:
        keeps_balance: a default leaves the wallet as it is instead.
    """
    kept = wallet - pledge >= 0.0
    left = wallet if keeps_balance else torch.zeros_like(wallet)
    after = torch.where(kept, wallet - pledge, left)
    return Payment(kept, after, torch.where(kept, 0.0, wallet - left))


def message_price(size: Tensor, factor: Tensor, message_cost: Number, storage_cost: Number) -> Tensor:
    """⌊size · message cost · |factor| + size · storage cost⌋ tokens (7.1)."""
    return torch.floor(size * message_cost * factor.abs() + size * storage_cost)


def persona_income(wallets: Tensor, start: Tensor, roles: Tensor, shares: Tensor) -> Tensor:
    """Net tokens of personas, (B, n): roles' incomes weighted by role weights and market shares (7.3).

    Args:
        wallets: (B, 5) of i, j, k, p, r. start: (B,) the sender's at the start.
        roles, shares: (n, 5) in the order send, store, route, receive, prove.
    """
    i, j, k, p, r = wallets.unbind(1)
    incomes = torch.stack([i - start, k, r, j, p], 1)
    return (incomes[:, None, :] * (roles * shares)).sum(2)
