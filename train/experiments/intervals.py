"""Intervals of means over runs that share shocks: rows are points of the environment, columns are seeds."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..judging.statistics import RESAMPLES, Estimate

Array = NDArray[np.float64]
MOST_UNITS = 1000
"""Rows or columns that are resampled one by one; more are put together in so many groups, whose means do as well."""
NORMAL = 1.959963984540054  # 97.5 % of the standard normal law lie below


def mean(values: Array, points_drawn: bool) -> Estimate:
    """Mean of figures, with a 95 % interval by bootstrap; what is nan is left out.

    Seeds are resampled whole, since a seed's shocks are the same at every point, and so are points where they were
    drawn at random (Owen 2007, "The pigeonhole bootstrap"). With less than ten of them an interval is too narrow.

    Args:
        values: (points, seeds). points_drawn: whether the points are a sample, and not all there are.
    """
    known = ~np.isnan(values)
    if not known.any():
        return Estimate(np.nan, np.nan, np.nan)
    with np.errstate(invalid="ignore"):  # figures may be infinite: a day that never came
        middle = float(values[known].mean())
    resampled = _resampled(np.where(known, values, 0.0), known.astype(np.float64), points_drawn)
    if not np.isfinite(middle) or len(resampled) < 2:
        return Estimate(middle, np.nan, np.nan)
    low, high = np.nanquantile(resampled, [0.025, 0.975])
    return Estimate(middle, float(low), float(high))


def share(met: Array, points_drawn: bool) -> Estimate:
    """Share of runs, with Wilson's 95 % interval at as many independent runs as the bootstrap's variance tells.

    Where all are alike, the more numerous of seeds and drawn points are counted as independent.

    Args:
        met: (points, seeds) from 0 to 1.
    """
    middle, units = float(met.mean()), max(met.shape) if points_drawn else met.shape[1]
    spread = float(np.var(_resampled(met, np.ones_like(met), points_drawn)))
    count = middle * (1.0 - middle) / spread if spread > 0.0 else units
    count = min(max(count, min(met.shape)), met.size)
    base = 1.0 + NORMAL**2 / count
    centre = (middle + NORMAL**2 / (2 * count)) / base
    half = NORMAL / base * (middle * (1.0 - middle) / count + NORMAL**2 / (4 * count**2)) ** 0.5
    return Estimate(middle, max(0.0, centre - half), min(1.0, centre + half))


def _resampled(total: Array, count: Array, points_drawn: bool) -> Array:
    """Means of resamples, (RESAMPLES,), or none where there is nothing to resample."""
    total, count = (_grouped(_grouped(one, 0), 1) for one in (total, count))
    points, seeds = total.shape
    rows = _weights(points, 0) if points_drawn and points > 1 else np.ones((1, points))
    columns = _weights(seeds, 1) if seeds > 1 else np.ones((1, seeds))
    if len(rows) == len(columns) == 1:
        return np.empty(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = ((rows @ total) * columns).sum(1) / ((rows @ count) * columns).sum(1)
    return found


def _grouped(values: Array, axis: int) -> Array:
    """Sums over neighbours, so that no more than MOST_UNITS are left."""
    length = values.shape[axis]
    if length <= MOST_UNITS:
        return values
    edges = np.linspace(0, length, MOST_UNITS, endpoint=False).astype(np.int64)
    return np.asarray(np.add.reduceat(values, edges, axis=axis))


@lru_cache(maxsize=8)
def _weights(units: int, stream: int) -> Array:
    """How often each unit is in each resample, (RESAMPLES, units); the same ones every time."""
    generator = np.random.default_rng(stream)
    return generator.multinomial(units, np.full(units, 1.0 / units), size=RESAMPLES).astype(np.float64)
