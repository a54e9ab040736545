"""The market of vaults and clients: how people answer the ratio of store cost to reward (section 3).

Its extension by prices in outside money is section 11.1. Tensors are (B,).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.tensors import Number, Tensors, is_zero
from .parameters import NetworkParameters
from .prices import Prices
from .state import State, filled_share

RATIO_CEILING = 1e6  # w is limited to this, and is this when R = 0 (section 3.5)
_TINY = 1e-300  # a price of zero has no logarithm


class Market(NamedTuple):
    """What a ratio calls forth."""

    read_share: Tensor  # ρ, probability that a client reads
    write_share: Tensor  # ω, computed apart so that it keeps its digits near 0
    users_per_vault: Tensor  # clients per vault
    growth: Tensor  # 1/day, vaults' daily growth before shocks and clipping


class Answer(NamedTuple):
    """How people answer a day's prices."""

    ratio: Tensor  # w as the market saw it
    mirror: Tensor  # w0 of an irrational spell, 0 in rational times
    market: Market
    growth: Tensor  # g, 1/day, after shocks and clipping
    demand: Tensor  # factor on the clients
    reference_reward: Tensor  # tomorrow's running mean of ln(R X)
    reference_cost: Tensor  # tomorrow's running mean of ln(C X)


def answer(p: NetworkParameters, state: State, prices: Prices, ratio: Tensor, shocks: Tensors) -> Answer:
    """4. What the day's prices call forth.

    Args:
        state: of the morning, after any loss of vaults. ratio: w before the market turns it round.
    """
    seen, mirror = seen_ratio(p, state, prices, ratio, shocks["irrational"])
    market = called_forth(p, state, seen)
    supply, demand, references = outside_factors(p, state, prices, shocks)
    growth = clipped_growth(p, market.growth, supply)
    return Answer(seen, mirror, market, growth, demand, *references)


def price_ratio(reward: Tensor, cost: Tensor) -> Tensor:
    """w = C/R."""
    ratio = torch.where(reward > 0.0, cost / reward, RATIO_CEILING)
    return torch.clamp(ratio, max=RATIO_CEILING)


def seen_ratio(
    p: NetworkParameters, state: State, prices: Prices, ratio: Tensor, irrational: Tensor
) -> tuple[Tensor, Tensor]:
    """w as the market sees it, and the memory of an irrational spell: w0²/w instead of w (section 3.6).

    w0 is taken on the first day at its opening cost, before the store rule moves it.
    """
    if p.market_w is not None:
        ratio = torch.full_like(ratio, p.market_w)
    first = torch.clamp(ratio * prices.opening / prices.cost, max=RATIO_CEILING)
    mirror = torch.where(irrational > 0.0, torch.where(state.mirror > 0.0, state.mirror, first), 0.0)
    turned = torch.clamp(mirror * mirror / ratio, max=RATIO_CEILING)
    return torch.where(mirror > 0.0, turned, ratio), mirror


def called_forth(p: NetworkParameters, state: State, ratio: Tensor) -> Market:
    """What that ratio calls forth at the network's age."""
    day = state.time.to(torch.float64)
    read, write = shares(ratio, p.read_share, p.rw_power)
    scale = phase(day, p.upv_initial, p.upv_days, p.upv_factors)
    users_per_vault = write * scale / ratio
    yearly = yearly_growth(day, p.growth_days, p.growth_yearly)
    growth = vault_growth(
        day, filled_share(p, state), ratio, users_per_vault, p.growth_power, yearly, p.growth_days[0]
    )
    return Market(read, write, users_per_vault, growth)


def shares(ratio: Tensor, read_share: float | None, power: Number) -> tuple[Tensor, Tensor]:
    """Read and write share (ReadWriteRatioNo3), ρ = σ(w (1+w)^e1)."""
    if read_share is not None:
        constant = torch.full_like(ratio, read_share)
        return constant, 1.0 - constant
    small = torch.exp(-ratio * (1.0 + ratio) ** power)  # at most 1: both shares keep their digits
    return 1.0 / (1.0 + small), small / (1.0 + small)


def phase(day: Tensor, first: Number, days: tuple[float, ...], factors: tuple[float, ...]) -> Tensor:
    """φ, scale of the users-per-vault law (InitialRatioTimeChangeNo1)."""
    young, middle, old = factors
    factor = torch.where(day < days[1], torch.full_like(day, middle), old)
    return first * torch.where(day <= days[0], young, factor)


def yearly_growth(day: Tensor, days: tuple[float, ...], rates: tuple[float, ...]) -> Tensor:
    """y, growth per year that the law aims at, by age of the network."""
    later = torch.where(day < days[1], torch.full_like(day, rates[1]), rates[2])
    return torch.where(day < days[0], rates[0], later)


def vault_growth(
    day: Tensor,
    filled: Tensor,
    ratio: Tensor,
    users_per_vault: Tensor,
    power: Number,
    yearly: Tensor,
    pivot: float,
) -> Tensor:
    """g (DemandBasedNo6), 1/day: the launch boost (pivot − t) stands in for users in year one."""
    pull = filled * ((1.0 + filled) ** power - 1.0)
    drive = torch.where(day < pivot, pivot - day, users_per_vault)
    return pull * ((1.0 - ratio) * drive) * yearly / 365.0


def clipped_growth(p: NetworkParameters, growth: Tensor, supply: Tensor) -> Tensor:
    """g under the supply factor: eager vaults grow faster and leave more slowly."""
    leaving = torch.where(supply > 0.0, growth / torch.where(supply > 0.0, supply, 1.0), 0.0)
    low, high = p.growth_clip
    return torch.clamp(torch.where(growth >= 0.0, growth * supply, leaving), low, high)


def coin_price(p: NetworkParameters, state: State, shocks: Tensors) -> Tensor:
    """X, price of a safecoin in outside money relative to the first day."""
    price = shocks["coin_price"]
    return price if p.fiat is None else price * p.fiat.at(state.time.to(torch.float64))


def outside_factors(
    p: NetworkParameters, state: State, prices: Prices, shocks: Tensors
) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
    """Factors on supply and demand, and the next values of what R X and C X are compared with."""
    supply, demand = shocks["supply"], shocks["demand"]
    references = (state.reference_reward, state.reference_cost)
    if is_zero(p.fiat_theta_supply) and is_zero(p.fiat_theta_demand):
        return supply, demand, references
    price = coin_price(p, state, shocks)
    worth_reward = torch.log(torch.clamp(prices.reward * price, min=_TINY))
    worth_cost = torch.log(torch.clamp(prices.cost * price, min=_TINY))
    first = state.time == 0
    old_reward = torch.where(first, worth_reward, references[0])
    old_cost = torch.where(first, worth_cost, references[1])
    supply = supply * torch.exp(p.fiat_theta_supply * (worth_reward - old_reward))
    demand = demand * torch.exp(-p.fiat_theta_demand * (worth_cost - old_cost))
    reference_reward = old_reward + (worth_reward - old_reward) / p.fiat_window
    return supply, demand, (reference_reward, old_cost + (worth_cost - old_cost) / p.fiat_window)
