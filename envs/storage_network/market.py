"""The models with tokens: what a block does between ping and store (`model.md`, sections 6 to 8)."""

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Number
from . import queues, settlement
from .memory import actual_z, expected_z, fake_score, remember
from .parameters import J, P, Parameters
from .state import Queue, Solved, State, one_hot
from .storage import found_by_nearest, measure, noted, routed_by_nearest, transmitted, whole

Hop = tuple[Tensor, Tensor]  # a place in a queue, and whether a message moves from there


def normal(chance: Chance, name: str, mean: float, deviation: Number) -> Tensor:
    """A normal draw, injected as it is used: with its mean and deviation; (B,)."""
    return chance.inverse(name, lambda u: mean + deviation * 2.0**0.5 * torch.erfinv(2.0 * u - 1.0), mean)


def request(parameters: Parameters, state: State, chance: Chance) -> State:
    """i asks for a message to be found, at a price that it commits, and may already pay (6.1)."""
    p = parameters
    if p.price_law == "uniform":
        price = whole(chance, "token", 2, 100)
    else:
        factor = normal(chance, "cost_noise", 1.0, p.utility_cost_volatility)
        size = whole(chance, "message_size", 1, 100)
        price = settlement.message_price(size, factor, p.message_base_cost, p.storage_base_cost)
    if p.affordable:  # Q10
        price = torch.minimum(price, torch.clamp(state.wallets[:, 0], min=0.0))
    arrival = whole(chance, "message_size" if p.one_size else "arrival_size", 1, 100)  # Q5
    state = state._replace(price=price, arrival=arrival)
    if p.pay_at == "proof":
        return state
    return state._replace(wallets=state.wallets - price[:, None] * one_hot(torch.zeros_like(state.time), 5))


def join(parameters: Parameters, state: State, chance: Chance) -> State:
    """The message joins the active ones."""
    every = torch.ones_like(state.solved.present)
    block = (state.time + 1).to(torch.float64)
    return state._replace(active=queues.append(state.active, block, state.price, every))


def find(parameters: Parameters, state: State, chance: Chance) -> State:
    """i's upload to the nearest node, and, independently, one message from active to located (6.1)."""
    p = parameters
    sent = transmitted(state.traffic_i.sum(1), state.arrival, p.i_out_bandwidth)
    state = found_by_nearest(p, noted(state, "i", sent), sent)
    hop = _hop(p, state, state.active, p.find_pick, p.active_limit, p.find_service)
    active, located = _move(state.active, state.located, hop)
    return state._replace(active=active, located=located)


def route(parameters: Parameters, state: State, chance: Chance) -> State:
    """k's upload towards j, and, independently, one message from located to routed (6.1)."""
    p = parameters
    sent = transmitted(state.traffic_k.sum(1), state.arrival, p.k_out_bandwidth)
    state = routed_by_nearest(p, noted(state, "k", sent), sent)
    service = p.find_service + p.route_service
    hop = _hop(p, state, state.located, p.route_pick, p.located_limit, service)
    located, routed = _move(state.located, state.routed, hop)
    return state._replace(located=located, routed=routed)


def _hop(parameters: Parameters, state: State, queue: Queue, pick: int, limit: int, service: int) -> Hop:
    if parameters.fifo:
        return queues.first(queue, state.time + 1, service)
    return queues.chosen(queue, pick, limit)


def _move(source: Queue, target: Queue, hop: Hop) -> tuple[Queue, Queue]:
    place, moves = hop
    source, created, commitment = queues.withdraw(source, place, moves)
    return source, queues.append(target, created, commitment, moves)


def pre_prove(parameters: Parameters, state: State, chance: Chance) -> State:
    """The receiver proves a routed message, with its chance (6.1)."""
    place, ready = _provable(parameters, state)
    proves = chance.uniform("u_prove_j") < parameters.j_prove_likelihood
    return _solve(state, (place, ready & proves), by_stand_in=False)


def prove(parameters: Parameters, state: State, chance: Chance) -> State:
    """The stand-in proves what the receiver left (6.1)."""
    place, ready = _provable(parameters, state)
    return _solve(state, (place, ready & ~state.solved.present), by_stand_in=True)


def _provable(parameters: Parameters, state: State) -> Hop:
    p = parameters
    service = p.find_service + p.route_service + p.prove_service
    return _hop(p, state, state.routed, p.prove_pick, p.routed_limit, service)


def _solve(state: State, hop: Hop, by_stand_in: bool) -> State:
    place, moves = hop
    routed, created, commitment = queues.withdraw(state.routed, place, moves)
    old = state.solved
    return state._replace(
        routed=routed,
        solved=Solved(
            present=old.present | moves,
            created=torch.where(moves, created, old.created),
            pledge=torch.where(moves, commitment, old.pledge),
            commitment=torch.where(moves, commitment, old.commitment),
            by_stand_in=torch.where(moves, by_stand_in, old.by_stand_in),
        ),
    )


def correct(
    parameters: Parameters, state: State, chance: Chance, rates: settlement.Rates, penalty: Tensor
) -> State:
    """Regressor and classifier correct the commitment and learn the route's angle (6.3 to 6.5).

    Args:
        rates: now in force. penalty: factor on the penalty's weight, (B,).
    """
    p, solved = parameters, state.solved
    latency = (state.time + 1).to(torch.float64) - solved.created
    time = latency * normal(chance, "time_noise", 1.0, p.time_deviation)
    is_fake = _misbehaves(p, chance)
    if is_fake is not None:  # a fake route claims half the time
        time = torch.where(is_fake, 0.5 * time, time)
    angle = torch.atan2(time, state.distance)
    gap = actual_z(state.real, angle, p.extrapolates) - expected_z(state.real, angle)
    if p.classifier:
        score = fake_score(state.fake, state.real, angle)
        noisy = score + p.fake_noise * chance.uniform("u_p_hat")
        weight = penalty * score**p.penalty_exponent
    else:
        score = noisy = torch.full_like(angle, torch.nan)
        weight = torch.zeros_like(angle)
    change = settlement.correct(
        solved.pledge, gap, weight, state.treasury, rates, p.order, p.combination, p.bounded
    )
    tax, subsidy, fine = (torch.where(solved.present, one, 0.0) for one in change)
    state = _learned(p, state, angle, noisy, is_fake)

    def latest(new: Tensor, old: Tensor) -> Tensor:
        return torch.where(solved.present, new, old)

    return state._replace(
        solved=solved._replace(commitment=solved.commitment - tax + subsidy),
        treasury=state.treasury if p.pay_at == "proof" else state.treasury + tax - subsidy,
        tax=tax,
        subsidy=subsidy,
        penalty=fine,
        total_tax=state.total_tax + tax,
        total_subsidy=state.total_subsidy + subsidy,
        total_penalty=state.total_penalty + fine,
        latency=latest(latency, state.latency),
        by_stand_in=latest(solved.by_stand_in.to(torch.float64), state.by_stand_in),
        pledge=latest(solved.pledge, state.pledge),
        angle=latest(angle, state.angle),
        gap=latest(gap, state.gap),
        score=latest(score, state.score),
        noisy_score=latest(noisy, state.noisy_score),
    )


def _misbehaves(parameters: Parameters, chance: Chance) -> Tensor | None:
    """Whether the route of this block is fake, where that is simulated at all (Q23)."""
    if parameters.misbehaviour is None:
        return None
    return chance.uniform("u_fake") < parameters.misbehaviour


def _learned(
    parameters: Parameters, state: State, angle: Tensor, noisy: Tensor, is_fake: Tensor | None
) -> State:
    p, present = parameters, state.solved.present
    if not p.classifier:  # its z-values are computed anew in every block
        real = remember(state.real, angle, present, p.forgetting)
        return state._replace(real=real._replace(fresh=torch.zeros_like(real.fresh)))
    to_real, to_fake = noisy < p.fake_threshold, noisy > p.fake_threshold
    if is_fake is not None:
        to_real, to_fake = ~is_fake, is_fake
    return state._replace(
        real=remember(state.real, angle, present & to_real, p.forgetting),
        fake=remember(state.fake, angle, present & to_fake, p.forgetting),
    )


def pay(parameters: Parameters, state: State, chance: Chance) -> State:
    """The workers share the corrected commitment, if the sender has paid or now can (6.6, 8)."""
    p, solved = parameters, state.solved
    payment = settlement.redeem(state.wallets[:, 0], solved.pledge, p.keeps_balance)
    kept, wallets = solved.present, state.wallets
    destroyed, treasury, corrections, trust = state.destroyed, state.treasury, state.corrections, state.trust
    sender = one_hot(torch.zeros_like(state.time), 5)
    prover = torch.where(solved.by_stand_in, P, J)
    if p.pay_at == "proof":
        kept = solved.present & payment.kept
        wallets = torch.where(sender & solved.present[:, None], payment.wallet[:, None], wallets)
        destroyed = destroyed + torch.where(solved.present, payment.destroyed, 0.0)
        change = torch.where(kept, state.tax - state.subsidy, 0.0)
        corrections = corrections + change
        treasury = corrections + p.starting_treasury if p.counts_start else corrections  # Q12
        destroyed = destroyed + (state.treasury + change - treasury)
        workers = one_hot(prover, 5) | one_hot(state.storer, 5) | one_hot(state.router, 5)
        trust = torch.where(workers & solved.present[:, None], kept[:, None].to(torch.float64), trust)
    amount = torch.where(kept, solved.commitment, 0.0)
    *shares, unallocated = settlement.split(
        amount, p.route_allocation, p.store_allocation, p.prove_allocation
    )
    for node, share in zip((state.router, state.storer, prover), shares, strict=True):
        wallets = wallets + share[:, None] * one_hot(node, 5)
    return state._replace(
        wallets=wallets,
        treasury=treasury,
        corrections=corrections,
        trust=trust,
        destroyed=destroyed + unallocated,
        paid=state.paid + kept,
        unpaid=state.unpaid + (solved.present & ~kept),
        debt=state.debt + torch.where(solved.present & ~kept, solved.pledge, 0.0),
        solved=solved._replace(present=torch.zeros_like(solved.present)),
    )


def report(parameters: Parameters, state: State, chance: Chance) -> State:
    """Tokens in transit, of those of the start: neither a wallet nor the treasury holds them (6.7)."""
    state = measure(parameters, state, chance)
    start = parameters.i_wallet + parameters.starting_treasury
    return state._replace(transit=start - (state.treasury + state.wallets.sum(1)))
