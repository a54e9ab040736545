"""Curves that are kept of a batch: every run's, thinned, or quantiles of the runs of a cell."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..judging.episodes import Rollout
from .design import Design, Trajectories
from .plan import Batch


def curves_of(design: Design, batch: Batch, result: Rollout) -> pa.Table | None:
    """One row a run (or a cell, for quantiles) and kept step, in the order of cells, runs and steps."""
    kept, count = design.trajectories, len(batch.cell)
    if kept is None:
        return None
    steps = kept_steps(kept, design.steps)
    curves = {
        name: np.concatenate([result.begin[name].numpy()[None], result.trace[name].numpy()])[steps, :count].T
        for name in kept.of
    }
    if kept.quantiles:
        return _bands(kept, batch, design.seeds, steps, curves)
    table: dict[str, Any] = {
        "cell": np.repeat(batch.cell, len(steps)),
        "seed": np.repeat(batch.run + design.first_seed, len(steps)),
        "step": np.tile(steps, count),
    }
    return pa.table(table | {name: curve.reshape(-1) for name, curve in curves.items()})


def kept_steps(kept: Trajectories, steps: int) -> NDArray[np.int64]:
    """Step 0, every so many, and the last."""
    return np.unique(np.append(np.arange(0, steps + 1, kept.every), steps))


def _bands(
    kept: Trajectories,
    batch: Batch,
    seeds: int,
    steps: NDArray[np.int64],
    curves: dict[str, NDArray[np.float64]],
) -> pa.Table:
    """Quantiles over the runs of each cell, which are all in this batch, one after the other."""
    cells = batch.cell[::seeds]
    table: dict[str, Any] = {"cell": np.repeat(cells, len(steps)), "step": np.tile(steps, len(cells))}
    for name, curve in curves.items():
        found = np.quantile(curve.reshape(len(cells), seeds, len(steps)), kept.quantiles, axis=1)
        for quantile, values in zip(kept.quantiles, found, strict=True):
            table[f"{name}@{quantile:g}"] = values.reshape(-1)
    return pa.table(table)
