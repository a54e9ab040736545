"""Kernels: what is written for speed alone. What they compute is said shorter in `model.md`.

**Release books** (sections 5.11 and 10). By definition a book maps a day to the H whose lock ends on it. Here it is a
ring of days, (B, K): slot `day mod K` holds what ends on that day, and a lock beyond K days is entered at K days, which
no run of K steps can tell from the truth. A book may be written in place.

**The random lock share** (section 6). By definition a share is `quantile` of a uniform level. An inverse normal for two
draws a day would cost half as much as the rest of the step, so shares are looked up: levels fall into bins so narrow
that a bin holds one jump of the quantile at most.

**Loops** of a compiled step that are short enough for a processor's registers.
"""

import torch
from torch import Tensor

SHORT_LOOPS: dict[str, object] = {
    "max_fusion_size": 32,  # a step in one loop has more values than a processor has registers
    "realize_opcount_threshold": 30,
    "assert_indirect_indexing": False,  # a book's slots lie within it by construction
}
"""Settings of the compiler."""


def slot(day: Tensor, size: int) -> Tensor:
    """`day mod size`, float64: floats are divided many at a time, int64 one by one."""
    number = day.to(torch.float64)
    return number - size * torch.floor((number + 0.5) * (1.0 / size))


def empty_book(batch: int, days: int, device: torch.device | str) -> Tensor:
    """A book of nothing. Days lie apart in memory and environments together, as steps visit them."""
    return torch.zeros(days, batch, dtype=torch.float64, device=device).T


def due(book: Tensor, day: Tensor) -> Tensor:
    """H whose lock ends on `day`, int64 (B,)."""
    return book.gather(1, slot(day, book.shape[1]).to(torch.int64)[:, None])[:, 0]


def enter(
    book: Tensor,
    day: Tensor,
    lock: Tensor,
    amount: Tensor,
    released: Tensor,
    unbooked: Tensor,
    accumulate: bool,
    in_place: bool,
) -> Tensor:
    """The book after `amount` of H is locked on `day` for `lock` days.

    Args:
        day: int64 (B,).
        lock: whole days, float64 (B,). A lock below one day is never released; accumulating, on the
            next day.
        released: what `due` gave for `day`; its slot is emptied.
        unbooked: bool (B,), whether `day` still has to be entered; elsewhere nothing changes.
    """
    size = book.shape[1]
    row = torch.arange(book.shape[0], device=book.device)
    today = slot(day, size)
    end = today + torch.clamp(lock, min=1.0 if accumulate else 0.0, max=float(size))
    end = torch.where(end >= size, end - size, end)
    kept = unbooked if accumulate else unbooked & (lock >= 1.0)
    left = torch.where(unbooked, 0.0, released)
    written = torch.where(kept, amount, 0.0 if accumulate else left)
    end = torch.where(kept, end, today)
    # No read may come after the first write, or the compiler would copy the whole book.
    for place, value, added in ((today, left, False), (end, written, accumulate)):
        index = (row, place.to(torch.int64))
        book = (book.index_put_ if in_place else book.index_put)(index, value, accumulate=added)
    return book


def within(book: Tensor, day: Tensor, days: int, every: int = 1) -> Tensor:
    """H whose lock ends in the `days` days from `day` on, (B,), extrapolated from each `every`-th day."""
    ahead = torch.arange(0, min(days, book.shape[1]), every, device=book.device)
    seen = book.gather(1, slot(day[:, None] + ahead, book.shape[1]).to(torch.int64)).sum(1)
    return seen * (min(days, book.shape[1]) / len(ahead))


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
