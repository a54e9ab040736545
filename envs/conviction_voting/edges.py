"""Work on the edges, (B, N, M), which is nearly all the work of a step.

They lie proposal by proposal in memory, whatever the order of their dimensions: the slots in use are then
a stretch of memory, and loops run along the participants.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor

from .recycling import blank_like

# Opaque to the compiler, in the namespace of the package's name, of which two copies may meet in one process.
_SPACE = __name__.replace(".", "_")
_CHUNK = 256  # environments whose edges the passes of `restake` find in the processor's cache


def no_edges(batch: int, rows: int, columns: int, device: torch.device | str) -> Tensor:
    """Zeros (B, N, M) that lie as edges do."""
    return torch.zeros(batch, columns, rows, dtype=torch.float64, device=device).transpose(1, 2)


def rows(values: Tensor) -> Tensor:
    """(B, N) as it broadcasts over edges."""
    return values[:, :, None]


def columns(values: Tensor) -> Tensor:
    """(B, M) as it broadcasts over edges."""
    return values[:, None, :]


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
append = torch.library.custom_op(f"{_SPACE}::append", write, mutates_args={"edges"})


@append.register_fake
def _(
    edges: Tensor, joins: Tensor, place: Tensor, row: Tensor,
    comes: list[Tensor], places: list[Tensor], columns: list[Tensor],
) -> None:  # fmt: skip
    return None


@torch.library.custom_op(f"{_SPACE}::insert", mutates_args=())
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


def gate(candidates: Tensor) -> Tensor:
    """What added to a liking keeps candidates (bool, (B, M)) and bars all others: 0 and -inf, float64."""
    return torch.where(candidates, 0.0, -torch.inf).to(torch.float64)


def favoured(
    liking: Tensor, open_: Tensor, anew: Tensor, sensitivity: Tensor, floor: Tensor, cut: Tensor
) -> Tensor:
    """The cut (B, N) of every participant: a new one for those who choose anew.

    Args:
        liking: affinity, with what influence adds, (B, N, M). open_: see `gate`, (B, M).
        anew: 1 for those who choose anew, else 0, (B, N). cut: that of the others, (B, N).
        sensitivity, floor: (B, 1).
    """
    best = (liking + columns(open_)).amax(2)
    return torch.where(anew > 0.0, torch.maximum(sensitivity * best, floor), cut)


def supported(
    values: Tensor, liking: Tensor, open_: Tensor, cut: Tensor, first: Tensor, last: Tensor
) -> Tensor:
    """`values` (B, N, M) on the edges that choices support, else 0.

    A choice takes those whom it likes more than a cut, of the candidates of its moment. From then on it
    only loses the ones who are candidates no more, so that cut and moment are all there is to remember.

    Args:
        liking, open_: see `favoured`. cut, first, last: (B, N), see `State`.
    """
    place = torch.arange(liking.shape[2], dtype=torch.float64, device=liking.device)
    above = torch.where(liking + columns(open_) > rows(cut), values, 0.0)
    begun = torch.where(place >= rows(first), above, 0.0)  # a compiled & of masks is slow
    return torch.where(place < rows(last), begun, 0.0)


def shared(holdings: Tensor, weight: Tensor) -> Tensor:
    """Tokens per unit of affinity, (B, N), of those who support affinities that sum to `weight` (B, N)."""
    return holdings / torch.where(weight == 0.0, 1.0, weight)


def restake(
    affinity: Tensor, open_: Tensor, anew: Tensor, sensitivity: Tensor, floor: Tensor, cut: Tensor,
    first: Tensor, last: Tensor, holdings: Tensor, voice: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
    """Everybody's stakes where nothing but a choice says who supports whom (section 5.4).

    Args:
        holdings: tokens (B, N). voice: share of all holdings, (B, N). The others: see `supported`.

    Returns:
        cut (B, N); tokens staked on each proposal (B, M); mean affinity by `voice` (B, M).
    """
    cut = favoured(affinity, open_, anew, sensitivity, floor, cut)
    weight = supported(affinity, affinity, open_, cut, first, last).sum(2)
    tokens = rows(shared(holdings, weight)) * affinity
    staked = supported(tokens, affinity, open_, cut, first, last).sum(1)
    return cut, staked, (rows(voice) * affinity).sum(1)


@cache
def _fast() -> Callable[..., Any]:
    """`restake` as a graph for any number of slots in use."""
    return torch.compile(restake, dynamic=True, fullgraph=True)


# Opaque to the compiler: how many slots are in use, mostly a small part, is known only from the data.
@torch.library.custom_op(f"{_SPACE}::restake", mutates_args=())
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
