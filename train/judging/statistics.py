"""Statistics of scores in the manner of rliable: robust means, bootstrap intervals, profiles.

Episodes are stratified by scenario: every resample draws episodes within each scenario, with replacement.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import trim_mean

Array = NDArray[np.float64]
RESAMPLES = 2000


class Estimate(NamedTuple):
    """A statistic and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


def interquartile_mean(scores: Array) -> Array:
    """Mean of the middle half along the last axis."""
    return np.asarray(trim_mean(scores, 0.25, axis=-1))


def mean(scores: Array) -> Array:
    """Mean along the last axis."""
    return np.asarray(scores.mean(-1))


def estimate(scores: Array, strata: NDArray[np.int64], statistic: object = interquartile_mean) -> Estimate:
    """A statistic of scores (n,) with a stratified bootstrap interval.

    Args:
        strata: (n,) number of each score's stratum.
        statistic: (..., n) → (...).
    """
    assert callable(statistic)
    generator = np.random.default_rng(0)  # the interval is a function of the scores alone
    parts = [np.flatnonzero(strata == stratum) for stratum in np.unique(strata)]
    picks = [part[generator.integers(len(part), size=(RESAMPLES, len(part)))] for part in parts]
    resampled = statistic(scores[np.concatenate(picks, axis=1)])
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Estimate(float(statistic(scores)), float(low), float(high))


def profile(scores: Array, thresholds: Array) -> Array:
    """Share of the scores above each threshold."""
    return np.asarray((scores[None, :] > thresholds[:, None]).mean(1))
