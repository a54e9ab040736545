"""Levers, sensors and shocks: what an economy shows to a controller and lets it set.

Spaces, observation scaling, documentation tables and TensorBoard tags are all made from these.
"""

from dataclasses import dataclass
from math import inf, log
from typing import Literal

import torch
from torch import Tensor

from .tensors import Tensors

SMALLEST = 1e-37  # float32, below which a logarithm is not taken


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

    def from_unit(self, action: Tensor) -> Tensor:
        """Action in [-1, 1] → position: 0 is neutral and the ends are the range's ends."""
        low, middle, high = (self.position(x) for x in (self.low, self.neutral, self.high))
        return middle + torch.where(action >= 0.0, action * (high - middle), action * (middle - low))

    def to_unit(self, position: Tensor) -> Tensor:
        """Position → action in [-1, 1], that of the nearest position within the range."""
        low, middle, high = (self.position(x) for x in (self.low, self.neutral, self.high))
        away = position - middle
        above, below = (away / half if half else 0.0 * away for half in (high - middle, middle - low))
        return torch.clamp(torch.where(away >= 0.0, above, below), -1.0, 1.0)


class LeverSet:
    """The levers of an economy; positions on their scales are held by name, (B,) each."""

    def __init__(self, levers: tuple[Lever, ...]) -> None:
        self.levers = levers
        self.names = tuple(lever.name for lever in levers)

    def neutral(self, batch: int, device: torch.device | str = "cpu") -> dict[str, Tensor]:
        """Positions of the neutral levers."""
        return {
            lever.name: torch.full(
                (batch,), lever.position(lever.neutral), dtype=torch.float64, device=device
            )
            for lever in self.levers
        }

    def values(self, positions: Tensors) -> dict[str, Tensor]:
        """Positions → physical values."""
        return {
            lever.name: torch.exp(positions[lever.name]) if lever.scale == "log" else positions[lever.name]
            for lever in self.levers
        }

    def positions(self, values: Tensors) -> dict[str, Tensor]:
        """Physical values → positions.

        Raises:
            ValueError: a lever is missing or unknown.
        """
        if set(values) != set(self.names):
            raise ValueError(f"levers are {sorted(values)}; they must be {sorted(self.names)}")
        return {
            lever.name: torch.log(values[lever.name]) if lever.scale == "log" else values[lever.name]
            for lever in self.levers
        }

    def clip(self, positions: Tensors) -> dict[str, Tensor]:
        """Positions limited to the levers' ranges."""
        return {
            lever.name: torch.clamp(
                positions[lever.name], lever.position(lever.low), lever.position(lever.high)
            )
            for lever in self.levers
        }

    def slew(self, command: Tensors, positions: Tensors) -> dict[str, Tensor]:
        """Positions after one step toward the command, within every lever's slew limit."""
        return {
            lever.name: torch.minimum(
                torch.maximum(command[lever.name], positions[lever.name] - lever.slew),
                positions[lever.name] + lever.slew,
            )
            for lever in self.levers
        }


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
        """Reading in the unit, float64 → scaled and clipped observation, float32; both (B,).

        Scaling itself is done in float32: nobody sees more, and a vector register holds twice as many.
        """
        x = reading.to(torch.float32)
        if self.log:
            x = torch.log(torch.clamp(x, min=SMALLEST))
        return torch.clamp((x - self.center) * (1.0 / self.scale), -self.limit, self.limit)


@dataclass(frozen=True)
class Shock:
    """A channel through which scenarios act on an economy, and its value when nothing happens."""

    name: str
    neutral: float
    doc: str
