"""The PID block that the rules are built of."""

from dataclasses import dataclass

import torch
from torch import Tensor

FILTER = 30.0  # steps over which the derivative is filtered


@dataclass(frozen=True)
class Gains:
    """Proportional, integral (1/year) and derivative (year) gain."""

    proportional: float | Tensor
    integral: float | Tensor
    derivative: float | Tensor = 0.0


class Pid:
    """Filtered derivative, conditional integration against windup (`envs/safe_network/model.md`, section 11.7).

    Args:
        gains: see `Gains`; entries may be tensors (B,).
        limit: the output is clipped to ±limit.
        like: the errors' shape, kind and device.
        steps_per_year: of the economy it steers; 1 makes gains count by the step.
    """

    def __init__(self, gains: Gains, limit: float, like: Tensor, steps_per_year: float = 365.0) -> None:
        self.gains, self.limit, self.year = gains, limit, steps_per_year
        self.integral = torch.zeros_like(like)
        self.slope = torch.zeros_like(like)
        self.previous: Tensor | None = None

    def __call__(self, error: Tensor) -> Tensor:
        """Output for this step's error, both (B,)."""
        raw = torch.zeros_like(error) if self.previous is None else self.year * (error - self.previous)
        self.slope = self.slope + (raw - self.slope) / FILTER
        rest = self.gains.proportional * error + self.gains.derivative * self.slope
        value = rest + self.integral
        winding = (value.abs() >= self.limit) & (value.sign() == error.sign())
        grown = self.integral + self.gains.integral * error / self.year
        self.integral = torch.where(winding, self.integral, grown)
        self.previous = error
        return torch.clamp(rest + self.integral, -self.limit, self.limit)
