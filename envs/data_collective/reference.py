"""The reference format: parameter files in, one row of columns a day out."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from ..core.reference import Course, Reference
from .economy import DataCollective
from .interface import LEVERS, SHOCKS
from .parameters import Parameters
from .state import SCALARS, State, price

KEYS = (
    "economy", "params", "chance", "seed", "seeds", "days", "steps", "levers_by_week", "shocks", "launch",
    "columns", "mode", "name", "description", "note",
)  # fmt: skip
LENGTHS = ("days", "steps")  # may stand among the parameters
WINDOW_KEYS = ("channel", "value", "first", "after_last")
WEEK = 7  # days that the levers of a file are held
FIGURES = tuple(name for name in SCALARS if name not in ("time", "releases"))
SUMS = ("members", "balance", "stake")
ROUNDING = 1e-9  # of a lever's range, by which a written value may leave it


def read(file: Mapping[str, Any]) -> DataCollective:
    """The economy of a parameter file; what it leaves out keeps its default.

    Raises:
        ValueError, TypeError: naming what the file may not hold.
    """
    _known("the parameter file", file, KEYS)
    if file.get("economy", "data_collective") != "data_collective":
        raise ValueError(f"economy is {file['economy']!r}; it must be 'data_collective'")
    params = file.get("params", {})
    _known("params", params, [*LENGTHS, *(one.name for one in fields(Parameters))])
    return DataCollective(**{name: value for name, value in params.items() if name not in LENGTHS})


def course(file: Mapping[str, Any]) -> Course:
    """How a file's run goes.

    `levers_by_week` lists the levers of each seven days, the last of which stay; `shocks` lists windows of a channel's
    value from day `first` until `after_last`. `chance` is "paired", or "expected" for every draw at its mean.

    Raises:
        ValueError, TypeError: naming the unusable entry.
    """
    chance, seed = file.get("chance", "paired"), file.get("seed", 0)
    if chance not in ("paired", "expected"):
        raise ValueError(f"chance is {chance!r}; it must be 'paired' or 'expected'")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise TypeError(f"seed is {seed!r}; it must be a whole number")
    weeks, windows = _entries(file, "levers_by_week"), _entries(file, "shocks")
    for week, values in enumerate(weeks):
        _check_levers(f"levers_by_week[{week}]", values)
    for number, window in enumerate(windows):
        _check_window(f"shocks[{number}]", window)

    def conditions(day: int, batch: int) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        held = weeks[min(day // WEEK, len(weeks) - 1)] if weeks else {}
        befalling = {
            window["channel"]: window["value"]
            for window in windows
            if window["first"] <= day < window["after_last"]
        }
        return _filled(held, batch), _filled(befalling, batch)

    return Course(conditions, "mean" if chance == "expected" else "random", seed)


def _entries(file: Mapping[str, Any], name: str) -> list[Any]:
    entries = file.get(name) or []
    if not isinstance(entries, list):
        raise TypeError(f"{name} is {entries!r}; it must be a list of objects")
    return entries


def _filled(values: Mapping[str, float], batch: int) -> dict[str, Tensor]:
    return {name: torch.full((batch,), float(x), dtype=torch.float64) for name, x in values.items()}


def _check_levers(where: str, values: Mapping[str, Any]) -> None:
    _known(where, values, [lever.name for lever in LEVERS])
    for lever in LEVERS:
        value = _number(f"{where}.{lever.name}", values.get(lever.name, lever.neutral))
        slack = ROUNDING * (lever.high - lever.low)
        if not lever.low - slack <= value <= lever.high + slack:
            raise ValueError(
                f"{where}.{lever.name} is {value!r}; it must lie from {lever.low:g} to {lever.high:g}"
            )


def _check_window(where: str, window: Mapping[str, Any]) -> None:
    _known(where, window, WINDOW_KEYS)
    if missing := sorted(set(WINDOW_KEYS) - set(window)):
        raise ValueError(f"{where} lacks {', '.join(missing)}")
    channels = [shock.name for shock in SHOCKS]
    if window["channel"] not in channels:
        raise ValueError(f"{where}.channel is {window['channel']!r}; there are {', '.join(channels)}")
    for name in WINDOW_KEYS[1:]:
        _number(f"{where}.{name}", window[name])


def _known(where: str, given: Any, known: Sequence[str]) -> None:
    if not isinstance(given, Mapping):
        raise TypeError(f"{where} is {given!r}; it must be an object")
    if unknown := sorted(set(given) - set(known)):
        raise ValueError(f"{where} has unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}")


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is {value!r}; it must be a number")
    if not isfinite(value):
        raise ValueError(f"{name} is {value!r}; it must be finite")
    return float(value)


def columns(economy: DataCollective, state: State) -> dict[str, Tensor]:
    """The columns of the reference files after a day, (B,) each."""
    figures = {name: getattr(state, name) for name in FIGURES}
    sums = {name: getattr(state, name).sum(1) for name in SUMS}
    return {"time": state.time, **figures, **sums, "price": price(state), "releases": state.releases}


REFERENCE = Reference(read, columns, time_column="time", course=course)
