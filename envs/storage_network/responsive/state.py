"""The state of the responsive storage network (model.md, section 3)."""

from math import log
from typing import NamedTuple

import torch
from torch import Tensor

from .parameters import DELAY, Parameters

Ring = tuple[Tensor, ...]
"""The last requests, (B,) each: youngest first, the last one settles in the next block."""


def in_ring(ring: Ring) -> Tensor:
    """The sum over a ring, (B,)."""
    return sum(ring[1:], start=ring[0])


class State(NamedTuple):
    """Float64 (B,) but for `time`, and the rings of five such tensors."""

    time: Tensor  # int64, blocks
    senders: Tensor  # W_i, token
    storers: Tensor  # W_k, token
    routers: Tensor  # W_r, token
    provers: Tensor  # W_p, token
    market: Tensor  # M, token, outside the network
    treasury: Tensor  # T, token
    volume: Ring  # v, messages
    escrow: Ring  # E, token, locked
    pledge: Ring  # G, token, promised: a claim, held by senders
    adopted: Tensor  # A, share of the market
    loyal: Tensor  # Y, share of the market
    route_capacity: Tensor  # K_r, message/block
    store_capacity: Tensor  # K_s, message
    prove_capacity: Tensor  # K_p, message/block
    stored: Tensor  # D, message
    effort: Tensor  # e, 0 to 1
    fake: Tensor  # f, share of the routers
    skill: Tensor  # the classifier's knowledge, 0 to 1
    memory: Tensor  # m, log of latency in blocks
    trust: Tensor  # tau, 0 to 1
    renege: Tensor  # rho, share of the senders who break their promise
    requested: Tensor  # messages wanted in the block
    served: Tensor  # messages delivered by honest routes in the block
    late: Tensor  # share of the routed messages
    lost: Tensor  # share of the wanted messages
    flagged: Tensor  # g, share of the routes
    audited: Tensor  # share of the routes
    hits: Tensor  # share of the routes: audited and fake
    wronged: Tensor  # share of pay withheld from honest routes
    faked_paid: Tensor  # share of the routes: fake and paid
    default: Tensor  # share of the price that is promised and not paid
    latency: Tensor  # L, block
    load: Tensor  # of routers, over capacity
    proof_load: Tensor  # of provers, over capacity
    route_margin: Tensor  # income over cost, real
    store_margin: Tensor
    prove_margin: Tensor
    taxed: Tensor  # token in the block
    subsidised: Tensor  # token in the block
    penalised: Tensor  # token in the block, penalty and fine
    audit_cost: Tensor  # token in the block
    recall: Tensor  # R, share of fakes that are flagged
    price: Tensor  # p, of the token in money, 1 at first
    hit_rate: Tensor  # of audits, smoothed and noisy
    random_rate: Tensor  # of random audits, smoothed and noisy
    flow: Tensor  # token/block, turnover, smoothed
    drift: Tensor  # token/block, net flow of the treasury, smoothed


def initial_state(p: Parameters, batch: int, device: torch.device | str = "cpu") -> State:
    """Block 0, (B,): the same for everybody but for parameters."""
    zero = torch.zeros(batch, dtype=torch.float64, device=device)
    turnover = p.price0 * p.volume0

    def ring(value: Tensor) -> Ring:
        return tuple(value.clone() for _ in range(DELAY))

    return State(
        time=torch.zeros(batch, dtype=torch.int64, device=device),
        senders=zero + p.purse0 * turnover,
        storers=zero + 3.0 * turnover,
        routers=zero + 3.0 * turnover,
        provers=zero + 3.0 * turnover,
        market=zero + p.market0 * turnover,
        treasury=zero + p.treasury0 * turnover,
        volume=ring(zero + p.volume0),
        escrow=ring(zero + 0.5 * turnover),
        pledge=ring(zero + 0.5 * turnover),
        adopted=zero + 0.8 * p.users0,
        loyal=zero + 0.2 * p.users0,
        route_capacity=zero + 1.5 * p.volume0,
        store_capacity=zero + 1.5 * p.volume0,
        prove_capacity=zero + 1.5 * p.volume0,
        stored=zero + 0.6 * p.volume0,
        effort=zero + p.effort0,
        fake=zero + p.fake0,
        skill=zero + p.skill0,
        memory=zero + log(9.0),
        trust=zero + 0.95,
        renege=zero + 0.05,
        requested=zero + p.volume0,
        served=zero + p.volume0,
        late=zero + 0.1,
        lost=zero + 0.1,
        flagged=zero + 0.1,
        audited=zero + 0.05,
        hits=zero.clone(),
        wronged=zero.clone(),
        faked_paid=zero + p.fake0,
        default=zero + 0.05,
        latency=zero + 9.0,
        load=zero + 0.8,
        proof_load=zero + 0.8,
        route_margin=zero + 1.0,
        store_margin=zero + 1.0,
        prove_margin=zero + 1.0,
        taxed=zero.clone(),
        subsidised=zero.clone(),
        penalised=zero.clone(),
        audit_cost=zero.clone(),
        recall=zero + 0.5,
        price=zero + 1.0,
        hit_rate=zero + 0.3,
        random_rate=zero + p.fake0,
        flow=zero + turnover,
        drift=zero.clone(),
    )
