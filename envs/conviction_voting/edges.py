"""Work on the edges, (B, N, M), which is nearly all the work of a step."""

import torch
from torch import Tensor

from .recycling import blank_like

# Opaque to the compiler, in the namespace of the package's name, of which two copies may meet in one process.
_SPACE = __name__.replace(".", "_")


@torch.library.custom_op(f"{_SPACE}::copy", mutates_args=())
def _copy(tensors: list[Tensor]) -> list[Tensor]:
    return [tensor.clone() for tensor in tensors]


@_copy.register_fake
def _(tensors: list[Tensor]) -> list[Tensor]:
    return [torch.empty_like(tensor) for tensor in tensors]


def settled(*tensors: Tensor) -> list[Tensor]:
    """Values in floating point that compiled code reads instead of recomputing.

    The compiler would inline what a small tensor is made of (hashes above all) into the loop over the
    edges that it broadcasts to, and its loops over floating point are several times faster than its
    loops over bool.
    """
    floats = [tensor.to(torch.float64) for tensor in tensors]
    return _copy(floats) if torch.compiler.is_compiling() else floats


# A compiled `where` takes longer to leave all edges as they are than a copy and a write of the few new ones.
@torch.library.custom_op(f"{_SPACE}::insert", mutates_args=())
def insert(
    edges: Tensor, joins: Tensor, place: Tensor, row: Tensor, comes: list[Tensor], places: list[Tensor],
    columns: list[Tensor],
) -> Tensor:  # fmt: skip
    """`edges` (B, N, M) with a row, then columns, replaced where there is one to replace.

    Args:
        joins, place, row: whether (bool) and where there is a new row, (B,), and the row, (B, M).
        comes, places, columns: likewise one after another the columns, (B,) and (B, N).
    """
    out = blank_like(edges).copy_(edges)
    batch = joins.nonzero().squeeze(1)
    out[batch, place[batch]] = row[batch]
    for arrives, at, column in zip(comes, places, columns, strict=True):
        batch = arrives.nonzero().squeeze(1)
        out[batch, :, at[batch]] = column[batch]
    return out


@insert.register_fake
def _(
    edges: Tensor, joins: Tensor, place: Tensor, row: Tensor, comes: list[Tensor], places: list[Tensor],
    columns: list[Tensor],
) -> Tensor:  # fmt: skip
    return torch.empty_like(edges)


def rows(values: Tensor) -> Tensor:
    """(B, N) as it broadcasts over edges."""
    return values[:, :, None]


def columns(values: Tensor) -> Tensor:
    """(B, M) as it broadcasts over edges."""
    return values[:, None, :]
