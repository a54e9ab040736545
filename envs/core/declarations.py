"""Levers, sensors and shocks: what an economy shows to a controller and lets it set.

Spaces, observation scaling, documentation tables and TensorBoard tags are all made from these.
"""

from dataclasses import dataclass
from math import exp, inf, log
from typing import Literal

import torch
from torch import Tensor


@dataclass(frozen=True)
class Lever:
    """A mechanism parameter that a controller sets.

    Attributes:
        name, unit, doc: identifier, physical unit, one line of meaning.
        low, high: range, in the unit.
        neutral: the value at which the published mechanism acts unchanged.
        scale: "log" levers move, are limited and are mapped in logarithms.
        slew: largest change per time step, in the lever's scale.
    """

    name: str
    unit: str
    low: float
    high: float
    neutral: float
    doc: str
    scale: Literal["linear", "log"] = "linear"
    slew: float = inf

    def __post_init__(self) -> None:
        if not self.low <= self.neutral <= self.high or self.low == self.high:
            raise ValueError(f"lever {self.name}: need low <= neutral <= high, got {self}")
        if self.scale == "log" and self.low <= 0.0:
            raise ValueError(f"lever {self.name}: a log scale needs low > 0, got {self.low}")

    def position(self, value: float) -> float:
        """Value in the unit → position on the lever's scale."""
        return log(value) if self.scale == "log" else value

    def value(self, position: float) -> float:
        """Position on the lever's scale → value in the unit."""
        return exp(position) if self.scale == "log" else position


class LeverBank:
    """The levers of an economy as columns of one (B, L) tensor of positions on their scales."""

    def __init__(self, levers: tuple[Lever, ...], device: torch.device | str = "cpu") -> None:
        def column(values: list[float]) -> Tensor:
            return torch.tensor(values, dtype=torch.float64, device=device)

        self.levers = levers
        self.names = tuple(lever.name for lever in levers)
        self.low = column([lever.position(lever.low) for lever in levers])
        self.high = column([lever.position(lever.high) for lever in levers])
        self.neutral = column([lever.position(lever.neutral) for lever in levers])
        self.slew = column([lever.slew for lever in levers])

    def values(self, positions: Tensor) -> dict[str, Tensor]:
        """Positions (B, L) → name → physical value (B,)."""
        return {
            lever.name: torch.exp(positions[:, i]) if lever.scale == "log" else positions[:, i]
            for i, lever in enumerate(self.levers)
        }

    def positions(self, values: dict[str, Tensor]) -> Tensor:
        """Name → physical value (B,) → positions (B, L), clipped to the levers' ranges."""
        columns = [
            torch.log(values[lever.name]) if lever.scale == "log" else values[lever.name]
            for lever in self.levers
        ]
        return torch.clamp(torch.stack(columns, dim=1), self.low, self.high)

    def from_unit(self, action: Tensor) -> Tensor:
        """Action (B, L) in [-1, 1] → positions, 0 being neutral and the ends the range's ends."""
        reach = torch.where(action >= 0.0, self.high - self.neutral, self.neutral - self.low)
        return self.neutral + action * reach

    def to_unit(self, positions: Tensor) -> Tensor:
        """Inverse of `from_unit`; the side of a lever that is neutral at its end maps to 0."""
        away = positions - self.neutral
        reach = torch.where(away >= 0.0, self.high - self.neutral, self.neutral - self.low)
        return away / torch.where(reach == 0.0, torch.ones_like(reach), reach)


@dataclass(frozen=True)
class Sensor:
    """A quantity that a controller reads, in a physical unit.

    The observation holds clip((x − center)/scale, ±limit), of log x where `log` is set.
    A sensor with `observed` off is read by controllers and left out of the observation.
    """

    name: str
    unit: str
    doc: str
    center: float = 0.0
    scale: float = 1.0
    limit: float = 1.0
    log: bool = False
    observed: bool = True

    def observe(self, reading: Tensor) -> Tensor:
        """Reading in the unit → scaled and clipped observation, both (B,)."""
        x = torch.log(torch.clamp(reading, min=1e-300)) if self.log else reading
        return torch.clamp((x - self.center) / self.scale, -self.limit, self.limit)


@dataclass(frozen=True)
class Shock:
    """A channel through which scenarios act on an economy, and its value when nothing happens."""

    name: str
    neutral: float
    doc: str
