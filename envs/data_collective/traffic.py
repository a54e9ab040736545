"""Sections 5.4 to 5.7: what is asked, what can be sent, at what price, and who sends and gets it."""

from math import inf, log
from typing import NamedTuple

import torch
from torch import Tensor

from ..core.tensors import Tensors
from .arrays import TINY, at_home, clip, deepened, over_cohorts, over_data, plus, ratio, weighted_mean
from .hosting import Choice
from .parameters import Columns
from .state import State, price

HOURS = (1.0 / 3.0, 5.0 / 12.0, 1.0 / 4.0)  # night, day, evening: shares of the day
REQUESTS = (0.15, 0.40, 0.45)  # their shares of the requests
LEAST_SATURATION = 1e-6  # that a logarithm is taken of
SMALLEST, MOST_LOG = 1e-300, 600.0  # keep logarithms finite, far from any saturation that occurs
LOAD_DAYS = 14.0
LEAST_OFFER = 0.05  # GB/day/member
LEAST_CHARGED = 0.05  # share of use, in what elasticity sees


class Demand(NamedTuple):
    """What is asked, in GB at the reference price."""

    charged: Tensor  # (B, N) share of the use that is paid for
    appetite: Tensor  # (B, N) members who ask, by what they can pay
    lacking: Tensor  # (B, N, K) interest in what one does not hold
    asked: Tensor  # (B, K) for own use
    total: Tensor  # (B, K) with what hosting begins with
    waiting: Tensor  # (B, K) with those who ask again


class Capacity(NamedTuple):
    """What can be sent."""

    stored: Tensor  # (B, N) GB that a member holds this morning
    uplink: Tensor  # (B, N) GB/day of the cohort
    sending: Tensor  # (B, N) GB/day sent of a whole datum for each GB that waits for it
    sponsor: Tensor  # (B, 1) the same of the founder's nodes
    live: Tensor  # (B, K) online copies
    available: Tensor  # (B, K) chance that a piece is online
    of_datum: Tensor  # (B, K) GB/day


class Service(NamedTuple):
    """A day of each datum, (B, K) GB: sent, sent times charge, sent times surge, and asked at the price."""

    sent: Tensor
    charged: Tensor
    surged: Tensor
    demanded: Tensor


class Flows(NamedTuple):
    """Who sends and gets it, (B, N) unless it says otherwise."""

    up: Tensor  # GB
    weight: Tensor  # GB with surge and boost
    sponsor_weight: Tensor  # (B, 1)
    down: Tensor  # GB
    counted: Tensor  # GB of it that the seed ratio counts
    fee: Tensor  # token asked
    paid: Tensor  # token
    stored: Tensor  # GB that a member holds afterwards


def ask(p: Columns, s: State, choice: Choice, popularity: Tensor, going: Tensor) -> Demand:
    """Section 5.4. Nobody asks for more than it can pay for, or for what it holds."""
    charged = 1.0 - torch.clamp(ratio(p.free_gb / 30.0 + 0.0 * s.use, s.use), max=1.0)
    afford = torch.clamp(ratio(s.balance, s.spend * (1.0 - going)), max=1.0)
    eager = torch.clamp(charged, min=LEAST_CHARGED) ** -p.elasticity
    appetite = s.members * afford * eager
    lacking = torch.addcmul(s.interest, s.interest, s.hosted, value=-1.0)
    (wanting,) = over_cohorts(lacking, appetite)
    (growing,) = over_cohorts(choice.gain, s.members)
    asked = popularity * wanting
    total = asked + s.size * p.host_speed * growing
    # Where nobody new asks, nobody is there to be sent what waits: the queue stands.
    waiting = torch.where(total > TINY, total + p.patience * s.backlog, 0.0)
    return Demand(charged, appetite, lacking, asked, total, waiting)


def offer(p: Columns, s: State, choice: Choice, levers: Tensors, waiting: Tensor) -> Capacity:
    """Section 5.5. A seed shares its uplink out over what it holds as demand waits for it."""
    offered = s.offered * s.uplink - levers["audit_rate"] * p.audit_gb
    uplink = s.members * choice.online * torch.clamp(offered, min=LEAST_OFFER)
    holding = s.members * choice.online * (1.0 - choice.fake)
    queued, stored = over_data(s.hosted, waiting, s.size)
    sending = holding * ratio(uplink, holding * queued)
    every = waiting.sum(1, keepdim=True)
    sponsor = p.sponsor_copies * ratio(p.sponsor_uplink + 0.0 * every, p.sponsor_copies * every)
    speed, live = over_cohorts(s.hosted, sending, holding)
    live = live + p.sponsor_copies
    return Capacity(
        stored, uplink, sending, sponsor, live, 1.0 - torch.exp(-live), waiting * (speed + sponsor)
    )


def serve(
    p: Columns, s: State, levers: Tensors, demand: Demand, capacity: Capacity, popularity: Tensor
) -> tuple[State, Service]:
    """Section 5.6: charge, saturation and service in closed form in each period of the day."""
    e, g = deepened(p.elasticity, 3), levers["surge_exponent"][:, :, None]
    hours = s.size.new_tensor(HOURS)[:, None]
    uneven = s.size.new_tensor(REQUESTS)[:, None] / hours
    price_ratio = torch.clamp(levers["download_price"] * price(s) / p.reference_price, min=0.0)
    price_ratio = clip(price_ratio, p.satiation, inf)[:, :, None]
    queue = torch.log(torch.clamp(ratio(demand.waiting, capacity.of_datum), min=SMALLEST))[:, None]
    base = torch.clamp(queue + torch.log(uneven) - e * torch.log(price_ratio), -MOST_LOG, MOST_LOG)
    most = torch.log(torch.as_tensor(deepened(p.surge_cap, 3), dtype=base.dtype))
    if p.pricing == "fixed_gate":
        surge = clip(g / (1.0 + g * e) * base, -most, most)
        saturation, surged = base - e * surge, torch.exp(surge)
        charged = surged
    else:
        saturation, surged = base, torch.exp(clip(g * base, -most, most))
        charged = torch.ones_like(surged)
    possible = capacity.of_datum[:, None] * hours  # (B, 3, K) GB
    wanted = torch.exp(saturation) * possible
    sent = torch.minimum(possible, capacity.available[:, None] * wanted)
    service = Service(sent.sum(1), (sent * charged).sum(1), (sent * surged).sum(1), wanted.sum(1))
    return _report(p, s, demand, capacity, service, wanted, saturation, popularity), service


def _report(
    p: Columns,
    s: State,
    demand: Demand,
    capacity: Capacity,
    service: Service,
    wanted: Tensor,
    saturation: Tensor,
    popularity: Tensor,
) -> State:
    seen = torch.clamp(saturation, min=log(LEAST_SATURATION))
    weight = wanted + SMALLEST  # where nobody asks, all periods count alike
    whole = weight.sum((1, 2))
    mean = (weight * seen).sum((1, 2)) / whole
    evening = (weight * seen)[:, -1].sum(1) / weight[:, -1].sum(1)
    saturation, demanded = torch.exp(mean)[:, None], service.demanded.sum(1, keepdim=True)
    return s._replace(
        saturation=saturation,
        peak=torch.exp(evening)[:, None],
        load=s.load + (saturation - s.load) / LOAD_DAYS,
        availability=weighted_mean(capacity.available, popularity),
        served=ratio(service.sent.sum(1, keepdim=True), demanded),
        backlog=torch.where(
            demand.waiting > 0.0,
            demand.waiting * (1.0 - ratio(service.sent, service.demanded)),
            p.patience * s.backlog,
        ),
        requested=demand.total.sum(1, keepdim=True),
        demanded=demanded,
        capacity=capacity.uplink.sum(1, keepdim=True) + p.sponsor_uplink,
        worst=capacity.available.amin(1, keepdim=True),
    )


def deliver(
    p: Columns, s: State, choice: Choice, demand: Demand, capacity: Capacity, service: Service,
    popularity: Tensor, levers: Tensors,
) -> tuple[State, Flows]:  # fmt: skip
    """Section 5.7: who sends, who gets, who pays, and what is held afterwards."""
    sent, total = service.sent, demand.total
    each, hot = (
        ratio(demand.waiting, capacity.of_datum) * sent,
        ratio(demand.waiting, capacity.of_datum) * service.surged,
    )
    up, plain = over_data(s.hosted, each, hot)
    boosted = capacity.sending * at_home(choice.boost * hot[:, None], s.hosted).sum(2)
    weight = capacity.sending * plain + boosted
    sponsor_weight = capacity.sponsor * hot.sum(1, keepdim=True)

    share, dear = ratio(sent, total), ratio(service.charged, total)
    old = (s.age >= p.freeleech_days).to(share.dtype)
    needs = (share, share * old, dear)
    own = over_data(demand.lacking, *(popularity * need for need in needs))
    new = over_data(choice.gain, *(s.size * need for need in needs))
    down, counted, charge = (
        demand.appetite * mine + p.host_speed * s.members * grown
        for mine, grown in zip(own, new, strict=True)
    )
    fee = levers["download_price"] * demand.charged * charge
    paid = torch.minimum(fee, s.balance)
    own_use = (demand.asked * share).sum(1, keepdim=True)
    state = s._replace(
        downloaded=down.sum(1, keepdim=True),
        fees=paid.sum(1, keepdim=True),
        unpaid=(fee - paid).sum(1, keepdim=True),
        balance=s.balance - paid,
        reach=ratio(own_use, s.latent),
        boosted=ratio(boosted.sum(1, keepdim=True), weight.sum(1, keepdim=True) + sponsor_weight),
        uploaded=(capacity.sending * up).sum(1, keepdim=True) + capacity.sponsor * each.sum(1, keepdim=True),
    )
    state, stored = _rehost(p, state, choice, share)
    return state, Flows(capacity.sending * up, weight, sponsor_weight, down, counted, fee, paid, stored)


def _rehost(p: Columns, s: State, choice: Choice, share: Tensor) -> tuple[State, Tensor]:
    """What is held after downloads for hosting arrived and what is wanted no more is dropped."""
    # In this order what does not arrive cancels to the last bit: a share below 0 would run away.
    arrives = torch.clamp(share, max=1.0) - 1.0
    moved = torch.addcmul(choice.change, choice.gain, arrives[:, None])
    hosted = plus(s.hosted, p.host_speed, moved)
    (stored,) = over_data(hosted, s.size)
    fits = torch.clamp(ratio(s.disk, stored), max=1.0)
    stored = stored * fits
    hosted_gb = (s.members * stored).sum(1, keepdim=True)
    return s._replace(hosted=hosted * fits[:, :, None], hosted_gb=hosted_gb), stored
