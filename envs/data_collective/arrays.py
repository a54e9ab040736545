"""Sums over cohorts, data and regions as batched matrix products, which are faster than broadcast ones."""

import torch
from torch import Tensor

from ..core.tensors import Number

TINY = 1e-12  # least divisor where one may be 0


def ratio(numerator: Tensor, divisor: Tensor) -> Tensor:
    """Quotient by a divisor that is not negative and may be 0."""
    return numerator / torch.clamp(divisor, min=TINY)


def over_cohorts(table: Tensor, *weights: Tensor) -> tuple[Tensor, ...]:
    """For each of the weights (B, N): Σ_i weight_i table_ik, (B, K), of a table (B, N, K)."""
    return torch.bmm(torch.stack(weights, 1), table).unbind(1)


def over_data(table: Tensor, *weights: Tensor) -> tuple[Tensor, ...]:
    """For each of the weights (B, K): Σ_k table_ik weight_k, (B, N), of a table (B, N, K)."""
    return torch.bmm(torch.stack(weights, 1), table.transpose(1, 2)).unbind(1)


def in_regions(table: Tensor, weights: Tensor, regions: int) -> Tensor:
    """Σ over the cohorts of each region, i mod R, of weight_i table_ik: (B, R, K)."""
    batch, _, data = table.shape
    return (table * weights[:, :, None]).reshape(batch, -1, regions, data).sum(1)


def at_home(values: Tensor, table: Tensor) -> Tensor:
    """A table (B, N, K) of cohorts times the values (B, R, K) of their regions."""
    batch, regions, data = values.shape
    return (table.reshape(batch, -1, regions, data) * values[:, None]).reshape(table.shape)


def weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    """Mean over the last dimension, kept as a column."""
    return ratio((weights * values).sum(-1, keepdim=True), weights.sum(-1, keepdim=True))


def clip(x: Tensor, low: Number, high: Number) -> Tensor:
    """`x` within bounds that may be numbers or columns (B, 1)."""
    if isinstance(low, Tensor) or isinstance(high, Tensor):
        least, most = (torch.as_tensor(bound, dtype=x.dtype) for bound in (low, high))
        return torch.maximum(torch.minimum(x, most), least)
    return torch.clamp(x, low, high)


def deepened(number: Number, dimensions: int) -> Number:
    """A column (B, 1) with trailing dimensions to so many in all; one value for all stays as it is."""
    return number.reshape(-1, *[1] * (dimensions - 1)) if isinstance(number, Tensor) else number


def plus(x: Tensor, factor: Number, table: Tensor) -> Tensor:
    """`x` + factor · table (B, N, K) in one pass; the factor is a number or a column (B, 1)."""
    if isinstance(factor, Tensor):
        return torch.addcmul(x, factor[:, :, None], table)
    return torch.add(x, table, alpha=factor)
