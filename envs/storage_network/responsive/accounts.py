"""Key figures, the goals they should meet, and the ledger (model.md, section 9)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .parameters import EPSILON
from .state import State, in_ring


@dataclass(frozen=True)
class Goal:
    """A threshold of the decision-support workflow (model.md, section 9.2).

    Attributes:
        name: of the goal. figure: the sensor and metric that it bounds.
        limit, at_most: the bound, and whether it is an upper one.
        doc: one line of meaning.
    """

    name: str
    figure: str
    limit: float
    at_most: bool
    doc: str

    def met(self, value: Tensor) -> Tensor:
        """Whether the figure is within its bound, 0 or 1, (B,)."""
        inside = value <= self.limit if self.at_most else value >= self.limit
        return inside.to(torch.float64)

    def excess(self, value: Tensor) -> Tensor:
        """By how much the figure is beyond its bound, at least 0, (B,)."""
        return torch.clamp(value - self.limit if self.at_most else self.limit - value, min=0.0)


TIMELINESS = Goal("timeliness", "late", 0.05, True, "share of the routed messages that came late")
ARRIVAL = Goal("arrival", "lost", 0.02, True, "share of the wanted messages that were not delivered")
PRODUCTIVITY = Goal("productivity", "faked_paid", 0.05, True, "share of the routes that are fake and paid")
ENFORCEMENT = Goal("enforcement", "hit_rate", 0.20, False, "share of the audits that hit a fake route")
GOALS = (TIMELINESS, ARRIVAL, PRODUCTIVITY, ENFORCEMENT)


def metrics(state: State) -> dict[str, Tensor]:
    """Key figures of the moment, and of every goal whether it is met, (B,)."""
    figures = {
        "users_share": state.adopted + state.loyal,
        "requested_per_block": state.requested,
        "served_per_block": state.served,
        "latency_blocks": state.latency,
        "late": state.late,
        "lost": state.lost,
        "fake_share": state.fake,
        "faked_paid": state.faked_paid,
        "wronged": state.wronged,
        "hit_rate": state.hit_rate,
        "default": state.default,
        "trust": state.trust,
        "effort": state.effort,
        "treasury_blocks": state.treasury / (state.flow + EPSILON),
        "locked_tokens": in_ring(state.escrow),
        "token_price": state.price,
    }
    return figures | {f"{goal.name}_met": goal.met(getattr(state, goal.figure)) for goal in GOALS}


def total(state: State) -> Tensor:
    """All tokens, (B,): wallets, market, treasury and escrow. No step changes it."""
    workers = state.storers + state.routers + state.provers
    return state.senders + workers + state.market + state.treasury + in_ring(state.escrow)


def ledger(state: State) -> dict[str, Tensor]:
    """Balances by account, what is locked, and the last block's transfers, token, (B,)."""
    nothing = torch.zeros_like(state.senders)
    return {
        "balance/senders": state.senders,
        "balance/storers": state.storers,
        "balance/routers": state.routers,
        "balance/provers": state.provers,
        "balance/market": state.market,
        "balance/treasury": state.treasury,
        "lock/escrow": in_ring(state.escrow),
        "claim/pledges": in_ring(state.pledge),
        "transfer/tax": state.taxed,
        "transfer/subsidy": state.subsidised,
        "transfer/penalty_and_fine": state.penalised,
        "transfer/audits": state.audit_cost,
        "mint": nothing,
        "burn": nothing,
    }
