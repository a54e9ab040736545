"""Tokens change hands: pay, then trade with the market (model.md, sections 5.4 and 5.5)."""

import torch
from torch import Tensor

from .block import Block
from .parameters import Parameters
from .state import State


def balances(p: Parameters, state: State, block: Block) -> dict[str, Tensor]:
    """All wallets after pay, and after workers sold to the market and senders bought from it."""
    asked, delivery, settled, shocks = block.asked, block.delivery, block.settled, block.shocks
    audits = block.verdict.cost
    senders = state.senders - asked.locked + delivery.back - delivery.paid
    routers = state.routers + settled.pay_route
    storers = state.storers + settled.pay_store
    provers = state.provers + settled.pay_prove + audits
    turnover = p.price0 * p.volume0 * asked.people
    affordable = p.budget * shocks["solvency"] * turnover / shocks["price"]
    missing = torch.clamp(p.purse0 * turnover * block.levers["fee"] - senders, min=0.0)
    bought = torch.minimum(torch.minimum(0.2 * state.market, affordable), missing)
    return {
        "senders": senders + bought,
        "routers": routers - p.sale * routers,
        "storers": storers - p.sale * storers,
        "provers": provers - p.sale * provers,
        "market": state.market + p.sale * (routers + storers + provers) - bought,
        "treasury": state.treasury
        + (settled.tax + settled.penalty + settled.fine - settled.subsidy - audits),
    }
