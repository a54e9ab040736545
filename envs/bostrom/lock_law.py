"""The random share of the longest lock that is used (section 6).

The original draws 10,000 candidates once, whole percents of N(50, 10) truncated towards zero and kept if in
[0, 1], and picks among them; this is the law of that list. An inverse normal for two draws a day would cost
half as much as the rest of the step, so draws are looked up: levels fall into bins so narrow that a bin holds
one jump of the quantile at most.
"""

import torch
from torch import Tensor

CENTRE, SPREAD, REACH = 50.0, 10.0, 5.1  # percent, percent, deviations
GRID = 2.0**-32  # levels are (n + 1/2) of it, see `Paired.uniform`
OCTAVE = 1022 * 16  # what stands above the bits of a float64 in [1/2, 1), to a sixteenth of an octave
BINS = 32 * 16 + 1  # from 1/2 down to half of the grid


def quantile(level: Tensor) -> Tensor:
    """Share of the longest lock below which a candidate falls with probability `level`, in (0, 1)."""
    reach = torch.special.ndtr(torch.tensor(REACH, dtype=torch.float64, device=level.device))
    z = torch.special.ndtri((1.0 - reach) + level * (2.0 * reach - 1.0))
    return torch.trunc(CENTRE + SPREAD * z) * 0.01


def _jumps() -> Tensor:
    """The first levels of the grid at which the quantile is 1 %, 2 %, …, by bisection; (100,)."""
    percent = torch.arange(1, 101, dtype=torch.float64)
    low, high = torch.zeros(100, dtype=torch.int64), torch.full((100,), 2**32 - 1)
    for _ in range(32):
        middle = (low + high) // 2
        reached = torch.round(100.0 * quantile(_level(middle))) >= percent
        low, high = torch.where(reached, low, middle + 1), torch.where(reached, middle, high)
    return _level(high)


def _level(word: Tensor) -> Tensor:
    return (word.to(torch.float64) + 0.5) * GRID


def _bin(level: Tensor) -> Tensor:
    """Bins of levels: sixteenths of octaves of the distance to the nearer end, int64."""
    upper = level > 0.5
    distance = torch.clamp(torch.where(upper, 1.0 - level, level), min=0.5 * GRID)
    return OCTAVE - (distance.view(torch.int64) >> 48) + torch.where(upper, BINS, 0)


def _table() -> tuple[Tensor, Tensor]:
    """By bin, percent at its lower end, and the level in it from which one more is reached (2: none)."""
    jumps, bits = _jumps(), OCTAVE - torch.arange(BINS)
    nearest, farthest = (bits << 48).view(torch.float64), ((bits + 1) << 48).view(torch.float64)
    below = torch.searchsorted(jumps, nearest), torch.searchsorted(jumps, 1.0 - farthest, right=True)
    edges = torch.full((2 * BINS,), 2.0, dtype=torch.float64)
    edges[_bin(jumps)] = jumps
    return torch.cat(below).to(torch.float64), edges


PERCENT, EDGE = _table()


def candidate_share(level: Tensor) -> Tensor:
    """`quantile` at levels of the grid, looked up."""
    at = _bin(level)
    percent, edge = (table.to(level.device)[at] for table in (PERCENT, EDGE))
    return torch.where(level >= edge, percent + 1.0, percent) * 0.01
