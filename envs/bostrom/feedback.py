"""The feedback that the model lacks (section 13.5): an extension, off by default.

The time paths of sections 5.7 and 5.8 stay as references; agents and capitalisation deviate from them by two
logarithms, so that slower growth cannot raise capitalisation (section 11.3). With every gain at its default
each factor is exactly 1 and each term exactly 0.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Number, Tensors, filled, is_zero
from .interface import scarcity
from .parameters import Parameters
from .state import State

SUGGESTED: dict[str, float | str | bool] = {
    "feedback": True,
    "books": "accumulate",
    "yield_response": 2.0,
    "scarcity_bonding": 0.03,
    "bonding_cap": 0.1,
    "inflation_aversion": 12.0,
    "scarcity_value": 0.1,
    "selling_pressure": 5.0,
    "valuation_growth": 0.3,
    "scarcity_growth": 0.2,
    "demand_elasticity": 0.3,
    "served_only": 1.0,
    "lock_response": 0.1,
}
"""The suggested gains of section 13.5."""

COSTS = {"gpu_cost": 0.0012, "cpu_cost": 2e-5}
"""The suggested infrastructure cost of section 13.3."""

LEAST_LIQUID = 1e12  # BOOT
LEAST_BONDED = 0.05
LOCK_SHARES = (0.05, 0.95)
VALUE_EXPONENT, LINK_EXPONENT = 0.3, 0.7  # of the regressions, applied to the deviation alone


class Response(NamedTuple):
    """Factors on the reference paths and the new deviations."""

    next_size: Number  # agents of t + 1 over their reference
    value: Number  # capitalisation over its reference
    appetite: Number  # link demand over its reference
    valuation: Tensor  # m'
    network: Tensor  # n'
    lock_shift: Number  # shift of the lock share


def staking_yield(state: State, commission: Number) -> Tensor:
    """Yield of bonded BOOT, 1/year, (B,)."""
    share = torch.clamp(state.boot_bonded_supply / state.boot_supply, min=LEAST_BONDED)
    return state.boot_inflation_rate * (1 - commission) / share


def bonding(state: State, p: Parameters, levers: Tensors) -> Tensor:
    """Section 5.3: BOOT to bond today, real and possibly negative; with feedback as section 13.5 has it."""
    supply = state.boot_supply
    limit: Number = p.boot_bonded_share_limit
    if p.feedback:
        earned = staking_yield(state, p.validator_commission * levers["commission_factor"])
        pull = p.yield_response * torch.clamp(earned - p.neutral_yield, -0.5, 0.5)
        moved = (limit + pull) + p.scarcity_bonding * scarcity(state.cyberlinks_per_day, state.volt_supply)
        responds = (filled(pull, p.yield_response) != 0.0) | (filled(pull, p.scarcity_bonding) != 0.0)
        limit = torch.where(responds, torch.clamp(moved, 0.0, 1.0), limit)
    raw = ((limit - state.boot_bonded_supply / supply) * supply) * p.bonding_speed_coeff
    if p.feedback and p.bonding_cap is not None:
        most = p.bonding_cap * torch.clamp(state.boot_liquid_supply, min=0.0)
        raw = torch.where(raw > 0.0, torch.minimum(raw, most), raw)
    return raw


def respond(
    state: State,
    p: Parameters,
    raw: Tensor,
    released: Tensor,
    shocks: Tensors,
    chance: Chance,
) -> Response:
    """How agents, capitalisation, demand and locks answer to the state of day t."""
    # Short names, as section 13.5 has them: the deviations of valuation, m, and of network size, n.
    m, n = state.valuation, state.network
    if not p.feedback:
        return Response(1.0, 1.0, 1.0, m, n, 0.0)
    scarce = scarcity(state.cyberlinks_per_day, state.volt_supply)
    short = torch.clamp(scarce, min=0.0)
    sellable = released + torch.clamp(-raw, min=0.0)
    sold = sellable / torch.clamp(state.boot_liquid_supply, min=LEAST_LIQUID)
    sold = sold * shocks["selling_factor"]
    noise: Number = 0.0
    if not is_zero(p.valuation_noise):
        noise = p.valuation_noise * (1.0 / p.timesteps_per_year) ** 0.5 * chance.normal("valuation_noise")
    pull = -p.inflation_aversion * (state.boot_inflation_rate - p.target_inflation)
    pull = pull + p.scarcity_value * scarce - p.selling_pressure * sold
    valuation = m + p.valuation_speed * (pull - m) + noise
    pull = p.valuation_growth * m - p.scarcity_growth * short
    network = n + p.network_speed * (pull - n)
    return Response(
        next_size=torch.exp(network),
        value=torch.exp(VALUE_EXPONENT * n + m),
        appetite=torch.exp(LINK_EXPONENT * n - p.demand_elasticity * short),
        valuation=valuation,
        network=network,
        lock_shift=p.lock_response * scarce,
    )


def lock_share(share: Tensor, p: Parameters, response: Response) -> Tensor:
    """u, lengthened where V is scarce; untouched where nothing responds."""
    if not p.feedback:
        return share
    moved = torch.clamp(share + response.lock_shift, *LOCK_SHARES)
    return torch.where(filled(share, p.lock_response) == 0.0, share, moved)


def infrastructure_cost(p: Parameters, usage: Tensors, day: Tensor, shocks: Tensors) -> Tensor:
    """Section 13.3: K of `day`, ETH per validator and day."""
    if is_zero(p.gpu_cost) and is_zero(p.cpu_cost):
        return torch.zeros_like(usage["gpu_memory_usage"])
    cost = p.gpu_cost * usage["gpu_memory_usage"] / 1e9 + p.cpu_cost * usage["cpu_memory_usage"] / 1e9
    years = day.to(torch.float64) / p.timesteps_per_year  # a whole number times a float would be float32
    return cost * torch.exp(-p.cost_decline * years) * shocks["cost_factor"]
