"""The coin's price in outside money, and what it does to supply and demand (specification sections 7 and 11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..core.parameters import check_parameters, parameter
from ..core.tensors import Tensors, is_zero

if TYPE_CHECKING:
    from .economy import SafeNetwork
    from .state import State


@dataclass(frozen=True)
class Fiat:
    """X(t) = e^(r t/365) times the jumps up to day t, relative to launch."""

    yearly_log_growth: float = parameter(0.0, "r", unit="1/year", source="7")
    jump_days: tuple[float, ...] = parameter((), "days on which X jumps", unit="day", source="7", low=0)
    jump_factors: tuple[float, ...] = parameter((), "factor of each jump", source="7", above=0)

    def __post_init__(self) -> None:
        check_parameters(self)
        if len(self.jump_days) != len(self.jump_factors):
            raise ValueError(f"{len(self.jump_days)} jump_days need as many jump_factors")

    def at(self, day: Tensor) -> Tensor:
        """X on that day, (B,)."""
        price = torch.exp(self.yearly_log_growth * day / 365.0)
        for start, factor in zip(self.jump_days, self.jump_factors, strict=True):
            price = torch.where(day >= start, price * factor, price)
        return price

    @classmethod
    def from_reference(cls, value: Any) -> "Fiat":
        """From `{"yearly_log_growth": r, "jumps": [[day, factor], ...]}`.

        Raises:
            ValueError, TypeError: naming the unusable entry.
        """
        if not isinstance(value, Mapping):
            raise TypeError(f"fiat is {value!r}; it must be an object with yearly_log_growth and jumps")
        unknown = sorted(set(value) - {"yearly_log_growth", "jumps"})
        if unknown:
            raise ValueError(f"fiat has unknown {', '.join(unknown)}; it takes yearly_log_growth and jumps")
        jumps = value.get("jumps", [])
        if not isinstance(jumps, list) or any(not isinstance(j, list) or len(j) != 2 for j in jumps):
            raise TypeError(f"fiat.jumps is {jumps!r}; it must be a list of [day, factor]")
        days, factors = tuple(jump[0] for jump in jumps), tuple(jump[1] for jump in jumps)
        return cls(value.get("yearly_log_growth", 0.0), days, factors)


def coin_price(plant: "SafeNetwork", state: "State", shocks: Tensors) -> Tensor:
    """X, price of a safecoin in outside money relative to launch, (B,)."""
    price = shocks["coin_price"]
    return price if plant.fiat is None else price * plant.fiat.at(state.time.to(torch.float64))


def factors(
    plant: "SafeNetwork", state: "State", reward: Tensor, cost: Tensor, shocks: Tensors
) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor]]:
    """Factors (B,) on supply and demand, and the next values (B,) of what R and C are compared with."""
    supply, demand = shocks["supply"], shocks["demand"]
    memory = (state.reference_reward, state.reference_cost)
    if is_zero(plant.fiat_theta_supply) and is_zero(plant.fiat_theta_demand):
        return supply, demand, memory
    tiny = 1e-300  # a price of zero has no logarithm
    price = coin_price(plant, state, shocks)
    worth_reward = torch.log(torch.clamp(reward * price, min=tiny))
    worth_cost = torch.log(torch.clamp(cost * price, min=tiny))
    first = state.time == 0
    old_reward = torch.where(first, worth_reward, memory[0])
    old_cost = torch.where(first, worth_cost, memory[1])
    supply = supply * torch.exp(plant.fiat_theta_supply * (worth_reward - old_reward))
    demand = demand * torch.exp(-plant.fiat_theta_demand * (worth_cost - old_cost))
    reward_memory = old_reward + (worth_reward - old_reward) / plant.fiat_window
    return supply, demand, (reward_memory, old_cost + (worth_cost - old_cost) / plant.fiat_window)
