"""Writing and re-staking edges, (B, N, M), which is nearly all the work of a step.

They lie proposal by proposal in memory, whatever the order of their dimensions: the slots in use are then
a stretch of memory, and loops run along the participants.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor

from ..edges import restake
from . import NAMESPACE
from .memory import blank_like

_CHUNK = 256  # environments whose edges the passes of `restake` find in the processor's cache


def no_edges(batch: int, rows: int, columns: int, device: torch.device | str) -> Tensor:
    """Zeros (B, N, M) that lie as edges do."""
    return torch.zeros(batch, columns, rows, dtype=torch.float64, device=device).transpose(1, 2)


def write(
    edges: Tensor, joins: Tensor, place: Tensor, row: Tensor,
    comes: list[Tensor], places: list[Tensor], columns: list[Tensor],
) -> None:  # fmt: skip
    """Writes a row, then columns, into `edges` (B, N, M) where there is one to write.

    Args:
        joins, place, row: whether (bool) and where there is a new row, (B,), and the row, (B, M).
        comes, places, columns: likewise one after another the columns, (B,) and (B, N).
    """
    batch = joins.nonzero().squeeze(1)
    edges[batch, place[batch]] = row[batch]
    for arrives, at, column in zip(comes, places, columns, strict=True):
        batch = arrives.nonzero().squeeze(1)
        edges[batch, :, at[batch]] = column[batch]


# A compiled `where` takes longer to leave all edges as they are than a write of the few new ones does.
append = torch.library.custom_op(f"{NAMESPACE}::append", write, mutates_args={"edges"})


@append.register_fake
def _(
    edges: Tensor, joins: Tensor, place: Tensor, row: Tensor,
    comes: list[Tensor], places: list[Tensor], columns: list[Tensor],
) -> None:  # fmt: skip
    return None


@torch.library.custom_op(f"{NAMESPACE}::insert", mutates_args=())
def insert(
    edges: Tensor, live: Tensor, joins: Tensor, place: Tensor, row: Tensor,
    comes: list[Tensor], places: list[Tensor], columns: list[Tensor],
) -> Tensor:  # fmt: skip
    """Other edges, with what `write` writes.

    Args:
        live: columns in use when all have come, int64 (B,); the others come out zero.
    """
    width = int(live.max())
    out = blank_like(edges, width)
    out[:, :, :width] = edges[:, :, :width]
    write(out[:, :, :width], joins, place, row[:, :width], comes, places, columns)
    return out


@insert.register_fake
def _(
    edges: Tensor, live: Tensor, joins: Tensor, place: Tensor, row: Tensor,
    comes: list[Tensor], places: list[Tensor], columns: list[Tensor],
) -> Tensor:  # fmt: skip
    return torch.empty_like(edges)


def with_arrivals(
    edges: Tensor, live: Tensor, joins: Tensor, place: Tensor, row: Tensor,
    comes: list[Tensor], places: list[Tensor], columns: list[Tensor], in_place: bool,
) -> Tensor:  # fmt: skip
    """Edges with what `write` writes: these, or others of which `live` says how many columns are in use."""
    if in_place:
        append(edges, joins, place, row, comes, places, columns)
        return edges
    other: Tensor = insert(edges, live, joins, place, row, comes, places, columns)
    return other


@cache
def _fast() -> Callable[..., Any]:
    """`restake` as a graph for any number of slots in use."""
    return torch.compile(restake, dynamic=True, fullgraph=True)


# Opaque to the compiler: how many slots are in use, mostly a small part, is known only from the data.
@torch.library.custom_op(f"{NAMESPACE}::restake", mutates_args=())
def _restake(
    live: Tensor, affinity: Tensor, open_: Tensor, anew: Tensor, sensitivity: Tensor, floor: Tensor,
    cut: Tensor, first: Tensor, last: Tensor, holdings: Tensor, voice: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    people = (anew, sensitivity, floor, cut, first, last, holdings, voice)
    if affinity.device.type != "cpu":
        found: tuple[Tensor, Tensor, Tensor] = _fast()(affinity, open_, *people)
        return found
    kept, staked, approval = torch.empty_like(cut), torch.zeros_like(open_), torch.zeros_like(open_)
    for start in range(0, len(live), _CHUNK):
        part = slice(start, start + _CHUNK)
        width = int(live[part].max())
        found = _fast()(affinity[part, :, :width], open_[part, :width], *(values[part] for values in people))
        kept[part], staked[part, :width], approval[part, :width] = found
    return kept, staked, approval


@_restake.register_fake
def _(
    live: Tensor, affinity: Tensor, open_: Tensor, anew: Tensor, sensitivity: Tensor, floor: Tensor,
    cut: Tensor, first: Tensor, last: Tensor, holdings: Tensor, voice: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    return torch.empty_like(cut), torch.empty_like(open_), torch.empty_like(open_)


def restake_live(live: Tensor, *edges_and_people: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """`restake`, in compiled code of the slots in use alone; `live` (B,) counts proposals."""
    if torch.compiler.is_compiling():
        found: tuple[Tensor, Tensor, Tensor] = _restake(live, *edges_and_people)
        return found
    return restake(*edges_and_people)
