"""Work on the edges, (B, N, M), which is nearly all the work of a step."""

import torch
from torch import Tensor

# Opaque to the compiler, in the namespace of the package's name, of which two copies may meet in one process.
_SPACE = __name__.replace(".", "_")


@torch.library.custom_op(f"{_SPACE}::copy", mutates_args=())
def _copy(tensors: list[Tensor]) -> list[Tensor]:
    return [tensor.clone() for tensor in tensors]


@_copy.register_fake
def _(tensors: list[Tensor]) -> list[Tensor]:
    return [torch.empty_like(tensor) for tensor in tensors]


def settled(*tensors: Tensor) -> list[Tensor]:
    """Masks as 0.0 and 1.0, and values as they are, that compiled code reads instead of recomputing.

    The compiler would inline what a small tensor is made of (hashes above all) into the loop over the
    edges that it broadcasts to, and its loops over floating point are several times faster than its
    loops over bool.
    """
    floats = [tensor.to(torch.float64) for tensor in tensors]
    return _copy(floats) if torch.compiler.is_compiling() else floats


# A compiled `where` takes longer to leave all edges as they are than a copy and a write of the few new ones.
@torch.library.custom_op(f"{_SPACE}::insert", mutates_args=())
def insert(edges: Tensor, row_slot: Tensor, row: Tensor, column_slot: Tensor, column: Tensor) -> Tensor:
    """`edges` (B, N, M) with a row, then a column, replaced where there is one to replace.

    Args:
        row_slot, column_slot: 0 or 1, (B, N) and (B, M), at most one 1 each.
        row, column: (B, M) and (B, N).
    """
    out = edges.clone()
    batch, slot = row_slot.nonzero(as_tuple=True)
    out[batch, slot] = row[batch]
    batch, slot = column_slot.nonzero(as_tuple=True)
    out[batch, :, slot] = column[batch]
    return out


@insert.register_fake
def _(edges: Tensor, row_slot: Tensor, row: Tensor, column_slot: Tensor, column: Tensor) -> Tensor:
    return torch.empty_like(edges)


def rows(values: Tensor) -> Tensor:
    """(B, N) as it broadcasts over edges."""
    return values[:, :, None]


def columns(values: Tensor) -> Tensor:
    """(B, M) as it broadcasts over edges."""
    return values[:, None, :]
