"""Block 4 (section 5.4): participants stake anew, conviction grows, candidates are killed.

`p` holds the parameters.
"""

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Number, Tensors, filled
from .edges import columns, favoured, gate, rows, shared, supported
from .interface import Mechanism
from .kernels.edges import restake_live
from .parameters import Parameters, column
from .state import CANDIDATE, KILLED, State, having, members, places


def stake(p: Parameters, state: State, rules: Mechanism, shocks: Tensors, chance: Chance) -> State:
    """Block 4."""
    crowd, candidates = members(state), having(state, CANDIDATE)
    mood = (state.moods if p.own_sentiment else state.sentiment[:, None]) * shocks["sentiment"][:, None]
    engaged = crowd & (chance.uniform("u_engage", state.slots[0]) < column(p.engagement) * mood)
    pull = column(p.holdings_gain) * (mood - column(p.sensitivity)) * state.holdings
    drift = torch.where(engaged, torch.maximum(pull, -state.holdings), 0.0)  # nobody loses what it lacks
    voice = torch.where(crowd, state.holdings, 0.0)
    voice = voice / torch.clamp(voice.sum(1, keepdim=True), min=1e-300)
    before, state = state, state._replace(holdings=state.holdings + drift, drift=drift.sum(1))

    # The engaged choose anew, a bloc stakes on its prize, the others keep to what they chose.
    able = crowd & (state.holdings > 0.0)  # without holdings no stake, and none to keep
    stacks = bloc(state, crowd, shocks["bloc"])
    anew = engaged & ~stacks
    prize, there = dearest(state, rules)
    reach = state.proposals.to(torch.float64)[:, None]
    first = torch.where(stacks, prize, torch.where(anew, 0.0, state.first))
    last = torch.where(stacks, prize + there, torch.where(anew, reach, state.last))
    last = torch.where(able, last, 0.0)
    cut = torch.where(stacks, -torch.inf, state.cut)
    state = state._replace(first=first, last=last)

    open_ = gate(candidates)
    floor = as_column(voice, p.affinity_floor)
    choice = (anew.to(torch.float64), as_column(voice, p.sensitivity), floor, cut, first, last)
    if p.remembers_stakes:
        liking = state.affinity + boost(before) if p.influences else state.affinity
        keeps = able & ~engaged & ~stacks
        state, staked, conviction = remembered(p, state, rules, liking, open_, keeps, *choice)
        approval = (rows(voice) * state.affinity).sum(1)
    else:
        cut, staked, approval = restake_live(
            state.proposals, state.affinity, open_, *choice, state.holdings, voice
        )
        # alpha is the same on all edges, so that the sum over them obeys the law of the single edge.
        conviction = staked + rules.alpha[:, None] * state.conviction
        state = state._replace(cut=cut)
    tested = torch.where(state.age >= column(p.killing_age), staked, torch.inf)
    killed = torch.where(candidates, tested, torch.inf) < rules.min_supp[:, None]
    return state._replace(
        approval=approval,
        conviction=torch.where(candidates, conviction, state.conviction),
        staked=torch.where(candidates, torch.where(killed, 0.0, staked), 0.0),
        status=torch.where(killed, KILLED, state.status),
    )


def as_column(like: Tensor, number: Number) -> Tensor:
    """A parameter as a tensor (B, 1), for people or proposals `like` (B, ·)."""
    return filled(like[:, :1], column(number))


def remembered(
    p: Parameters, state: State, rules: Mechanism, liking: Tensor, open_: Tensor, keeps: Tensor,
    anew: Tensor, sensitivity: Tensor, floor: Tensor, cut: Tensor, first: Tensor, last: Tensor,
) -> tuple[State, Tensor, Tensor]:  # fmt: skip
    """As `edges.restake`, with stakes kept edge by edge: who keeps to a choice supports what holds tokens.

    Args:
        liking: (B, N, M). keeps: bool (B, N). The others: see `edges.supported`.

    Returns:
        the state; tokens staked on each proposal, and conviction, (B, M).
    """
    cut = favoured(liking, open_, anew, sensitivity, floor, cut)
    backing = supported(state.affinity, liking, open_, cut, first, last)
    if p.influences:  # a boost may lift a dislike above the cut; nobody stakes a negative amount
        backing = torch.clamp(backing, min=0.0)
    held = (state.tokens > 0.0) & (columns(open_) == 0.0)
    backing = torch.where(rows(keeps), torch.where(held, state.affinity, 0.0), backing)
    tokens = rows(shared(state.holdings, backing.sum(2))) * backing
    here = rows(members(state)) & (columns(open_) == 0.0)
    state = state._replace(cut=cut, tokens=torch.where(here, tokens, state.tokens))
    staked = tokens.sum(1)
    if not p.record_edges:
        return state, staked, staked + rules.alpha[:, None] * state.conviction
    grown = torch.where(here, tokens + rules.alpha[:, None, None] * state.edge_conviction, 0.0)
    state = state._replace(edge_conviction=torch.where(here, grown, state.edge_conviction))
    return state, staked, grown.sum(1)


def bloc(state: State, crowd: Tensor, share: Tensor) -> Tensor:
    """The coordinated minority: that share (B,) of participants, the earliest ones, bool (B, N)."""
    size = torch.floor(share * state.participants)
    return crowd & (places(state, 0) < size[:, None])


def dearest(state: State, rules: Mechanism) -> tuple[Tensor, Tensor]:
    """The proposal a bloc stakes on, and 1 if there is one, else 0; (B, 1) each, float64.

    It is the dearest candidate that the trigger can pass, or else the dearest candidate.
    """
    candidates = having(state, CANDIDATE)
    passable = candidates & (state.requested < rules.beta[:, None] * state.funds[:, None])
    pool = torch.where(passable.any(1, keepdim=True), passable, candidates)
    price = torch.where(pool, state.requested, -torch.inf)
    there = pool.any(1, keepdim=True)
    return price.argmax(1, keepdim=True).to(torch.float64), there.to(torch.float64)


def boost(state: State) -> Tensor:
    """What the stakes of those a participant heeds add to its affinity, (B, N, M); section 11."""
    heeded = state.influence @ state.tokens
    weight = state.influence.sum(2) * state.holdings
    return torch.where(weight[:, :, None] > 0.0, heeded / weight[:, :, None], 0.0)
