"""Small helpers over batched tensors and the records that hold them."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import torch
from torch import Tensor

Tensors = Mapping[str, Tensor]
Number = float | Tensor  # a parameter: one value for all, or one per environment, shape (B,)
Record = TypeVar("Record", bound=tuple[Any, ...])


def power(x: Tensor, exponent: Number) -> Tensor:
    """x^exponent of a tensor that is not negative; halves of whole numbers to 4 cost no general power."""
    if isinstance(exponent, Tensor) or not (2.0 * exponent).is_integer() or not 0.0 <= exponent <= 4.0:
        return x**exponent
    whole = x ** int(exponent)
    return whole if float(exponent).is_integer() else whole * torch.sqrt(x)


def is_zero(number: Number) -> bool:
    """Whether a parameter is 0 for all, so that what it multiplies need not be computed."""
    return not isinstance(number, Tensor) and number == 0.0


def filled(like: Tensor, number: Number) -> Tensor:
    """A parameter as a tensor of the shape of `like`, (B,)."""
    return torch.zeros_like(like) + number


def map_record(function: Callable[..., Tensor], first: Record, *others: Record) -> Record:
    """Applies `function` leaf by leaf to records (nested NamedTuples and dicts) of one structure."""

    def visit(*nodes: Any) -> Any:
        if isinstance(nodes[0], dict):
            return {key: visit(*[node[key] for node in nodes]) for key in nodes[0]}
        if isinstance(nodes[0], tuple):
            leaves = [visit(*group) for group in zip(*nodes, strict=True)]
            return tuple(leaves) if type(nodes[0]) is tuple else type(nodes[0])(*leaves)
        return function(*nodes)

    result: Record = visit(first, *others)
    return result


def choose(condition: Tensor, yes: Record, no: Record) -> Record:
    """Per environment, the record `yes` where `condition` (B,) holds, else `no`."""

    def pick(a: Tensor, b: Tensor) -> Tensor:
        if a is b:  # untouched, or written in place
            return a
        return torch.where(condition.reshape(-1, *[1] * (a.dim() - 1)), a, b)

    return map_record(pick, yes, no)


def check_numbers(name: str, value: Any, shape: tuple[int, ...], *others: tuple[int, ...]) -> None:
    """Refuses what is no tensor of numbers of one of these shapes.

    Raises:
        ValueError: naming it.
    """
    if not isinstance(value, Tensor) or value.dtype == torch.bool or value.is_complex():
        found = f"of {value.dtype}" if isinstance(value, Tensor) else f"a {type(value).__name__}"
        raise ValueError(f"{name} is {found}; it must be a tensor of numbers of shape {shape}")
    if value.shape not in (shape, *others):
        raise ValueError(f"{name} has shape {tuple(value.shape)}; it must be {shape}")
