"""Blocks 2 and 3 (sections 5.2 and 5.3): outcomes of active proposals, and funding.

`p` holds the parameters.
"""

import torch
from torch import Tensor

from ..core.chance import Chance
from .interface import Mechanism
from .kernels.release import trim
from .parameters import Parameters, column
from .state import ACTIVE, CANDIDATE, COMPLETED, FAILED, State, existing, having, total
from .trigger import thresholds


def conclude(p: Parameters, state: State, chance: Chance) -> State:
    """Block 2: active proposals may complete, or else fail."""
    size, slots = torch.log(state.requested), state.slots[1]
    completing = 1.0 / (column(p.base_completion_rate) + size)
    failing = 1.0 / (column(p.base_failure_rate) + size)
    # Nobody's chance is as low as 0, which no draw is below.
    completing = torch.where(having(state, ACTIVE), completing, 0.0)
    completes = chance.uniform("u_complete", slots) < completing
    failing = torch.where(having(state, ACTIVE), torch.where(completes, 0.0, failing), 0.0)
    fails = chance.uniform("u_fail", slots) < failing
    status = torch.where(completes, COMPLETED, torch.where(fails, FAILED, state.status))
    state = state._replace(status=status)
    if p.conflicts:
        state = harm(state, completes)
    if p.sentiment_moves:
        ended = (completes | fails).any(1)
        net = completes.sum(1) - fails.sum(1)
        state = state._replace(sentiment=torch.where(ended, felt(state.sentiment, net), state.sentiment))
    return state


def felt(sentiment: Tensor, force: Tensor) -> Tensor:
    """Sentiment (B,) after a force (B,) in versions 2 and 3 (section 11)."""
    return torch.clamp(0.75 * sentiment + 0.25 * force, 0.0, 1.0)


def harm(state: State, completes: Tensor) -> State:
    """Completion of one of the first proposals lowers everyone's affinity for those in conflict (section 11)."""
    first = state.conflict.shape[1]
    factors = torch.where(completes[:, :first, None], 1.0 - state.conflict, 1.0).prod(1)
    rest = torch.ones_like(state.requested[:, first:])
    return state._replace(affinity=state.affinity * torch.cat([factors, rest], dim=1)[:, None, :])


def fund(p: Parameters, state: State, rules: Mechanism) -> State:
    """Block 3: candidates whose conviction exceeds the trigger are paid from the treasury."""
    bar = thresholds(p, state, rules, state.funds)
    grown = torch.where(state.age > rules.tmin[:, None], state.conviction, -torch.inf)
    passes = torch.where(having(state, CANDIDATE), grown, -torch.inf) > bar
    neighbours = p.trimming == "neighbours"
    accepted, fault = trim(
        passes, state.requested, state.conviction, state.funds, existing(state), neighbours
    )
    state = state._replace(
        status=torch.where(accepted, ACTIVE, state.status),
        conviction=torch.where(accepted, 0.0, state.conviction),
        funds=state.funds - total(state.requested, accepted),
        fault=state.fault | fault,
    )
    if p.refresh_triggers:
        stored = thresholds(p, state, rules, state.funds)
        state = state._replace(trigger=torch.where(having(state, CANDIDATE), stored, state.trigger))
    if p.sentiment_moves:
        count = accepted.sum(1)
        state = state._replace(
            sentiment=torch.where(count > 0, felt(state.sentiment, count), state.sentiment)
        )
    if p.remembers_stakes:
        state = state._replace(tokens=torch.where(accepted[:, None, :], 0.0, state.tokens))
    if p.record_edges:
        spent = torch.where(accepted[:, None, :], torch.nan, state.edge_conviction)
        state = state._replace(edge_conviction=spent)
    return state
