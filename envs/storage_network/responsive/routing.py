"""What is due is routed, classified and audited (model.md, sections 5.2 and 5.3)."""

from typing import NamedTuple

import torch
from torch import Tensor

from ...core.chance import Chance
from ...core.tensors import Tensors
from .laws import cope, density, logarithm, probability_below
from .parameters import EPSILON, Parameters
from .state import State


class Route(NamedTuple):
    """How the routes of a block went, (B,)."""

    load: Tensor  # over capacity
    routed: Tensor  # share of the messages
    latency: Tensor  # L, block
    surprise: Tensor  # u, log of latency, noise included, less its memory
    late: Tensor  # share
    slow: Tensor  # E[z+], mean slowness in deviations
    fast: Tensor  # E[z-], mean fastness in deviations
    share_slow: Tensor  # of the routes
    memory: Tensor  # m'


class Verdict(NamedTuple):
    """What classifier and auditors make of the routes, (B,)."""

    recall: Tensor  # R, share of the fakes that are flagged
    wrong: Tensor  # w, share of the honest that are flagged
    flagged: Tensor  # g, share of the routes
    caught: Tensor  # k, share of the fakes
    cleared: Tensor  # h, share of the flagged honest
    at_random: Tensor  # r, share of the routes audited at random
    done: Tensor  # audits over routes
    audited: Tensor  # share of the routes
    hits: Tensor  # share of the routes
    cost: Tensor  # token


def route(p: Parameters, state: State, shocks: Tensors, chance: Chance) -> Route:
    """Latency rises with load and missing effort; routes are measured by the memory of it."""
    load = state.volume[-1] / (state.route_capacity * shocks["bandwidth"] + EPSILON)
    routed = cope(load)
    used = load * routed
    latency = 5.0 * (1.0 + p.speed_effort * (1.0 - state.effort) + p.speed_load * used * used)
    y = torch.log(latency) + 0.05 * chance.normal("latency")
    surprise = y - state.memory
    late = torch.sigmoid(1.7 * (y - logarithm(p.limit)) / p.spread)
    deviation = torch.clamp(surprise / p.spread, -4.0, 4.0)
    share_slow = probability_below(deviation)
    slow = density(deviation) + deviation * share_slow
    memory = state.memory + p.forget * surprise
    return Route(load, routed, latency, surprise, late, slow, slow - deviation, share_slow, memory)


def judge(p: Parameters, state: State, levers: Tensors, shocks: Tensors, routes: Route) -> Verdict:
    """The classifier flags by its threshold; audits go to flagged routes and to some at random."""
    f, honest, volume = state.fake, 1.0 - state.fake, state.volume[-1]
    cut = (levers["threshold"] - p.score_zero) / p.score_unit
    recall = torch.sigmoid(1.7 * (p.separation + p.lesson * state.skill - cut))
    wrong = torch.sigmoid(1.7 * (p.blur * torch.clamp(routes.surprise, -1.0, 1.0) - cut))
    flagged = f * recall + honest * wrong
    unit_cost = p.audit_price * p.price0 * volume
    asked = levers["audit"] * shocks["auditors"]
    done = asked * torch.clamp(0.5 * state.treasury / (asked * unit_cost + EPSILON), max=1.0)
    r = torch.clamp(p.audit_random * done, max=1.0)
    aim = torch.clamp((done - r) / (flagged + EPSILON), max=1.0)
    caught = r + (1.0 - r) * recall * aim
    return Verdict(
        recall=recall,
        wrong=wrong,
        flagged=flagged,
        caught=caught,
        cleared=r + (1.0 - r) * aim,
        at_random=r,
        done=done,
        audited=r + (1.0 - r) * flagged * aim,
        hits=f * caught,
        cost=done * unit_cost,
    )
