"""Block 4 (section 5.4): participants stake anew, conviction grows, candidates are killed."""

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Tensors
from .declared import Mechanism
from .parameters import Parameters, at_least, column
from .state import CANDIDATE, KILLED, State, having, members, stakes


def stake(economy: Parameters, state: State, rules: Mechanism, shocks: Tensors, chance: Chance) -> State:
    """Block 4."""
    rows, candidates = members(state), having(state, CANDIDATE)
    mood = (state.moods if economy.own_sentiment else state.sentiment[:, None]) * shocks["sentiment"][:, None]
    engaged = rows & (chance.uniform("u_engage", state.slots[0]) < column(economy.engagement) * mood)
    pull = column(economy.holdings_gain) * (mood - column(economy.sensitivity)) * state.holdings
    drift = torch.where(engaged, pull, 0.0)
    state = state._replace(
        approval=approval(state, rows), holdings=state.holdings + drift, drift=drift.sum(1)
    )
    edges = supported(economy, state, rows, candidates, engaged)
    edges = torch.where(bloc(state, rows, shocks["bloc"])[:, :, None], prize(state, rules)[:, None, :], edges)

    # The tokens of a row are holdings · affinity / (affinity of what it supports).
    liked = torch.where(edges, state.affinity, 0.0)
    weight = liked.sum(2)
    share = state.holdings / torch.where(weight == 0.0, 1.0, weight)
    tokens = torch.where(edges, share[:, :, None] * liked, 0.0)
    staked = tokens.sum(1)

    # alpha is the same on all edges, so that the sum over them obeys the law of the single edge.
    conviction = staked + rules.alpha[:, None] * state.conviction
    if economy.record_edges:
        grown = tokens + rules.alpha[:, None, None] * state.edge_conviction
        here = candidates[:, None, :] & rows[:, :, None]
        conviction = torch.where(here, grown, 0.0).sum(1)
        state = state._replace(
            tokens=torch.where(here, tokens, state.tokens),
            edge_conviction=torch.where(here, grown, state.edge_conviction),
        )
    tested = state.age >= column(economy.killing_age)
    killed = candidates & tested & (staked < rules.min_supp[:, None])
    return state._replace(
        conviction=torch.where(candidates, conviction, state.conviction),
        staked=torch.where(candidates & ~killed, staked, 0.0),
        support=tokens > 0.0,
        status=torch.where(killed, KILLED, state.status),
    )


def approval(state: State, rows: Tensor) -> Tensor:
    """Holdings-weighted mean affinity for every proposal slot, (B, M); section 12."""
    voice = torch.where(rows, state.holdings, 0.0)
    weight = voice / torch.clamp(voice.sum(1, keepdim=True), min=1e-300)
    return torch.where(rows[:, :, None], weight[:, :, None] * state.affinity, 0.0).sum(1)


def supported(
    economy: Parameters, state: State, rows: Tensor, candidates: Tensor, engaged: Tensor
) -> Tensor:
    """Who supports which candidate, bool (B, N, M): the engaged choose anew, the others keep to theirs."""
    liking = state.affinity + boost(state) if economy.influences else state.affinity
    best = torch.where(candidates[:, None, :], liking, -torch.inf).amax(2)
    cut = at_least(column(economy.sensitivity) * best, column(economy.affinity_floor))
    chosen = torch.where(engaged[:, :, None], liking > cut[:, :, None], state.support)
    return chosen & candidates[:, None, :] & rows[:, :, None]


def boost(state: State) -> Tensor:
    """What the stakes of those a participant heeds add to its affinity, (B, N, M); section 11."""
    heeded = state.influence @ stakes(state)
    weight = state.influence.sum(2) * state.holdings
    return torch.where(weight[:, :, None] > 0.0, heeded / weight[:, :, None], 0.0)


def bloc(state: State, rows: Tensor, share: Tensor) -> Tensor:
    """The coordinated minority: that share (B,) of participants, the earliest ones, bool (B, N)."""
    rank = torch.arange(state.slots[0], device=share.device)
    return rows & (rank < torch.floor(share * state.participants)[:, None])


def prize(state: State, rules: Mechanism) -> Tensor:
    """The proposal a bloc stakes on: the dearest candidate the trigger can pass, bool (B, M).

    Where none can pass, it is the dearest candidate, and nothing where there is none.
    """
    candidates = having(state, CANDIDATE)
    feasible = candidates & (state.requested < rules.beta[:, None] * state.funds[:, None])
    pool = torch.where(feasible.any(1, keepdim=True), feasible, candidates)
    dearest = torch.where(pool, state.requested, -torch.inf).argmax(1)
    return pool & (torch.arange(state.slots[1], device=dearest.device) == dearest[:, None])
