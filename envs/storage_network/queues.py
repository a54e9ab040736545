"""The queues of messages: fixed slots, the oldest first (`model.md`, 6.1 and 6.2)."""

import torch
from torch import Tensor

from .state import Queue


def empty(batch: int, capacity: int, device: torch.device | str = "cpu") -> Queue:
    """A queue with so many slots and no message."""
    zeros = torch.zeros(batch, capacity, dtype=torch.float64, device=device)
    return Queue(zeros, zeros.clone(), torch.zeros(batch, dtype=torch.int64, device=device))


def append(queue: Queue, created: Tensor, commitment: Tensor, where: Tensor) -> Queue:
    """The queue with a message (B,) at its end, where bool (B,) says so."""
    slots = torch.arange(queue.created.shape[1], device=created.device)
    here = (slots == queue.length[:, None]) & where[:, None]
    return Queue(
        torch.where(here, created[:, None], queue.created),
        torch.where(here, commitment[:, None], queue.commitment),
        queue.length + where,
    )


def withdraw(queue: Queue, place: Tensor, where: Tensor) -> tuple[Queue, Tensor, Tensor]:
    """The queue without the message at a place (B,), that message's block, and its commitment.

    Where bool (B,) does not hold, the queue stays and what is returned means nothing.
    """
    slots = torch.arange(queue.created.shape[1], device=place.device)
    taken = slots == place[:, None]
    shifts = (slots >= place[:, None]) & where[:, None]

    def left(column: Tensor) -> Tensor:
        following = torch.cat([column[:, 1:], torch.zeros_like(column[:, :1])], 1)
        return torch.where(shifts, following, column)

    rest = Queue(left(queue.created), left(queue.commitment), queue.length - where.to(torch.int64))
    created = torch.where(taken, queue.created, 0.0).sum(1)
    return rest, created, torch.where(taken, queue.commitment, 0.0).sum(1)


def chosen(queue: Queue, pick: int, limit: int) -> tuple[Tensor, Tensor]:
    """The place that a hop takes, and whether it takes any: the `pick`-th from the end of more than `limit`."""
    return queue.length - pick, queue.length > limit


def first(queue: Queue, block: Tensor, service: int) -> tuple[Tensor, Tensor]:
    """The oldest message's place, and whether its request is `service` blocks old (Q6 mended)."""
    old = block.to(torch.float64) - queue.created[:, 0] >= service
    return torch.zeros_like(queue.length), (queue.length > 0) & old
