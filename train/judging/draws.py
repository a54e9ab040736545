"""Tables of injected draws, read strictly."""

import csv
from collections.abc import Callable
from math import inf
from pathlib import Path

import torch
from torch import Tensor

from envs.core.chance import Replay


class Checked(Replay):
    """Draws from a table, each inside the range of the law that it is asked for under.

    Raises:
        ValueError: one is not, when it is asked for.
    """

    def _within(self, name: str, values: Tensor, low: float, high: float, count: bool = False) -> Tensor:
        for value in values.flatten().tolist():
            if not low <= value <= high or (count and value != int(value)):
                kind = "a whole number" if count else "a draw"
                bounds = f"from {low:g} to {high:g}" if high < inf else f"from {low:g} on"
                row = self.time + 2  # after the header, counted from 1
                raise ValueError(f"--draws: {name} is {value:g} in line {row}; it must be {kind} {bounds}")
        return values

    def uniform(self, name: str, *shape: int) -> Tensor:
        """The injected draw of that name, in [0, 1]."""
        return self._within(name, super().uniform(name, *shape), 0.0, 1.0)

    def exponential(self, name: str, *shape: int) -> Tensor:
        """The injected draw of that name, from 0 on."""
        return self._within(name, super().exponential(name, *shape), 0.0, inf)

    def gamma(self, name: str, order: int, *shape: int) -> Tensor:
        """The injected draw of that name, from 0 on."""
        return self._within(name, super().gamma(name, order, *shape), 0.0, inf)

    def inverse(self, name: str, quantile: Callable[[Tensor], Tensor], mean: float, *shape: int) -> Tensor:
        """The injected draw of that name, a share in [0, 1]: all laws that are drawn so are shares."""
        return self._within(name, super().inverse(name, quantile, mean, *shape), 0.0, 1.0)

    def binomial(self, name: str, count: Tensor, probability: Tensor) -> Tensor:
        """The injected draw of that name, a whole number up to the largest count."""
        return self._within(name, super().binomial(name, count, probability), 0.0, float(count.max()), True)

    def poisson(self, name: str, rate: Tensor) -> Tensor:
        """The injected draw of that name, a whole number."""
        return self._within(name, super().poisson(name, rate), 0.0, inf, True)


def read_draws(path: Path, steps: int, time_column: str = "timestep") -> Checked:
    """Injected draws: a column for each name, and a row for each step; a byte order mark is no letter.

    Args:
        time_column: numbers the steps and is no draw.

    Raises:
        ValueError: the file is missing or no table of finite numbers, or has too few rows.
    """
    where = f"--draws {path}"
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            head, *rows = [row for row in csv.reader(stream, strict=True) if row] or [[]]
    except OSError as error:
        raise ValueError(f"{where}: {error.strerror}") from None
    except (ValueError, csv.Error) as error:
        raise ValueError(f"{where} is no table: {error}") from None
    names = [name.strip() for name in head]
    if not names or not all(names) or len(set(names)) < len(names):
        raise ValueError(
            f"{where}: its columns are {', '.join(map(repr, names))}; each needs a name of its own"
        )
    for number, row in enumerate(rows, start=2):
        if len(row) != len(names):
            raise ValueError(f"{where}: line {number} has {len(row)} fields; the header has {len(names)}")
    if len(rows) < steps:
        raise ValueError(f"{where} has {len(rows)} rows; {steps} steps need {steps}")
    try:
        table = torch.tensor([[float(cell) for cell in row] for row in rows], dtype=torch.float64)
    except ValueError as error:
        raise ValueError(f"{where} is not a table of numbers: {error}") from None
    if not bool(torch.isfinite(table).all()):
        column = names[int((~torch.isfinite(table)).any(0).nonzero()[0])]
        raise ValueError(f"{where}: column {column} holds a number that is not finite")
    columns = zip(names, table.T, strict=True)
    return Checked({name: values[:, None] for name, values in columns if name != time_column})
