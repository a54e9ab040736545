"""Messages are delivered, paid for and settled (model.md, section 5.4)."""

from typing import NamedTuple

import torch
from torch import Tensor

from ...core.tensors import Number, Tensors
from .laws import cope
from .parameters import EPSILON, Parameters
from .requests import Request
from .routing import Route, Verdict
from .state import State


class Delivery(NamedTuple):
    """What became of the messages that were due, (B,)."""

    fill: Tensor  # of storage, over capacity
    proof_load: Tensor  # over capacity
    ok: Tensor  # share of the messages
    default: Tensor  # d, share of what is due that is not paid
    back: Tensor  # token, escrow of what failed
    paid: Tensor  # token, out of senders' wallets
    commitment: Tensor  # C, token, what the workers share out


class Rates(NamedTuple):
    """What decides on a settlement beside its amounts, (B,)."""

    tax: Number  # per unit of slowness
    subsidy: Number  # s_E, per unit of fastness
    treasury_share: Number  # s_T
    route_share: Number  # x_r
    store_share: Number  # of the rest
    fine: Number  # share of a caught route's pay


class Withheld(NamedTuple):
    """Shares of pay withheld, (B,)."""

    fake: Tensor  # w_f
    honest: Tensor  # w_h


class Settlement(NamedTuple):
    """Tokens moved, (B,)."""

    tax: Tensor
    subsidy: Tensor
    penalty: Tensor
    fine: Tensor
    pay_route: Tensor
    pay_store: Tensor
    pay_prove: Tensor


def deliver(p: Parameters, state: State, asked: Request, routes: Route) -> Delivery:
    """Storage, proof and routing each cope with their load; then promises are kept or not."""
    due_volume, due_escrow, due_pledge = state.volume[-1], state.escrow[-1], state.pledge[-1]
    fill = state.stored / (state.store_capacity + EPSILON)
    proof_load = due_volume / (state.prove_capacity + EPSILON)
    ok = cope(fill) * 0.99 * cope(proof_load) * routes.routed
    purse = state.senders - asked.locked
    due = due_pledge * ok
    unable = _above(due + EPSILON, 0.25 * purse + EPSILON)
    default = 1.0 - (1.0 - p.accident) * (1.0 - state.renege) * (1.0 - unable)
    paid = torch.minimum(due * (1.0 - default), 0.9 * purse)
    back = (1.0 - ok) * due_escrow
    return Delivery(fill, proof_load, ok, default, back, paid, due_escrow * ok + paid)


def _above(x: Tensor, y: Tensor) -> Tensor:
    """σ(4 (ln x − ln y)) of positive numbers."""
    a, b = x * x, y * y
    return a * a / (a * a + b * b)


def withhold(levers: Tensors, verdict: Verdict) -> Withheld:
    """The penalty falls on flagged routes; an audit clears the honest ones."""
    penalty = levers["penalty"]
    return Withheld(penalty * verdict.recall, penalty * verdict.wrong * (1.0 - verdict.cleared))


def settle(
    commitment: Tensor,
    treasury: Tensor,
    slow: Tensor,
    fast: Tensor,
    fake: Number,
    caught: Number,
    withheld: Withheld,
    rates: Rates,
) -> Settlement:
    """Taxes and subsidises by speed, withholds penalties, and shares out the rest among the roles.

    One message with the z-gap g, settled as slow = max(g, 0), fast = max(−g, 0), fake = 1, caught = 0
    and its penalty weight withheld, is what the classifier model does in its order "tax and subsidy
    first", as long as neither bound of one half binds.

    Args:
        commitment, treasury: token, (B,). slow, fast: mean deviations, (B,).
        fake, caught: share of fake routes, and share of those that audits catch.
    """
    tax = torch.minimum(rates.tax * slow * commitment, 0.5 * commitment)
    from_treasury = torch.clamp(rates.treasury_share * fast, max=0.5) * treasury
    subsidy = torch.minimum(from_treasury, rates.subsidy * fast * commitment)
    taxed = commitment - tax
    penalty = taxed * (fake * withheld.fake + (1.0 - fake) * withheld.honest)
    net = taxed - penalty + subsidy
    fine = rates.route_share * taxed * fake * caught * (1.0 - withheld.fake) * rates.fine
    for_route = rates.route_share * net
    for_store = (1.0 - rates.route_share) * rates.store_share * net
    return Settlement(tax, subsidy, penalty, fine, for_route - fine, for_store, net - for_route - for_store)
