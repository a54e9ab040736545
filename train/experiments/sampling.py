"""Points to try: levels and ranges of what is varied, and how they are combined."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite, log
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

Method = Literal["grid", "list", "random", "latin_hypercube", "sobol", "morris", "sobol_indices"]
METHODS: tuple[str, ...] = get_args(Method)
SAMPLED = METHODS[2:]
SENSITIVITY = METHODS[5:]
MORRIS_LEVELS = 4
Role = Literal["control", "environment"]
MOST_POINTS = 10**7


@dataclass(frozen=True)
class Range:
    """From `low` to `high`; a log range is even in logarithms.

    Attributes:
        levels: values of a grid, evenly from end to end; None where points are drawn.

    Raises:
        ValueError: it is empty, or has no logarithm.
    """

    low: float
    high: float
    scale: Literal["linear", "log"] = "linear"
    levels: int | None = None

    def __post_init__(self) -> None:
        if not (isfinite(self.low) and isfinite(self.high) and self.low < self.high):
            raise ValueError(f"the range from {self.low:g} to {self.high:g} is empty; low must be below high")
        if self.scale not in ("linear", "log"):
            raise ValueError(f"scale is {self.scale!r}; it must be linear or log")
        if self.scale == "log" and self.low <= 0.0:
            raise ValueError(f"a log range needs low above 0, not {self.low:g}")
        if self.levels is not None and self.levels < 2:
            raise ValueError(f"levels is {self.levels}; a range needs at least 2 of them, its ends")

    def at(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places in [0, 1] → values."""
        if self.scale == "log":
            return np.exp(log(self.low) + unit * (log(self.high) - log(self.low)))
        return self.low + unit * (self.high - self.low)

    def grid(self) -> tuple[float, ...]:
        """The levels, both ends to the last bit."""
        assert self.levels is not None
        inner = self.at(np.linspace(0.0, 1.0, self.levels))[1:-1].tolist()
        return (float(self.low), *inner, float(self.high))


Varied = Range | tuple[Any, ...]
"""A range to draw from, or the values themselves."""


@dataclass(frozen=True)
class Vary:
    """What is varied together. Every point of one `Vary` meets every point of the others.

    Attributes:
        method: `grid` crosses all levels; `list` takes the first of every list, then the second, ...;
            `random`, `latin_hypercube` and `sobol` draw points, of lists as of ranges;
            `morris` and `sobol_indices` lay them out so that one sees what moves the result, see `sensitivity`.
        parameters, levers: name → its range or its values.
        points: how many are drawn; a power of two for `sobol` and `sobol_indices`. Of n ranges, `morris` makes
            n + 1 of each, and `sobol_indices` n + 2. seed: of the drawing.
        role: `control`, what somebody may choose, or `environment`, what nobody knows.

    Raises:
        ValueError: it is empty, or the method cannot be had of these.
    """

    method: Method
    parameters: Mapping[str, Varied] = field(default_factory=dict)
    levers: Mapping[str, Varied] = field(default_factory=dict)
    points: int | None = None
    seed: int = 0
    role: Role = "control"

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"method is {self.method!r}; it must be one of {', '.join(METHODS)}")
        if self.role not in get_args(Role):
            raise ValueError(f"role is {self.role!r}; it must be control or environment")
        if not self.columns:
            raise ValueError("nothing is varied; name parameters or levers")
        drawn = self.method in SAMPLED
        if drawn != (self.points is not None):
            raise ValueError(
                f"method {self.method} needs points, how many are drawn"
                if drawn
                else f"method {self.method} takes no points; they follow from the values"
            )
        if drawn and self.seed < 0:
            raise ValueError(f"seed is {self.seed}; it must be a whole number from 0 on")
        for name, values in self.columns.items():
            self._check_column(name, values)
        if self.method == "list" and len({len(v) for v in self.columns.values()}) > 1:  # type: ignore[arg-type]
            lengths = ", ".join(f"{name} {len(v)}" for name, v in self.columns.items())  # type: ignore[arg-type]
            raise ValueError(f"method list needs lists of one length; these hold: {lengths}")
        if "sobol" in self.method and self.points is not None and self.points & (self.points - 1):
            near = 2 ** (self.points.bit_length() - 1)
            raise ValueError(
                f"points is {self.points}; a Sobol' sequence is even at powers of two: {near} or {2 * near}"
            )

    def _check_column(self, name: str, values: Varied) -> None:
        if isinstance(values, Range):
            if self.method == "grid" and values.levels is None:
                raise ValueError(f"{name}: a grid needs levels for its range, or a list of values")
            if self.method == "list":
                raise ValueError(f"{name}: method list needs a list of values, not a range")
            if self.method in SAMPLED and values.levels is not None:
                raise ValueError(f"{name}: levels are for a grid; {self.method} draws from the whole range")
        elif not values:
            raise ValueError(f"{name}: the list of values is empty")
        elif self.method in SENSITIVITY:
            raise ValueError(f"{name}: method {self.method} needs a range, {{low: , high: }}, not a list")

    @property
    def columns(self) -> dict[str, Varied]:
        """`parameter.<name>` and `lever.<name>` → range or values."""
        named = {"parameter": self.parameters, "lever": self.levers}
        return {f"{kind}.{name}": values for kind, part in named.items() for name, values in part.items()}

    @property
    def size(self) -> int:
        """How many points there are."""
        if self.points is not None:
            more = {"morris": 1, "sobol_indices": 2}.get(self.method)
            return self.points * (1 if more is None else len(self.columns) + more)
        lengths = [v.levels or 0 if isinstance(v, Range) else len(v) for v in self.columns.values()]
        return lengths[0] if self.method == "list" else int(np.prod([float(n) for n in lengths]))

    def drawn(self) -> dict[str, NDArray[Any]]:
        """Every column's values, one a point.

        Raises:
            ValueError: there are too many.
        """
        if self.size > MOST_POINTS:
            raise ValueError(f"{self.size:g} points are too many; {MOST_POINTS:g} are possible")
        if self.method == "list":
            return {name: _array(values) for name, values in self.columns.items()}  # type: ignore[arg-type]
        if self.method == "grid":
            return self._crossed()
        unit = self.unit()
        return {
            name: values.at(place)
            if isinstance(values, Range)
            else _array(values)[_whole(place, len(values))]
            for (name, values), place in zip(self.columns.items(), unit.T, strict=True)
        }

    def _crossed(self) -> dict[str, NDArray[Any]]:
        levels = [v.grid() if isinstance(v, Range) else v for v in self.columns.values()]
        places = np.unravel_index(np.arange(self.size), [len(one) for one in levels])
        return {
            name: _array(one)[place] for name, one, place in zip(self.columns, levels, places, strict=True)
        }

    def unit(self) -> NDArray[np.float64]:
        """The drawn points in the unit cube, (points, columns)."""
        assert self.points is not None
        dimensions = len(self.columns)
        generator = np.random.default_rng(self.seed)
        if self.method == "random":
            return generator.random((self.points, dimensions))
        if self.method in SENSITIVITY:
            return self._laid_out(dimensions)
        if self.method == "sobol":
            cube: NDArray[np.float64] = qmc.Sobol(dimensions, seed=generator).random(self.points)
        else:
            cube = qmc.LatinHypercube(dimensions, seed=generator).random(self.points)
        return cube

    def _laid_out(self, dimensions: int) -> NDArray[np.float64]:
        from SALib.sample import morris, sobol

        problem = unit_problem([str(one) for one in range(dimensions)])
        found: NDArray[np.float64] = (
            morris.sample(problem, self.points, num_levels=MORRIS_LEVELS, seed=self.seed)
            if self.method == "morris"
            else sobol.sample(problem, self.points, calc_second_order=False, seed=self.seed)
        )
        return found


def unit_problem(names: list[str]) -> dict[str, Any]:
    """The unit cube as SALib describes it."""
    return {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}


def _whole(place: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    return np.minimum((place * count).astype(np.int64), count - 1)


def _array(values: tuple[Any, ...]) -> NDArray[Any]:
    """Numbers as numbers, anything else (words, lists) as the object that it is."""
    if all(isinstance(one, int | float) and not isinstance(one, bool) for one in values):
        return np.array(values)
    array = np.empty(len(values), dtype=object)
    for place, one in enumerate(values):  # one by one: a list among them is one value
        array[place] = one
    return array
