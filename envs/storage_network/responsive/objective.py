"""The score of a block: which terms there are, and what each task weighs (model.md, section 9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from ...core.objective import Objective, tolerance
from ...core.tensors import Tensors
from .accounts import ARRIVAL, ENFORCEMENT, GOALS, PRODUCTIVITY, TIMELINESS
from .parameters import EPSILON, Parameters
from .state import State, in_ring

TREASURY_BAND = (1.0986, 2.0794)  # ln 3 and ln 8 with the four digits that the reference traces have

MEANINGS: Mapping[str, str] = {
    "timeliness": "late messages up to 0.05 of the routed ones; 0 at 0.35 more",
    "arrival": "lost messages up to 0.04 of the wanted ones; 0 at 0.40 more",
    "productivity": "fake and paid routes up to 0.03 of all; 0 at 0.20 more",
    "enforcement": "audits in vain up to 0.01 of the routes; 0 at 0.15 more",
    "justice": "pay withheld from honest routes up to 0.005; 0 at 0.06 more",
    "treasury": "ln(treasury/turnover + 0.001) from 1.0986 (ln 3) to 2.0794 (ln 8); 0 at 1.6 from it",
    "restraint": "tax + subsidy + penalty + fine up to 0.05 of turnover; 0 at 0.45 more",
    "fairness": "least margin of the three roles at least 0.9; 0 at 0.3",
    "solvency": "defaults up to 0.03 of the price; 0 at 0.25 more",
    "liquidity": "escrow up to 0.02 of what senders own, escrow included; 0 at 0.25 more",
    "growth": "messages served in a block over 2.6, at most 1",
    "thrift": "audit cost up to 0.005 of turnover; 0 at 0.04 more",
}
COSTS: Mapping[str, str] = {
    TIMELINESS.figure: f"timeliness: {TIMELINESS.doc}",
    ARRIVAL.figure: f"arrival: {ARRIVAL.doc}",
    PRODUCTIVITY.figure: f"productivity: {PRODUCTIVITY.doc}",
    "missed_hits": f"enforcement: by how much the {ENFORCEMENT.doc} is below {ENFORCEMENT.limit:g}",
}


def terms(state: State) -> dict[str, Tensor]:
    """Every term, in [0, 1], from the state after a block, (B,)."""
    flow = state.flow + EPSILON
    escrow = in_ring(state.escrow)
    margin = torch.minimum(torch.minimum(state.route_margin, state.store_margin), state.prove_margin)
    moved = state.taxed + state.subsidised + state.penalised
    return {
        "timeliness": tolerance(state.late, 0.0, 0.05, 0.35),
        "arrival": tolerance(state.lost, 0.0, 0.04, 0.40),
        "productivity": tolerance(state.faked_paid, 0.0, 0.03, 0.20),
        "enforcement": tolerance(state.audited - state.hits, 0.0, 0.01, 0.15),
        "justice": tolerance(state.wronged, 0.0, 0.005, 0.06),
        "treasury": tolerance(torch.log(state.treasury / flow + 0.001), *TREASURY_BAND, 1.6),
        "restraint": tolerance(moved / flow, 0.0, 0.05, 0.45),
        "fairness": tolerance(margin, 0.9, 10.0, 0.6),
        "solvency": tolerance(state.default, 0.0, 0.03, 0.25),
        "liquidity": tolerance(escrow / (state.senders + escrow + EPSILON), 0.0, 0.02, 0.25),
        "growth": torch.clamp(state.served / 2.6, max=1.0),
        "thrift": tolerance(state.audit_cost / flow, 0.0, 0.005, 0.04),
    }


@dataclass(frozen=True)
class Service(Objective):
    """The weighted mean of the terms that a task names."""

    weights: Mapping[str, float]
    cost_limits: ClassVar[Mapping[str, float]] = {
        **{goal.figure: goal.limit for goal in GOALS if goal.at_most},
        "missed_hits": 0.0,
    }
    meanings: ClassVar[Mapping[str, str]] = {**MEANINGS, **COSTS}

    def terms(self, economy: Parameters, before: State, after: State, moves: Tensors) -> dict[str, Tensor]:
        """The weighted terms alone."""
        every = terms(after)
        return {name: every[name] for name in self.weights}

    def costs(self, economy: Parameters, after: State) -> dict[str, Tensor]:
        """The figures of the goals, for constrained learning; enforcement as what is missing."""
        return {
            **{goal.figure: getattr(after, goal.figure) for goal in GOALS if goal.at_most},
            "missed_hits": ENFORCEMENT.excess(after.hit_rate),
        }


ROUTER = Service(
    {
        "timeliness": 0.22, "arrival": 0.18, "productivity": 0.12, "enforcement": 0.08, "justice": 0.14,
        "treasury": 0.14, "restraint": 0.12,
    }
)  # fmt: skip
ESCROW = Service(
    {
        "arrival": 0.25, "enforcement": 0.10, "fairness": 0.10, "solvency": 0.20, "liquidity": 0.10,
        "growth": 0.25,
    }
)  # fmt: skip
STEWARD = Service(
    {
        "timeliness": 0.13, "arrival": 0.13, "productivity": 0.08, "enforcement": 0.05, "justice": 0.08,
        "treasury": 0.09, "restraint": 0.06, "fairness": 0.08, "solvency": 0.07, "liquidity": 0.06,
        "growth": 0.17,
    }
)  # fmt: skip
