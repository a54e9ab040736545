"""Records of parameters that a run may leave out: a path of the coin's price, and the prices of version 1."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..core.parameters import check_parameters, parameter
from ..core.tensors import Number


@dataclass(frozen=True)
class Fiat:
    """X(t) = e^(r t/365) times the jumps up to day t, relative to the first day (section 11.1)."""

    yearly_log_growth: float = parameter(0.0, "r", unit="1/year", source="11.1")
    jump_days: tuple[float, ...] = parameter((), "days on which X jumps", unit="day", source="11.1", low=0)
    jump_factors: tuple[float, ...] = parameter((), "factor of each jump", source="11.1", above=0)

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


@dataclass(frozen=True)
class SizePrices:
    """Version 1's prices: R from the number and the size of the sections, C a multiple of R (section 5)."""

    log_power: Number = parameter(3.2, "exponent inside the logarithm of R", source="5", low=0)
    cost_factor: Number = parameter(2.0, "C over R", source="5", above=0)
    cost_rule: str = parameter(
        "fixed", "C = factor·R, or factor·(1−u)²·R", source="5", choices=("fixed", "scarcity")
    )

    def __post_init__(self) -> None:
        check_parameters(self)
