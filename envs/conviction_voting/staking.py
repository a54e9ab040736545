"""Block 4 (section 5.4): participants stake anew, conviction grows, candidates are killed."""

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Tensors
from .declared import Mechanism
from .edges import columns, rows, settled
from .parameters import Parameters, at_least, column
from .state import CANDIDATE, KILLED, State, having, members, supported


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

    able = crowd & (holdings > 0.0)  # without holdings no stake, and none to keep
    stacks = bloc(state, crowd, shocks["bloc"])
    liking = state.affinity + boost(state) if economy.influences else state.affinity
    (open_,) = settled(torch.where(candidates, 0.0, -torch.inf))
    state = state._replace(holdings=holdings)
    chosen = choose(economy, state, rules, (liking + columns(open_)).amax(2), able, engaged, stacks)
    voice, cut, first, last = settled(voice, *chosen)
    edges = supported(liking, open_, cut, first, last)
    if economy.remembers_stakes:
        kept = (state.tokens > 0.0) & rows(able) & columns(candidates)
        edges = torch.where(rows(engaged | stacks), edges, kept)
    if economy.influences:  # a boost may lift a dislike above the cut; nobody stakes a negative amount
        edges = edges & (rows(stacks) | (state.affinity > 0.0))

    # The tokens of a row are holdings · affinity / (affinity of what it supports).
    backing = torch.where(edges, state.affinity, 0.0)
    weight = backing.sum(2)
    share = holdings / torch.where(weight == 0.0, 1.0, weight)
    tokens = rows(share) * backing
    staked = tokens.sum(1)

    # alpha is the same on all edges, so that the sum over them obeys the law of the single edge.
    conviction = staked + rules.alpha[:, None] * state.conviction
    if economy.remembers_stakes:
        here = rows(crowd) & columns(candidates)
        state = state._replace(tokens=torch.where(here, tokens, state.tokens))
    if economy.record_edges:
        grown = tokens + rules.alpha[:, None, None] * state.edge_conviction
        conviction = torch.where(here, grown, 0.0).sum(1)
        state = state._replace(edge_conviction=torch.where(here, grown, state.edge_conviction))
    tested = state.age >= column(economy.killing_age)
    killed = candidates & tested & (staked < rules.min_supp[:, None])
    return state._replace(
        approval=torch.where(rows(voice) > 0.0, rows(voice) * state.affinity, 0.0).sum(1),
        drift=drift.sum(1),
        conviction=torch.where(candidates, conviction, state.conviction),
        staked=torch.where(candidates & ~killed, staked, 0.0),
        cut=chosen.cut,
        first=chosen.first,
        last=chosen.last,
        status=torch.where(killed, KILLED, state.status),
    )


class Choice(NamedTuple):
    """What participants stake on, (B, N) each; see `State.cut`."""

    cut: Tensor
    first: Tensor
    last: Tensor


def choose(
    economy: Parameters, state: State, rules: Mechanism,
    best: Tensor, able: Tensor, engaged: Tensor, stacks: Tensor,
) -> Choice:  # fmt: skip
    """The engaged choose anew, a bloc stakes on its prize, the others keep to what they chose.

    Args:
        best: what each likes best among candidates, (B, N). able, engaged, stacks: bool (B, N).
    """
    prize, there = dearest(state, rules)
    cut = at_least(column(economy.sensitivity) * best, column(economy.affinity_floor))
    cut = torch.where(engaged, cut, state.cut)
    first = torch.where(engaged, 0, state.first)
    last = torch.where(engaged, state.proposals[:, None], state.last)
    return Choice(
        cut=torch.where(stacks, -torch.inf, cut),
        first=torch.where(stacks, prize, first),
        last=torch.where(able, torch.where(stacks, prize + there.to(torch.int64), last), 0),
    )


def bloc(state: State, crowd: Tensor, share: Tensor) -> Tensor:
    """The coordinated minority: that share (B,) of participants, the earliest ones, bool (B, N)."""
    rank = torch.arange(state.slots[0], device=share.device)
    return crowd & (rank < torch.floor(share * state.participants)[:, None])


def dearest(state: State, rules: Mechanism) -> tuple[Tensor, Tensor]:
    """The proposal a bloc stakes on, int64 (B, 1), and whether there is one, bool (B, 1).

    It is the dearest candidate that the trigger can pass, or else the dearest candidate.
    """
    candidates = having(state, CANDIDATE)
    feasible = candidates & (state.requested < rules.beta[:, None] * state.funds[:, None])
    pool = torch.where(feasible.any(1, keepdim=True), feasible, candidates)
    price = torch.where(pool, state.requested, -torch.inf)
    return price.argmax(1, keepdim=True), pool.any(1, keepdim=True)


def boost(state: State) -> Tensor:
    """What the stakes of those a participant heeds add to its affinity, (B, N, M); section 11."""
    heeded = state.influence @ state.tokens
    weight = state.influence.sum(2) * state.holdings
    return torch.where(weight[:, :, None] > 0.0, heeded / weight[:, :, None], 0.0)
