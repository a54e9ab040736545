"""Key figures of a run: what every run has, and what a design asks for besides."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Take = Literal["last", "mean", "min", "max", "std", "share_within"]
TAKES: tuple[str, ...] = get_args(Take)
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """One number of a run, from the readings of a sensor after every step.

    Attributes:
        of: a sensor, or `lever.<name>`.
        take: the last reading, the mean, the least, the greatest or the standard deviation over the steps; or
            `share_within`, the share of the steps in which low <= reading <= high.
        low, high: for `share_within`; one of them may be left out.
        first, last: steps that count, from 1 to the horizon; by default all.

    Raises:
        ValueError: `take` is unknown, or these do not go together.
    """

    of: str
    take: Take = "mean"
    low: float | None = None
    high: float | None = None
    first: int = 1
    last: int | None = None

    def __post_init__(self) -> None:
        if self.take not in TAKES:
            raise ValueError(f"take is {self.take!r}; it must be one of {', '.join(TAKES)}")
        bounded = self.low is not None or self.high is not None
        if bounded != (self.take == "share_within"):
            raise ValueError(
                "share_within needs low, high or both"
                if not bounded
                else f"low and high are for share_within, not {self.take}"
            )
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(
                f"the range from {self.low:g} to {self.high:g} is empty; low must be at most high"
            )
        if self.first < 1 or (self.last is not None and self.last < self.first):
            raise ValueError(f"steps from {self.first} to {self.last} are none; need 1 <= first <= last")

    def of_trace(self, trace: Array) -> Array:
        """The figure of every run, (B,), from readings (T, B).

        Rows are added one after the other, so that a run's figure is the same in any batch.
        """
        part = trace[self.first - 1 : self.last]
        if self.take == "last":
            return part[-1]
        if self.take == "min":
            return part.min(0)
        if self.take == "max":
            return part.max(0)
        if self.take == "mean":
            return _mean(part)
        if self.take == "std":
            return np.sqrt(_mean((part - _mean(part)) ** 2))
        inside = np.ones_like(part, dtype=bool)
        if self.low is not None:
            inside &= part >= self.low
        if self.high is not None:
            inside &= part <= self.high
        return np.where(np.isnan(part).any(0), np.nan, _mean(inside.astype(np.float64)))


def _mean(rows: Array) -> Array:
    total = np.zeros(rows.shape[1])
    for row in rows:
        total = total + row
    return total / len(rows)


@dataclass(frozen=True)
class Goal:
    """A figure's threshold: a run meets the goal if its figure lies on the right side.

    Raises:
        ValueError: it has no threshold, or nothing lies between both.
    """

    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        if self.at_least is None and self.at_most is None:
            raise ValueError("a goal needs at_least, at_most or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"nothing is at least {self.at_least:g} and at most {self.at_most:g}")

    def met(self, figures: Array) -> NDArray[np.bool_]:
        """Whether each figure meets it; nan never does."""
        low = -np.inf if self.at_least is None else self.at_least
        high = np.inf if self.at_most is None else self.at_most
        return (figures >= low) & (figures <= high)

    def __str__(self) -> str:
        parts = [f"≥ {self.at_least:g}"] if self.at_least is not None else []
        return " and ".join([*parts, *([f"≤ {self.at_most:g}"] if self.at_most is not None else [])])
