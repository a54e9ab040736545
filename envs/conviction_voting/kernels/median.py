"""The median affinity, recomputed only where it changed (section 9)."""

import numpy as np
import torch
from torch import Tensor

from . import NAMESPACE


def _median(affinity: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Median of affinity (B, N, M) over rows (B, N) and columns (B, M), (B,); 0 without any edge."""
    edges = rows[:, :, None] & columns[:, None, :]
    values = torch.where(edges, affinity, torch.inf).flatten(1).sort(dim=1).values
    count = edges.flatten(1).sum(1)
    low = torch.clamp((count - 1) // 2, min=0)
    high = torch.clamp(count // 2, max=values.shape[1] - 1)
    pair = values.gather(1, torch.stack([low, high], dim=1))
    return torch.where(count > 0, pair.mean(1), 0.0)


# Opaque to the compiler: which environments changed is known only from the data, and selecting in all of
# them costs several times the rest of a step.
@torch.library.custom_op(f"{NAMESPACE}::refresh", mutates_args=())
def refresh(cached: Tensor, stale: Tensor, affinity: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """`cached` (B,), with the median anew where `stale` (B,) holds."""
    fresh = cached.clone()
    if cached.device.type != "cpu":
        some = stale.nonzero().squeeze(1)
        fresh[some] = _median(affinity[some], rows[some], columns[some])
        return fresh
    values, out = affinity.numpy(), fresh.numpy()
    counts, chosen = rows.sum(1).tolist(), columns.numpy()  # rows are filled in order
    for i in np.flatnonzero(stale.numpy()).tolist():
        edges = values[i, : counts[i]][:, chosen[i]].ravel()
        half = edges.size // 2
        if half == 0:
            out[i] = edges.sum()
            continue
        edges.partition(half)
        out[i] = edges[half] if edges.size % 2 else (edges[:half].max() + edges[half]) / 2.0
    return fresh


@refresh.register_fake
def _(cached: Tensor, stale: Tensor, affinity: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    return torch.empty_like(cached)
