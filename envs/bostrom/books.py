"""Release books: H by the day its lock ends, as a ring of days (sections 3, 5.11 and 10).

A book is (B, K); slot `day mod K` holds what ends on that day. A lock beyond K days is entered at K
days, which no run of K steps can tell from the truth.
"""

import torch
from torch import Tensor


def slot(day: Tensor, size: int) -> Tensor:
    """`day mod size`, float64: floats are divided many at a time, int64 one by one."""
    number = day.to(torch.float64)
    return number - size * torch.floor((number + 0.5) * (1.0 / size))


def empty(batch: int, days: int, device: torch.device | str) -> Tensor:
    """A book of nothing. Days lie apart in memory and environments together, as steps visit them."""
    return torch.zeros(days, batch, dtype=torch.float64, device=device).T


def read(book: Tensor, place: Tensor) -> Tensor:
    """What lies in slot `place`, float64 (B,)."""
    return book.gather(1, place.to(torch.int64)[:, None])[:, 0]


def due(book: Tensor, day: Tensor) -> Tensor:
    """H whose lock ends on `day`, int64 (B,)."""
    return read(book, slot(day, book.shape[1]))


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
    written = torch.where(end == today, left, read(book, end)) + amount if accumulate else amount
    written = torch.where(kept, written, left)
    end = torch.where(kept, end, today)
    # One write for both slots: a read between two writes would make the compiler copy the whole book.
    places = torch.stack([today, end]).to(torch.int64)
    values = torch.stack([torch.where(end == today, written, left), written])
    return book.index_put_((row, places), values) if in_place else book.index_put((row, places), values)


def within(book: Tensor, day: Tensor, days: int, every: int = 1) -> Tensor:
    """H whose lock ends in the `days` days from `day` on, (B,), extrapolated from each `every`-th day."""
    ahead = torch.arange(0, min(days, book.shape[1]), every, device=book.device)
    seen = book.gather(1, slot(day[:, None] + ahead, book.shape[1]).to(torch.int64)).sum(1)
    return seen * (min(days, book.shape[1]) / len(ahead))
