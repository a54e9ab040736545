"""The state of conviction-voting economies (section 2) in fixed capacity (section 9)."""

from typing import NamedTuple

import torch
from torch import Tensor

from .edges import gate, shared, supported

EMPTY, CANDIDATE, ACTIVE, COMPLETED, FAILED, KILLED = range(6)
STATUSES = ("empty", "candidate", "active", "completed", "failed", "killed")


class State(NamedTuple):
    """B economies with N participant and M proposal slots, filled in order of arrival.

    Slots from a count on are dead: nothing reads them. Where the original holds nan, `conviction` and
    `trigger` hold 0 and the status tells (section 9).
    """

    time: Tensor  # int64 (B,) steps since the initial state
    funds: Tensor  # (B,) currency in the treasury
    supply: Tensor  # (B,) tokens that exist; constant unless inflow is minted
    effective: Tensor  # (B,) tokens in circulation, as version 3 counts them
    sentiment: Tensor  # (B,) constant in version 1
    participants: Tensor  # int64 (B,) slots in use
    proposals: Tensor  # int64 (B,) slots in use
    holdings: Tensor  # (B, N) tokens
    requested: Tensor  # (B, M) currency
    status: Tensor  # int64 (B, M) index into STATUSES
    age: Tensor  # int64 (B, M) steps, whatever the status
    conviction: Tensor  # (B, M) tokens
    trigger: Tensor  # (B, M) tokens, as stored in block 1; inf when unreachable
    staked: Tensor  # (B, M) tokens on each candidate
    approval: Tensor  # (B, M) holdings-weighted mean affinity when block 4 began, in [-1, 1]
    affinity: Tensor  # (B, N, M) in [-1, 1]
    cut: Tensor  # (B, N) affinity above which a participant stakes, among the proposals
    first: Tensor  # (B, N) from this slot on,
    last: Tensor  # (B, N) before this one, those there when it chose; see `edges.supported`
    median_affinity: Tensor  # (B,) over the support edges
    inflow: Tensor  # (B,) currency that came in during the last step
    minted: Tensor  # (B,) the part of it that a lever asked for
    drift: Tensor  # (B,) tokens that engagement added to holdings in the last step, mostly negative
    joined: Tensor  # (B,) tokens that a newcomer brought in the last step
    fault: Tensor  # bool (B,) a step at which the original raises was met (sections Q7 and Q17)
    overflow: Tensor  # int64 (B,) arrivals dropped for want of a slot
    moods: Tensor  # (B, N) own sentiment; (B, 0) unless `own_sentiment`
    influence: Tensor  # (B, N, N) weight that i gives to k; (B, 0, 0) unless `influences`
    conflict: Tensor  # (B, m0, m0) harm of j's completion to c; (B, 0, 0) unless `conflicts`
    tokens: Tensor  # (B, N, M) stake on every edge; (B, 0, 0) unless `remembers_stakes`
    edge_conviction: Tensor  # (B, N, M) as the original stores it, nan included; or (B, 0, 0)

    @property
    def slots(self) -> tuple[int, int]:
        """Capacities N and M."""
        return self.holdings.shape[1], self.requested.shape[1]


# Compiled comparisons of floats, one inside the other's choice, are several times faster than those of
# integers, and than masks that are joined by `&`. So positions are floats, and so are many masks, 0 and 1.


def places(state: State, dimension: int) -> Tensor:
    """The slots' positions as floats: of participants (dimension 0) or of proposals (1)."""
    return torch.arange(state.slots[dimension], dtype=torch.float64, device=state.time.device)


def taken(state: State, dimension: int, arrives: Tensor, place: Tensor) -> Tensor:
    """The slot `place` (B,) where there is an arrival (bool, (B,)), bool (B, N) or (B, M)."""
    at = torch.where(arrives, place, -1).to(torch.float64)
    return places(state, dimension) == at[:, None]


def members(state: State) -> Tensor:
    """Which participant slots are in use, bool (B, N)."""
    return places(state, 0) < state.participants.to(torch.float64)[:, None]


def existing(state: State) -> Tensor:
    """Which proposal slots are in use, bool (B, M)."""
    return places(state, 1) < state.proposals.to(torch.float64)[:, None]


def having(state: State, status: int) -> Tensor:
    """Which proposals have a status, bool (B, M)."""
    return standing(state) == float(status)


def standing(state: State) -> Tensor:
    """The status of every slot as a float, `EMPTY` where none is in use, (B, M)."""
    return torch.where(existing(state), state.status.to(torch.float64), float(EMPTY))


def count(where: Tensor) -> Tensor:
    """How many slots of (B, ·) there are where `where` holds, float64 (B,)."""
    return where.to(torch.float64).sum(1)


def total(values: Tensor, where: Tensor) -> Tensor:
    """Sum over slots of `values` where `where` holds, (B,)."""
    return torch.where(where, values, 0.0).sum(1)


def total_holdings(state: State) -> Tensor:
    """Tokens of all participants, (B,)."""
    return total(state.holdings, members(state))


def trigger_ratio(state: State) -> Tensor:
    """Conviction over stored trigger, 0 where that is infinite and for all but candidates, (B, M)."""
    finite = having(state, CANDIDATE) & torch.isfinite(state.trigger) & (state.trigger > 0.0)
    return torch.where(finite, state.conviction / torch.where(finite, state.trigger, 1.0), 0.0)


def stakes(state: State) -> Tensor:
    """Tokens on every edge to a candidate at the end of a step, (B, N, M); section 5.4."""
    candidates = having(state, CANDIDATE)
    edges = members(state)[:, :, None] & candidates[:, None, :]
    if state.tokens.shape[1]:
        return torch.where(edges, state.tokens, 0.0)
    open_ = gate(candidates)
    chosen = supported(state.affinity, state.affinity, open_, state.cut, state.first, state.last)
    backing = torch.where(edges, chosen, 0.0)
    return shared(state.holdings, backing.sum(2))[:, :, None] * backing
