"""Block 4 (section 5.4): participants stake anew, conviction grows, candidates are killed."""

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Tensors
from .declared import Mechanism
from .edges import columns, rows, settled
from .parameters import Parameters, at_least, column
from .state import CANDIDATE, KILLED, State, having, members, stakes


def stake(economy: Parameters, state: State, rules: Mechanism, shocks: Tensors, chance: Chance) -> State:
    """Block 4."""
    crowd, candidates = members(state), having(state, CANDIDATE)
    mood = (state.moods if economy.own_sentiment else state.sentiment[:, None]) * shocks["sentiment"][:, None]
    engaged = crowd & (chance.uniform("u_engage", state.slots[0]) < column(economy.engagement) * mood)
    pull = column(economy.holdings_gain) * (mood - column(economy.sensitivity)) * state.holdings
    drift = torch.where(engaged, pull, 0.0)
    voice = torch.where(crowd, state.holdings, 0.0)
    voice = voice / torch.clamp(voice.sum(1, keepdim=True), min=1e-300)
    holdings = state.holdings + drift

    stackers = bloc(state, crowd, shocks["bloc"])
    able = crowd & (holdings > 0.0)  # without holdings no stake, and none to keep
    voice, chooses, keeps, stacks, open_, prized = settled(
        voice, able & engaged & ~stackers, able & ~engaged & ~stackers, able & stackers,
        candidates, prize(state, rules),
    )  # fmt: skip
    backing = backed(economy, state, chooses, keeps, open_)
    backing = torch.where(rows(stacks) * columns(prized) > 0.0, state.affinity, backing)

    # The tokens of a row are holdings · affinity / (affinity of what it supports).
    weight = backing.sum(2)
    share = holdings / torch.where(weight == 0.0, 1.0, weight)
    tokens = rows(share) * backing
    staked = tokens.sum(1)

    # alpha is the same on all edges, so that the sum over them obeys the law of the single edge.
    conviction = staked + rules.alpha[:, None] * state.conviction
    if economy.record_edges:
        grown = tokens + rules.alpha[:, None, None] * state.edge_conviction
        here = rows(crowd) & columns(candidates)
        conviction = torch.where(here, grown, 0.0).sum(1)
        state = state._replace(
            tokens=torch.where(here, tokens, state.tokens),
            edge_conviction=torch.where(here, grown, state.edge_conviction),
        )
    tested = state.age >= column(economy.killing_age)
    killed = candidates & tested & (staked < rules.min_supp[:, None])
    return state._replace(
        approval=torch.where(rows(voice) > 0.0, rows(voice) * state.affinity, 0.0).sum(1),
        holdings=holdings,
        drift=drift.sum(1),
        conviction=torch.where(candidates, conviction, state.conviction),
        staked=torch.where(candidates & ~killed, staked, 0.0),
        backing=backing,
        status=torch.where(killed, KILLED, state.status),
    )


def backed(economy: Parameters, state: State, chooses: Tensor, keeps: Tensor, open_: Tensor) -> Tensor:
    """Affinity on the edges that hold tokens from now on, else 0, (B, N, M).

    Args:
        chooses, keeps: 0 or 1, (B, N): the engaged choose anew, the others keep to what they back.
        open_: 0 or 1, (B, M): the candidates.
    """
    liking = state.affinity + boost(state) if economy.influences else state.affinity
    liking = torch.where(columns(open_) > 0.0, liking, -torch.inf)
    cut = at_least(column(economy.sensitivity) * liking.amax(2), column(economy.affinity_floor))
    cut = torch.where(chooses > 0.0, cut, torch.inf)
    chosen = torch.where(liking > rows(cut), state.affinity, 0.0)
    if economy.influences:  # a boost may lift a dislike above the cut; nobody stakes a negative amount
        chosen = torch.clamp(chosen, min=0.0)
    return torch.where(rows(keeps) * columns(open_) > 0.0, state.backing, chosen)


def bloc(state: State, crowd: Tensor, share: Tensor) -> Tensor:
    """The coordinated minority: that share (B,) of participants, the earliest ones, bool (B, N)."""
    rank = torch.arange(state.slots[0], device=share.device)
    return crowd & (rank < torch.floor(share * state.participants)[:, None])


def prize(state: State, rules: Mechanism) -> Tensor:
    """The proposal a bloc stakes on: the dearest candidate the trigger can pass, bool (B, M).

    Where none can pass, it is the dearest candidate, and nothing where there is none.
    """
    candidates = having(state, CANDIDATE)
    feasible = candidates & (state.requested < rules.beta[:, None] * state.funds[:, None])
    pool = torch.where(feasible.any(1, keepdim=True), feasible, candidates)
    dearest = torch.where(pool, state.requested, -torch.inf).argmax(1)
    return pool & (torch.arange(state.slots[1], device=dearest.device) == dearest[:, None])


def boost(state: State) -> Tensor:
    """What the stakes of those a participant heeds add to its affinity, (B, N, M); section 11."""
    heeded = state.influence @ stakes(state)
    weight = state.influence.sum(2) * state.holdings
    return torch.where(weight[:, :, None] > 0.0, heeded / weight[:, :, None], 0.0)
