"""The initial state (section 4). `p` holds the parameters; draws keep the names by which seeds know them."""

import torch
from torch import Tensor

from ..core.chance import Chance
from .arrivals import affinities
from .kernels.edges import no_edges
from .kernels.median import refresh
from .parameters import Parameters, column
from .state import CANDIDATE, State, existing, having, members, total_holdings
from .trigger import threshold

FIRST_RHO, FIRST_BETA = 0.001, 0.2  # of the first triggers, which decide nothing (section Q1)
CONFLICT_CHANCE, INFLUENCE_FLOOR = 0.25, 4.0  # section 11


def initial_state(p: Parameters, batch: int, chance: Chance, device: torch.device | str) -> State:
    """The state at time 0."""
    rows, columns, m0 = p.participant_slots, p.proposal_slots, p.proposals0
    blank = blank_state(p, batch, device)
    ones = torch.ones(batch, dtype=torch.float64, device=device)
    participants = torch.floor(ones * p.participants0).to(torch.int64)
    proposals = torch.full_like(participants, m0)
    funds, supply = ones * p.funds0, ones * p.supply

    mean = (p.supply0 / participants.to(torch.float64))[:, None]
    draw = chance.gamma("g_requested_genesis", 3, m0)
    asked = column(p.request0_base) + column(p.request0_scale) * draw
    liking = affinities(p, chance.uniform("u_affinity_genesis", rows, m0))
    state = blank._replace(
        funds=funds,
        supply=supply,
        effective=0.8 * (supply - funds),
        sentiment=ones * p.sentiment,
        participants=participants,
        proposals=proposals,
        holdings=mean * chance.exponential("e_holdings_genesis", rows),
        requested=pad(asked, columns),
    )
    crowd = members(state)
    state = state._replace(
        holdings=torch.where(crowd, state.holdings, 0.0),
        status=torch.where(existing(state), CANDIDATE, state.status),
        affinity=blank.affinity + torch.where(crowd[:, :, None], pad(liking, columns), 0.0),
    )
    first_trigger = threshold(
        state.requested, funds[:, None], total_holdings(state)[:, None],
        ones[:, None] * FIRST_BETA, ones[:, None] * FIRST_RHO,
    )  # fmt: skip
    state = state._replace(trigger=torch.where(existing(state), first_trigger, 0.0))
    state = bonds(p, state, chance)
    return remember_median(p, state, torch.ones_like(state.fault))


def pad(values: Tensor, width: int) -> Tensor:
    """`values` with zeros appended to the last dimension up to `width`."""
    return torch.nn.functional.pad(values, (0, width - values.shape[-1]))


def blank_state(p: Parameters, batch: int, device: torch.device | str) -> State:
    """No participant and no proposal, everything zero."""
    n, m = p.participant_slots, p.proposal_slots
    m0 = p.proposals0 if p.conflicts else 0
    heeded = n if p.influences else 0
    remembered = (n, m) if p.remembers_stakes else (0, 0)
    recorded = (n, m) if p.record_edges else (0, 0)

    def zeros(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
        return torch.zeros(batch, *shape, dtype=dtype, device=device)

    whole, flag = torch.int64, torch.bool
    return State(
        time=zeros(dtype=whole), funds=zeros(), supply=zeros(), effective=zeros(), sentiment=zeros(),
        participants=zeros(dtype=whole), proposals=zeros(dtype=whole), holdings=zeros(n),
        requested=zeros(m), status=zeros(m, dtype=whole), age=zeros(m, dtype=whole), conviction=zeros(m),
        trigger=zeros(m), staked=zeros(m), approval=zeros(m), affinity=no_edges(batch, n, m, device),
        cut=zeros(n), first=zeros(n), last=zeros(n), median_affinity=zeros(), inflow=zeros(), minted=zeros(),
        drift=zeros(), joined=zeros(), fault=zeros(dtype=flag), overflow=zeros(dtype=whole),
        moods=zeros(n if p.own_sentiment else 0), influence=zeros(heeded, heeded),
        conflict=zeros(m0, m0), tokens=zeros(*remembered), edge_conviction=zeros(*recorded),
    )  # fmt: skip


def bonds(p: Parameters, state: State, chance: Chance) -> State:
    """Own sentiment, influence and conflict (section 11).

    The original draws both kinds of edges anew for every first proposal, adding or overwriting.
    """
    n, m0 = state.slots[0], p.proposals0
    if p.own_sentiment:
        state = state._replace(moods=chance.uniform("u_mood_genesis", n))
    if p.influences:
        weight = state.influence
        crowd = members(state)
        pairs = crowd[:, :, None] & crowd[:, None, :] & ~torch.eye(n, dtype=torch.bool, device=weight.device)
        for k in range(m0):
            draw = chance.exponential(f"e_influence.{k}", n, n)
            weight = torch.where(pairs & (draw > INFLUENCE_FLOOR), draw, weight)
        state = state._replace(influence=weight)
    if p.conflicts:
        strength = state.conflict
        pairs = ~torch.eye(m0, dtype=torch.bool, device=strength.device)
        for k in range(m0):
            draw = chance.uniform(f"u_conflict.{k}", m0, m0)
            strength = torch.where(pairs & (draw < CONFLICT_CHANCE), 1.0 - draw, strength)
        state = state._replace(conflict=strength)
    return state


def remember_median(p: Parameters, state: State, stale: Tensor) -> State:
    """The cached median of affinity, anew where `stale` (B,) holds."""
    chosen = having(state, CANDIDATE) if p.median_over == "candidates" else existing(state)
    median = refresh(state.median_affinity, stale, state.affinity, members(state), chosen)
    return state._replace(median_affinity=median)
