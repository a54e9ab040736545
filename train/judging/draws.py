"""Tables of injected draws and of recorded runs, read strictly."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from math import inf, nextafter
from pathlib import Path
from typing import NamedTuple, Self

import torch
from torch import Tensor
from typing_extensions import override

from envs.core.chance import Replay
from envs.core.reference import Conditions

BELOW_ONE = nextafter(1.0, 0.0)
RECORDED = ("draw.", "lever.", "shock.")
"""How columns of a recorded run begin that say what drove it."""


class Checked(Replay):
    """Draws from a table, each inside the range of the law that it is asked for under.

    Args:
        first: line of the file in which the first draws stand, for messages.

    Raises:
        ValueError: one is not, when it is asked for.
    """

    place = "line"

    def __init__(self, draws: Mapping[str, Tensor], time: int = 0, first: int = 2) -> None:
        super().__init__(draws, time)
        self.first = first

    @override
    def at(self, time: Tensor) -> Self:
        return type(self)(self.draws, int(time[0]), self.first)

    def _within(self, name: str, values: Tensor, low: float, high: float, count: bool = False) -> Tensor:
        for value in values.flatten().tolist():
            if not low <= value <= high or (count and value != int(value)):
                kind = "a whole number" if count else "a draw"
                bounds = f"from {low:g} to {high:g}" if high < inf else f"from {low:g} on"
                row = self.time + self.first
                raise ValueError(
                    f"--draws: {name} is {value:g} in {self.place} {row}; it must be {kind} {bounds}"
                )
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
        """The injected draw of that name, between what the law has at both ends of (0, 1)."""
        low, high = quantile(torch.tensor([0.0, BELOW_ONE], dtype=torch.float64)).tolist()
        return self._within(name, super().inverse(name, quantile, mean, *shape), low, high)

    def binomial(self, name: str, count: Tensor, probability: Tensor) -> Tensor:
        """The injected draw of that name, a whole number up to the largest count."""
        return self._within(name, super().binomial(name, count, probability), 0.0, float(count.max()), True)

    def poisson(self, name: str, rate: Tensor) -> Tensor:
        """The injected draw of that name, a whole number."""
        return self._within(name, super().poisson(name, rate), 0.0, inf, True)


class Records(Checked):
    """Draws of a record for each time, the first for the initial state; shapes may differ from one to the next."""

    place = "record"

    def __init__(self, records: Sequence[Mapping[str, Tensor]], time: int = -1) -> None:
        self.records = records
        super().__init__({name: value[None] for name, value in records[time + 1].items()}, first=time + 1)

    @override
    def at(self, time: Tensor) -> Self:
        return type(self)(self.records, int(time[0]))


class Injected(NamedTuple):
    """What drives a run: its draws, and its levers and shocks where the table holds them."""

    chance: Checked
    conditions: Conditions | None


def read_draws(path: Path, steps: int, time_column: str = "timestep") -> Injected:
    """Injected draws: a column for each name, and a row for each step; a byte order mark is no letter.

    In the table of a recorded run, which has columns `draw.<name>`, `lever.<name>` or `shock.<name>`, all others
    are what came out and are left aside, and so is its first row where none of these is filled in: the
    initial state.

    A JSON file is a list of records, draw → number or nested list: the initial state's, then one for each step.

    Args:
        time_column: numbers the steps and is no draw.

    Raises:
        ValueError: the file is missing or no table of finite numbers, or has too few rows.
    """
    where = f"--draws {path}"
    if path.suffix == ".json":
        return Injected(read_records(path, steps), None)
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
    driving, first = [i for i, name in enumerate(names) if name.startswith(RECORDED)], 2
    if driving:
        names, rows = [names[i] for i in driving], [[row[i] for i in driving] for row in rows]
        if rows and not any(rows[0]):
            rows, first = rows[1:], 3
    if len(rows) < steps:
        raise ValueError(f"{where} has {len(rows)} rows; {steps} steps need {steps}")
    try:
        table = torch.tensor([[float(cell) for cell in row] for row in rows], dtype=torch.float64)
    except ValueError as error:
        raise ValueError(f"{where} is not a table of numbers: {error}") from None
    if not bool(torch.isfinite(table).all()):
        column = names[int((~torch.isfinite(table)).any(0).nonzero()[0])]
        raise ValueError(f"{where}: column {column} holds a number that is not finite")
    columns = dict(zip(names, table.T, strict=True))
    columns.pop(time_column, None)
    if not driving:
        return Injected(_checked(columns, first), None)
    draws, levers, shocks = (_named(columns, prefix) for prefix in RECORDED)
    return Injected(
        _checked(draws, first), lambda step, batch: (_at(levers, step, batch), _at(shocks, step, batch))
    )


def read_records(path: Path, steps: int) -> Checked:
    """Injected draws of any shape, see `read_draws`."""
    where = f"--draws {path}"
    try:
        records = json.loads(path.read_text(encoding="utf-8-sig"))
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise TypeError("it must be a list of objects")
        tensors = [
            {name: torch.tensor(value, dtype=torch.float64)[None] for name, value in record.items()}
            for record in records
        ]
    except OSError as error:
        raise ValueError(f"{where}: {error.strerror}") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(f"{where} is not a list of records of numbers: {error}") from None
    if len(tensors) <= steps:
        raise ValueError(
            f"{where} has {len(tensors)} records; an initial state and {steps} steps need {steps + 1}"
        )
    for number, record in enumerate(tensors):
        for name, value in record.items():
            if not bool(torch.isfinite(value).all()):
                raise ValueError(f"{where}: {name} of record {number} holds a number that is not finite")
    return Records(tensors)


def _checked(columns: Mapping[str, Tensor], first: int) -> Checked:
    return Checked({name: values[:, None] for name, values in columns.items()}, first=first)


def _named(columns: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The columns that begin so, without their beginning."""
    return {name.removeprefix(prefix): values for name, values in columns.items() if name.startswith(prefix)}


def _at(columns: Mapping[str, Tensor], step: int, batch: int) -> dict[str, Tensor]:
    return {name: values[step].expand(batch) for name, values in columns.items()}
