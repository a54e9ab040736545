"""Block 1 (section 5.1): arrivals, inflow, ageing, stored triggers."""

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Tensors
from .edges import append, columns, insert, rows
from .inflow import donations, mint
from .interface import Mechanism
from .parameters import Parameters
from .state import CANDIDATE, State, existing, having, members, places, taken, total, total_holdings
from .trigger import thresholds


def affinities(economy: Parameters, draw: Tensor) -> Tensor:
    """Affinities from uniform draws (sections 4 and 11)."""
    centred = 1.0 - 2.0 * draw
    return centred * centred if economy.affinity_law == "polarised" else -centred


def arrive(
    economy: Parameters,
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
    number = proposals_arriving(economy, state, shocks, chance)
    donated = donations(economy, funds, mood, chance)
    state, newcomer = welcome(economy, state, mood, shocks, chance)
    proposals = []
    for k in range(3 if economy.proposal_law == "scarcity" else 1):
        state, column = propose(economy, state, rules, number > k, funds, chance, f".{k}" if k else "")
        proposals.append(column)
    state = connect(economy, state, newcomer, proposals, going)
    state = state._replace(age=state.age + existing(state).to(torch.int64))
    stored = thresholds(economy, state, rules, funds)
    state = state._replace(trigger=torch.where(having(state, CANDIDATE), stored, 0.0))
    asked = rules.inflow * economy.funds0
    given = donated + asked + shocks["donation"] * economy.funds0
    state = state._replace(funds=funds + given, inflow=given, minted=asked)
    return mint(economy, state, chance) if economy.inflow_law == "minted" else state


def proposals_arriving(economy: Parameters, state: State, shocks: Tensors, chance: Chance) -> Tensor:
    """How many proposals arrive, int64 (B,)."""
    demand = total(state.requested, having(state, CANDIDATE))
    draw = chance.uniform("u_proposal")
    if economy.proposal_law == "demand":
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


def welcome(
    economy: Parameters, state: State, mood: Tensor, shocks: Tensors, chance: Chance
) -> tuple[State, Row]:
    """A participant may arrive, with an affinity for every proposal of any status."""
    whale = shocks["whale"] > 0.0
    arrives = (chance.uniform("u_participant") < (1.0 + mood) / economy.arrival_divisor) | whale
    room = state.participants < state.slots[0]
    dropped, arrives = arrives & ~room, arrives & room

    if economy.newcomer_law == "diluted":
        mean = economy.newcomer_share * state.supply / torch.clamp(state.participants, min=1)
    else:
        mean = economy.newcomer_share * (state.supply - state.effective)
    holdings = mean * chance.exponential("e_holdings")
    holdings = torch.where(whale, shocks["whale"] * total_holdings(state), holdings)
    joined = torch.where(arrives, holdings, 0.0)

    place = state.participants
    slot = taken(state, 0, arrives, place)
    exists = existing(state)
    affinity = affinities(economy, chance.uniform("u_affinity_new_participant", state.slots[1]))
    affinity = torch.where(exists, affinity, 0.0)
    stake = affinity * holdings[:, None] if economy.newcomer_stakes else torch.zeros_like(affinity)
    newcomer = Row(arrives, place, slot, affinity, stake)
    reach = state.proposals.to(torch.float64) * float(economy.newcomer_stakes)  # all that are not disliked
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
    if economy.own_sentiment:
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
    economy: Parameters,
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
    if economy.proposal_law == "demand":
        scale = funds * economy.request_share
        requested = economy.request_base + scale * chance.gamma(f"g_requested{nth}", 3)
    else:
        scale = rules.beta * funds / 10.0
        requested = scale / 10.0 + scale * chance.exponential(f"e_requested{nth}")
    place = state.proposals
    slot = taken(state, 1, arrives, place)

    draw = torch.floor(chance.uniform(f"proposer{nth}") * state.participants)
    liking = affinities(economy, chance.uniform(f"u_affinity_new_proposal{nth}", state.slots[0]))
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
    economy: Parameters, state: State, newcomer: Row, proposals: list[Column], going: Tensor | None
) -> State:
    """Writes the edges that arrivals bring. A newcomer may stake at once, on older proposals (Q8)."""

    def written(arrives: Tensor) -> Tensor:
        return arrives if going is None else arrives & going

    arrivals = (
        written(newcomer.arrives), newcomer.place, newcomer.affinity,
        [written(column.arrives) for column in proposals],
        [column.place for column in proposals],
        [column.affinity for column in proposals],
    )  # fmt: skip
    if economy.in_place:
        append(state.affinity, *arrivals)
    else:
        state = state._replace(affinity=insert(state.affinity, state.proposals, *arrivals))
    if economy.remembers_stakes:
        fresh = torch.stack([column.slot for column in proposals]).any(0)
        edges = rows(newcomer.slot) | columns(fresh)
        stake = torch.where(rows(newcomer.slot), columns(newcomer.stake), 0.0)
        state = state._replace(tokens=torch.where(edges, stake, state.tokens))
        if economy.record_edges:
            state = state._replace(edge_conviction=torch.where(edges, 0.0, state.edge_conviction))
    return state
