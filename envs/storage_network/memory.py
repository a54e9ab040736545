"""The learners' memories of angles, as running numbers (`model.md`, sections 6.3 and 6.4).

The original keeps lists of angles and z-values, and interpolates. Its z-values are an affine function of
its angles, so that interpolation, clipped to the ends, is that function of the clipped angle: exact.
"""

from math import pi, sqrt

import torch
from torch import Tensor

from ..core.tensors import Number, is_zero
from .state import Memory

START_SPREAD = sqrt(2.0 / 3.0)  # population deviation of (-1, 0, 1)
START = {"real": (1.0, -1.0), "fake": (3.0, 1.0)}  # slope of the z-values, last angle listed


def begin(kind: str, batch: int, device: torch.device | str = "cpu") -> Memory:
    """The memory of `real` or `fake` routes at the start: angles -1, 0, 1."""
    zero = torch.zeros(batch, dtype=torch.float64, device=device)
    slope, last = START[kind]
    return Memory(
        number=zero + 3.0,
        mean=zero.clone(),
        squares=zero + 2.0,
        low=zero - 1.0,
        high=zero + 1.0,
        last=zero + last,
        fresh=torch.ones_like(zero, dtype=torch.bool),
        slope=zero + slope,
    )


def spread(memory: Memory) -> Tensor:
    """Population standard deviation of the angles, rad, (B,)."""
    return torch.sqrt(memory.squares / memory.number)


def actual_z(memory: Memory, angle: Tensor, extrapolates: bool = False) -> Tensor:
    """z-value interpolated at an angle, held constant beyond the smallest and largest, (B,)."""
    within = angle if extrapolates else torch.minimum(torch.maximum(angle, memory.low), memory.high)
    return _z(memory, within)


def _z(memory: Memory, angle: Tensor) -> Tensor:
    return torch.where(memory.fresh, memory.slope * angle, (angle - memory.mean) / spread(memory))


def last_z(memory: Memory) -> Tensor:
    """z-value of the angle that was listed last, (B,)."""
    return _z(memory, memory.last)


def expected_z(memory: Memory, angle: Tensor) -> Tensor:
    """z-score of an angle among the memory's angles and itself, (B,): w √n / √(n + 1 + w²)."""
    n, w = memory.number, (angle - memory.mean) / spread(memory)
    return w * torch.sqrt(n) / torch.sqrt(n + 1.0 + w * w)


def density(memory: Memory, z: Tensor) -> Tensor:
    """Normal density at z, with mean and deviation of the memory's z-values, (B,)."""
    deviation = torch.where(memory.fresh, memory.slope * START_SPREAD, 1.0)
    return torch.exp(-0.5 * (z / deviation) ** 2) / (deviation * sqrt(2.0 * pi))


def remember(memory: Memory, angle: Tensor, where: Tensor, forgetting: Number = 0.0) -> Memory:
    """The memory after learning an angle, where bool (B,) says so; its z-values are then its z-scores.

    Args:
        forgetting: share of the old weight that every new angle takes away; 0 forgets nothing (Q7).
    """
    old = memory.number if is_zero(forgetting) else memory.number * (1.0 - forgetting)
    squares = memory.squares if is_zero(forgetting) else memory.squares * (1.0 - forgetting)
    number, off = old + 1.0, angle - memory.mean
    mean = memory.mean + off / number
    learned = Memory(
        number=number,
        mean=mean,
        squares=squares + off * (angle - mean),
        low=torch.minimum(memory.low, angle),
        high=torch.maximum(memory.high, angle),
        last=angle,
        fresh=torch.zeros_like(memory.fresh),
        slope=memory.slope,
    )
    return Memory(*[torch.where(where, new, kept) for new, kept in zip(learned, memory, strict=True)])


def fake_score(fake: Memory, real: Memory, angle: Tensor) -> Tensor:
    """p* in [0, 2]: the angle between (density, z) in the fake and in the real memory, over π/2; (B,).

    It is taken by atan2; the original's arccos of a ratio loses digits and can yield nan (Q20).
    """
    z_f, z_r = actual_z(fake, angle), actual_z(real, angle)
    p_f, p_r = density(fake, z_f), density(real, z_r)
    return torch.atan2((p_f * z_r - z_f * p_r).abs(), p_f * p_r + z_f * z_r) * (2.0 / pi)
