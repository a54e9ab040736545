"""Small helpers over batched tensors and the records that hold them."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import torch
from torch import Tensor

Tensors = Mapping[str, Tensor]
Number = float | Tensor  # a parameter: one value for all, or one per environment, shape (B,)
Record = TypeVar("Record", bound=tuple[Any, ...])


def map_record(function: Callable[..., Tensor], first: Record, *others: Record) -> Record:
    """Applies `function` leaf by leaf to records (NamedTuples, nested or not) of one structure."""
    leaves = [
        map_record(function, *group) if isinstance(group[0], tuple) else function(*group)
        for group in zip(first, *others, strict=True)
    ]
    return type(first)(*leaves)


def choose(condition: Tensor, yes: Record, no: Record) -> Record:
    """Per environment, the record `yes` where `condition` (B,) holds, else `no`."""

    def pick(a: Tensor, b: Tensor) -> Tensor:
        return torch.where(condition.reshape(-1, *[1] * (a.dim() - 1)), a, b)

    return map_record(pick, yes, no)


def where_number(condition: Tensor, yes: Number, no: Number) -> Tensor:
    """`torch.where` for parameters, which are numbers or tensors."""
    like = next((x for x in (yes, no) if isinstance(x, Tensor)), None)
    dtype = torch.float64 if like is None else like.dtype
    return torch.where(
        condition,
        torch.as_tensor(yes, dtype=dtype, device=condition.device),
        torch.as_tensor(no, dtype=dtype, device=condition.device),
    )
