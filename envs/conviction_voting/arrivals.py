"""Block 1 (sections 5.1 and 11): arrivals, inflow, ageing, stored triggers. `p` holds the parameters."""

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Tensors
from .edges import columns, rows
from .interface import Mechanism
from .kernels.edges import with_arrivals
from .parameters import Parameters, at_least
from .state import CANDIDATE, State, existing, having, members, places, taken, total, total_holdings
from .trigger import thresholds


def affinities(p: Parameters, draw: Tensor) -> Tensor:
    """Affinities from uniform draws (sections 4 and 11)."""
    centred = 1.0 - 2.0 * draw
    return centred * centred if p.affinity_law == "polarised" else -centred


def arrive(
    p: Parameters,
    state: State,
    rules: Mechanism,
    shocks: Tensors,
    chance: Chance,
    going: Tensor | None = None,
) -> State:
    """Block 1. Everything is drawn from the state in which the step begins.

    Args:
        going: bool (B,), for whom affinities may be written in place; None for all.
    """
    funds = state.funds
    mood = state.sentiment * shocks["sentiment"]
    number = proposals_arriving(p, state, shocks, chance)
    donated = donations(p, funds, mood, chance)
    state, newcomer = welcome(p, state, mood, shocks, chance)
    proposals = []
    for k in range(3 if p.proposal_law == "scarcity" else 1):
        state, column = propose(p, state, rules, number > k, funds, chance, f".{k}" if k else "")
        proposals.append(column)
    state = connect(p, state, newcomer, proposals, going)
    state = state._replace(age=state.age + existing(state).to(torch.int64))
    stored = thresholds(p, state, rules, funds)
    state = state._replace(trigger=torch.where(having(state, CANDIDATE), stored, 0.0))
    asked = rules.inflow * p.funds0
    given = donated + asked + shocks["donation"] * p.funds0
    state = state._replace(funds=funds + given, inflow=given, minted=asked)
    return mint(p, state, chance) if p.inflow_law == "minted" else state


def proposals_arriving(p: Parameters, state: State, shocks: Tensors, chance: Chance) -> Tensor:
    """How many proposals arrive, int64 (B,)."""
    demand = total(state.requested, having(state, CANDIDATE))
    draw = chance.uniform("u_proposal")
    if p.proposal_law == "demand":
        likely = state.median_affinity / (1.0 + demand / state.funds)
        return (draw < likely * shocks["proposals"]).to(torch.int64)
    room = 1.0 - state.median_affinity
    arrives = (draw < room * state.funds / demand * shocks["proposals"]).to(torch.int64)
    return torch.where(demand == 0.0, 3, arrives * (torch.trunc(room).to(torch.int64) + 1))


class Row(NamedTuple):
    """A newcomer's edges."""

    arrives: Tensor  # bool (B,)
    place: Tensor  # int64 (B,)
    slot: Tensor  # bool (B, N)
    affinity: Tensor  # (B, M)
    stake: Tensor  # (B, M) tokens


def welcome(p: Parameters, state: State, mood: Tensor, shocks: Tensors, chance: Chance) -> tuple[State, Row]:
    """A participant may arrive, with an affinity for every proposal of any status."""
    whale = shocks["whale"] > 0.0
    arrives = (chance.uniform("u_participant") < (1.0 + mood) / p.arrival_divisor) | whale
    room = state.participants < state.slots[0]
    dropped, arrives = arrives & ~room, arrives & room

    if p.newcomer_law == "diluted":
        mean = p.newcomer_share * state.supply / torch.clamp(state.participants, min=1)
    else:
        mean = p.newcomer_share * (state.supply - state.effective)
    holdings = mean * chance.exponential("e_holdings")
    holdings = torch.where(whale, shocks["whale"] * total_holdings(state), holdings)
    joined = torch.where(arrives, holdings, 0.0)

    place = state.participants
    slot = taken(state, 0, arrives, place)
    exists = existing(state)
    affinity = affinities(p, chance.uniform("u_affinity_new_participant", state.slots[1]))
    affinity = torch.where(exists, affinity, 0.0)
    stake = affinity * holdings[:, None] if p.newcomer_stakes else torch.zeros_like(affinity)
    newcomer = Row(arrives, place, slot, affinity, stake)
    reach = state.proposals.to(torch.float64) * float(p.newcomer_stakes)  # all older proposals that it likes
    state = state._replace(
        participants=place + arrives.to(torch.int64),
        holdings=torch.where(slot, holdings[:, None], state.holdings),
        cut=torch.where(slot, 0.0, state.cut),
        first=torch.where(slot, 0.0, state.first),
        last=torch.where(slot, reach[:, None], state.last),
        effective=state.effective + joined,
        joined=joined,
        overflow=state.overflow + dropped.to(torch.int64),
    )
    if p.own_sentiment:
        born = chance.uniform("u_mood")[:, None]
        state = state._replace(moods=torch.where(slot, born, state.moods))
    return state, newcomer


class Column(NamedTuple):
    """A new proposal's edges."""

    arrives: Tensor  # bool (B,)
    place: Tensor  # int64 (B,)
    slot: Tensor  # bool (B, M)
    affinity: Tensor  # (B, N)


def propose(
    p: Parameters,
    state: State,
    rules: Mechanism,
    arrives: Tensor,
    funds: Tensor,
    chance: Chance,
    nth: str,
) -> tuple[State, Column]:
    """A proposal arrives where `arrives` (B,) holds; its proposer likes it fully."""
    room = state.proposals < state.slots[1]
    dropped, arrives = arrives & ~room, arrives & room
    if p.proposal_law == "demand":
        scale = funds * p.request_share
        requested = p.request_base + scale * chance.gamma(f"g_requested{nth}", 3)
    else:
        scale = rules.beta * funds / 10.0
        requested = scale / 10.0 + scale * chance.exponential(f"e_requested{nth}")
    place = state.proposals
    slot = taken(state, 1, arrives, place)

    draw = torch.floor(chance.uniform(f"proposer{nth}") * state.participants)
    liking = affinities(p, chance.uniform(f"u_affinity_new_proposal{nth}", state.slots[0]))
    proposer = places(state, 0) == draw[:, None]
    liking = torch.where(members(state), torch.where(proposer, 1.0, liking), 0.0)
    state = state._replace(
        proposals=place + arrives.to(torch.int64),
        requested=torch.where(slot, requested[:, None], state.requested),
        status=torch.where(slot, CANDIDATE, state.status),
        age=torch.where(slot, 0, state.age),
        conviction=torch.where(slot, 0.0, state.conviction),
        fault=state.fault | (arrives & (funds < 0.0)),
        overflow=state.overflow + dropped.to(torch.int64),
    )
    return state, Column(arrives, place, slot, liking)


def connect(
    p: Parameters, state: State, newcomer: Row, proposals: list[Column], going: Tensor | None
) -> State:
    """Writes the edges that arrivals bring. A newcomer may stake at once, on older proposals (section Q8)."""

    def written(arrives: Tensor) -> Tensor:
        return arrives if going is None else arrives & going

    arrivals = (
        written(newcomer.arrives), newcomer.place, newcomer.affinity,
        [written(column.arrives) for column in proposals],
        [column.place for column in proposals],
        [column.affinity for column in proposals],
    )  # fmt: skip
    edges = with_arrivals(state.affinity, state.proposals, *arrivals, in_place=p.in_place)
    state = state._replace(affinity=edges)
    if p.remembers_stakes:
        fresh = torch.stack([column.slot for column in proposals]).any(0)
        edges = rows(newcomer.slot) | columns(fresh)
        stake = torch.where(rows(newcomer.slot), columns(newcomer.stake), 0.0)
        state = state._replace(tokens=torch.where(edges, stake, state.tokens))
        if p.record_edges:
            state = state._replace(edge_conviction=torch.where(edges, 0.0, state.edge_conviction))
    return state


def donations(p: Parameters, funds: Tensor, mood: Tensor, chance: Chance) -> Tensor:
    """What flows into the treasury by itself, currency (B,)."""
    if p.inflow_law == "minted":
        return torch.zeros_like(funds)
    scale = at_least(funds * mood**2 * p.inflow_share, p.inflow_floor)
    return torch.where(mood > p.inflow_switch, scale * chance.exponential("e_funds"), 0.0)


def mint(p: Parameters, state: State, chance: Chance) -> State:
    """Version 3's inflow, in a block of its own: a gamma share of the supply, into treasury and supply.

    A gamma variable of small shape k is the limit of G <- (G + Exp) U^(1/k); each round divides the
    error by about 1/k, so that three rounds leave 1e-9 of the mean at k = 0.001.
    """
    share = torch.zeros_like(state.funds)
    for k in range(3):
        power = chance.uniform(f"u_mint.{k}") ** (1.0 / p.mint_shape)
        share = (share + chance.exponential(f"e_mint.{k}")) * power
    minted = share * state.supply
    return state._replace(
        funds=state.funds + minted, supply=state.supply + minted, inflow=state.inflow + minted
    )
