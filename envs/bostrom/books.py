"""Release books: H by the day its lock ends, as a ring of days (sections 3, 5.11 and 10).

A book is (B, K); slot `day mod K` holds what ends on that day. A lock beyond K days is entered at K
days, which no run of K steps can tell from the truth.
"""

import torch
from torch import Tensor


def slot(day: Tensor, size: int) -> Tensor:
    """`day mod size`, int64, in float arithmetic, which unlike division of int64 is vectorised."""
    number = day.to(torch.float64)
    return (number - size * torch.floor(number / size)).to(torch.int64)


def empty(batch: int, days: int, device: torch.device | str) -> Tensor:
    """A book of nothing. Days lie apart in memory and environments together, as steps visit them."""
    return torch.zeros(days, batch, dtype=torch.float64, device=device).T


def due(book: Tensor, day: Tensor) -> Tensor:
    """H whose lock ends on `day`, int64 (B,)."""
    return book.gather(1, slot(day, book.shape[1])[:, None])[:, 0]


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
        day, lock: int64 (B,). A lock below one day is never released; accumulating, on the next day.
        released: what `due` gave for `day`; its slot is emptied.
        unbooked: bool (B,), whether `day` still has to be entered; elsewhere nothing changes.
    """
    size = book.shape[1]
    row = torch.arange(book.shape[0], device=book.device)
    today = slot(day, size)
    lock = torch.clamp(lock, min=1 if accumulate else 0, max=size)
    kept = unbooked & (lock > 0)
    end = today + lock
    end = torch.where(kept, torch.where(end >= size, end - size, end), today)
    left = torch.where(unbooked, torch.zeros_like(released), released)
    amount = torch.where(kept, amount, torch.zeros_like(left) if accumulate else left)
    if in_place:
        book.index_put_((row, today), left)
        book.index_put_((row, end), amount, accumulate=accumulate)
        return book
    return book.index_put((row, today), left).index_put((row, end), amount, accumulate=accumulate)


def within(book: Tensor, day: Tensor, days: int, every: int = 1) -> Tensor:
    """H whose lock ends in the `days` days from `day` on, (B,), extrapolated from each `every`-th day."""
    ahead = torch.arange(0, min(days, book.shape[1]), every, device=book.device)
    seen = book.gather(1, slot(day[:, None] + ahead, book.shape[1])).sum(1)
    return seen * (min(days, book.shape[1]) / len(ahead))
