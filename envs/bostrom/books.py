"""Release books: H by the day its lock ends, as a ring of days (sections 3, 5.11 and 10).

A book is (B, K); slot `day mod K` holds what ends on that day. A lock beyond K days is entered at K
days, which no run of K steps can tell from the truth.
"""

import torch
from torch import Tensor


def due(book: Tensor, day: Tensor) -> Tensor:
    """H whose lock ends on `day`, int64 (B,)."""
    return book.gather(1, torch.remainder(day, book.shape[1])[:, None])[:, 0]


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
    today = torch.remainder(day, size)
    lock = torch.clamp(lock, min=1 if accumulate else 0, max=size)
    kept = unbooked & (lock > 0)
    end = torch.where(kept, torch.remainder(day + lock, size), today)
    left = torch.where(unbooked, torch.zeros_like(released), released)
    idle = torch.zeros_like(left) if accumulate else left
    put = book.index_put_ if in_place else book.index_put
    book = put((row, today), left)
    put = book.index_put_ if in_place else book.index_put
    return put((row, end), torch.where(kept, amount, idle), accumulate=accumulate)


def within(book: Tensor, day: Tensor, days: int) -> Tensor:
    """H whose lock ends in the `days` days from `day` on, (B,)."""
    ahead = torch.arange(min(days, book.shape[1]), device=book.device)
    return book.gather(1, torch.remainder(day[:, None] + ahead, book.shape[1])).sum(1)
