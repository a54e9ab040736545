"""Block 1 (section 5.1): arrivals, inflow, ageing, stored triggers."""

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Tensors
from .declared import Mechanism
from .parameters import Parameters, at_least
from .state import CANDIDATE, State, existing, having, members, total, total_holdings
from .trigger import threshold


def affinities(economy: Parameters, draw: Tensor) -> Tensor:
    """Affinities from uniform draws (sections 4 and 11)."""
    centred = 1.0 - 2.0 * draw
    return centred * centred if economy.affinity_law == "polarised" else -centred


def trigger_supply(economy: Parameters, state: State) -> Tensor:
    """The supply that the trigger uses, tokens (B, 1)."""
    if economy.trigger_supply == "holdings":
        return total_holdings(state)[:, None]
    return (state.effective if economy.trigger_supply == "effective" else state.supply)[:, None]


def thresholds(economy: Parameters, state: State, rules: Mechanism, funds: Tensor) -> Tensor:
    """The trigger of every slot at given funds (B,), tokens (B, M)."""
    discount = 1.0 - rules.alpha[:, None] if economy.trigger_discount else 1.0
    supply = trigger_supply(economy, state)
    return threshold(state.requested, funds[:, None], supply, rules.beta[:, None], rules.rho[:, None], discount)


def arrive(economy: Parameters, state: State, rules: Mechanism, shocks: Tensors, chance: Chance) -> State:
    """Block 1. Everything is drawn from the state in which the step begins."""
    funds = state.funds
    mood = state.sentiment * shocks["sentiment"]
    number = proposals_arriving(economy, state, shocks, chance)
    donated = inflow(economy, funds, mood, chance)
    state = welcome(economy, state, mood, shocks, chance)
    for k in range(3 if economy.proposal_law == "scarcity" else 1):
        state = propose(economy, state, rules, number > k, funds, chance, f".{k}" if k else "")
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


def inflow(economy: Parameters, funds: Tensor, mood: Tensor, chance: Chance) -> Tensor:
    """Exogenous inflow, currency (B,)."""
    if economy.inflow_law == "minted":
        return torch.zeros_like(funds)
    scale = at_least(funds * mood**2 * economy.inflow_share, economy.inflow_floor)
    return torch.where(mood > economy.inflow_switch, scale * chance.exponential("e_funds"), 0.0)


def welcome(economy: Parameters, state: State, mood: Tensor, shocks: Tensors, chance: Chance) -> State:
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

    slot = torch.arange(state.slots[0], device=joined.device) == state.participants[:, None]
    slot = slot & arrives[:, None]
    exists = existing(state)
    affinity = affinities(economy, chance.uniform("u_affinity_new_participant", state.slots[1]))
    edges = slot[:, :, None] & exists[:, None, :]
    stake = affinity * holdings[:, None]
    staking = stake > 0.0 if economy.newcomer_stakes else torch.zeros_like(exists)
    state = state._replace(
        participants=state.participants + arrives.to(torch.int64),
        holdings=torch.where(slot, holdings[:, None], state.holdings),
        affinity=torch.where(edges, affinity[:, None, :], state.affinity),
        support=torch.where(edges, staking[:, None, :], state.support),
        effective=state.effective + joined,
        joined=joined,
        overflow=state.overflow + dropped.to(torch.int64),
    )
    if economy.own_sentiment:
        born = chance.uniform("u_mood")[:, None]
        state = state._replace(moods=torch.where(slot, born, state.moods))
    if economy.record_edges:
        provisional = torch.where(staking, stake, 0.0)[:, None, :]
        state = state._replace(
            tokens=torch.where(edges, provisional, state.tokens),
            edge_conviction=torch.where(edges, 0.0, state.edge_conviction),
        )
    return state


def propose(
    economy: Parameters, state: State, rules: Mechanism, arrives: Tensor, funds: Tensor, chance: Chance, nth: str
) -> State:
    """A proposal arrives where `arrives` (B,) holds; its proposer likes it fully."""
    room = state.proposals < state.slots[1]
    dropped, arrives = arrives & ~room, arrives & room
    if economy.proposal_law == "demand":
        scale = funds * economy.request_share
        requested = economy.request_base + scale * chance.gamma(f"g_requested{nth}", 3)
    else:
        scale = rules.beta * funds / 10.0
        requested = scale / 10.0 + scale * chance.exponential(f"e_requested{nth}")
    slot = torch.arange(state.slots[1], device=funds.device) == state.proposals[:, None]
    slot = slot & arrives[:, None]

    draw = torch.floor(chance.uniform(f"proposer{nth}") * state.participants).to(torch.int64)
    liking = affinities(economy, chance.uniform(f"u_affinity_new_proposal{nth}", state.slots[0]))
    proposer = torch.arange(state.slots[0], device=funds.device) == draw[:, None]
    liking = torch.where(proposer, 1.0, liking)
    edges = slot[:, None, :] & members(state)[:, :, None]
    state = state._replace(
        proposals=state.proposals + arrives.to(torch.int64),
        requested=torch.where(slot, requested[:, None], state.requested),
        status=torch.where(slot, CANDIDATE, state.status),
        age=torch.where(slot, 0, state.age),
        conviction=torch.where(slot, 0.0, state.conviction),
        affinity=torch.where(edges, liking[:, :, None], state.affinity),
        support=state.support & ~edges,
        fault=state.fault | (arrives & (funds < 0.0)),
        overflow=state.overflow + dropped.to(torch.int64),
    )
    if economy.record_edges:
        state = state._replace(
            tokens=torch.where(edges, 0.0, state.tokens),
            edge_conviction=torch.where(edges, 0.0, state.edge_conviction),
        )
    return state


def mint(economy: Parameters, state: State, chance: Chance) -> State:
    """Version 3's block of its own: a gamma share of the supply, into treasury and supply.

    A gamma variable of small shape k is the limit of G <- (G + Exp) U^(1/k); each round divides the
    error by about 1/k, so that three rounds leave 1e-9 of the mean at k = 0.001.
    """
    share = torch.zeros_like(state.funds)
    for k in range(3):
        power = chance.uniform(f"u_mint.{k}") ** (1.0 / economy.mint_shape)
        share = (share + chance.exponential(f"e_mint.{k}")) * power
    minted = share * state.supply
    return state._replace(
        funds=state.funds + minted, supply=state.supply + minted, inflow=state.inflow + minted
    )
