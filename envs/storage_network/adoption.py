"""The adoption funnel: unaware, aware, adopted, loyal, churned (`model.md`, section 9)."""

from math import exp, sqrt

import torch
from torch import Tensor

from ..core.chance import Chance
from .parameters import POOLS, Parameters
from .state import State

ONWARD = {"unaware": "aware", "aware": "adopted", "adopted": "loyal", "churned": "adopted"}
BACK = {"adopted": "churned", "loyal": "adopted"}


def poisson_quantile(uniform: Tensor, rate: float) -> Tensor:
    """The Poisson law's quantile function, by comparing with its distribution function, (B,)."""
    probability, below, count = exp(-rate), 0.0, torch.zeros_like(uniform)
    for events in range(int(rate + 8.0 * sqrt(rate)) + 8):
        below += probability
        count = count + (uniform > below)
        probability *= rate / (events + 1)
    return count


def signal(parameters: Parameters, chance: Chance) -> Tensor:
    """The marketing signal of a block: steady, and sometimes a shock, (B,)."""
    frequency = parameters.marketing_shock_freq
    rate = 0.5 * frequency
    events = chance.inverse("poisson", lambda u: poisson_quantile(u, rate), rate)
    shock = (events > frequency).to(torch.float64) * parameters.marketing_shock_mag
    return parameters.marketing_steady + shock


def advance(parameters: Parameters, state: State, chance: Chance) -> State:
    """A block of the funnel."""
    return moved(parameters, state._replace(signal=signal(parameters, chance)))


def moved(parameters: Parameters, state: State) -> State:
    """People and reputation after a block with the state's signal.

    An outflow that a pool ever had is kept as a flag, and its reputation goes on leaking to the next pool
    when the outflow itself is 0 (Q22).
    """
    p = parameters
    threshold, leak = p.threshold, p.leak_coefficient
    volume = dict(zip(POOLS, state.pools.unbind(1), strict=True))
    standing = dict(zip(POOLS, state.reputation.unbind(1), strict=True))
    ever_on = dict(zip(POOLS, state.has_moved_on.unbind(1), strict=True))
    ever_back = dict(zip(POOLS, state.has_fallen_back.unbind(1), strict=True))

    push = state.signal if p.mended_funnel else state.signal.abs()
    raised = standing["unaware"] + push * p.response
    if p.mended_funnel:
        raised = torch.clamp(raised, min=0.0)
    standing["unaware"] = torch.where(state.signal == 0.0, 0.0, raised)
    on, back = {}, {}
    for pool in POOLS:
        rises = standing[pool] > threshold
        if p.mended_funnel and pool not in ONWARD:  # nowhere to go, nothing leaks
            rises = torch.zeros_like(rises)
        on[pool] = torch.where(rises, leak * (standing[pool] - threshold) * volume[pool], 0.0)
        if p.mended_funnel:
            on[pool] = torch.minimum(on[pool], volume[pool])
        standing[pool] = torch.where(rises, standing[pool] - leak * standing[pool], standing[pool])
        falls = standing[pool] < threshold
        back[pool] = torch.where(falls, -leak * (standing[pool] - threshold) * volume[pool], 0.0)
        if p.mended_funnel:
            back[pool] = torch.minimum(back[pool], volume[pool] - on[pool])
            ever_on[pool], ever_back[pool] = rises, falls & (volume[pool] > 0.0)
        else:
            ever_on[pool], ever_back[pool] = ever_on[pool] | rises, ever_back[pool] | falls
    for pool in POOLS:
        for targets, flow, ever, sign in ((ONWARD, on, ever_on, 1.0), (BACK, back, ever_back, -1.0)):
            if pool in targets:
                target, moves = targets[pool], torch.where(ever[pool], flow[pool], 0.0)
                passed = torch.where(ever[pool], leak * standing[pool], 0.0)
                standing[target] = standing[target] + sign * passed
                volume[pool], volume[target] = volume[pool] - moves, volume[target] + moves
    return state._replace(
        pools=torch.stack([volume[pool] for pool in POOLS], 1),
        reputation=torch.stack([standing[pool] for pool in POOLS], 1),
        has_moved_on=torch.stack([ever_on[pool] for pool in POOLS], 1),
        has_fallen_back=torch.stack([ever_back[pool] for pool in POOLS], 1),
    )
