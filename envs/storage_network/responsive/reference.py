"""The reference format: parameter files in, columns of the recorded runs out."""

from collections.abc import Mapping
from dataclasses import fields
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from ...core.declarations import Lever, Shock
from ...core.reference import Course, Reference
from .economy import ResponsiveStorageNetwork
from .parameters import Parameters
from .state import Ring, State

KEYS = (
    "name", "description", "steps", "days", "seeds", "mode", "columns", "draws", "changed", "parameters", "params",
    "levers", "shocks",
)  # fmt: skip
NAMES = tuple(one.name for one in fields(Parameters))
LENGTHS = ("steps", "days")
COLUMNS = {
    "route_capacity": "route_cap",
    "store_capacity": "store_cap",
    "prove_capacity": "prove_cap",
    "route_margin": "income_r",
    "store_margin": "income_s",
    "prove_margin": "income_p",
}
"""Fields of the state whose column has another name."""


def parameters(file: Mapping[str, Any]) -> dict[str, float]:
    """The parameters that a file sets; `changed` counts where `parameters` is silent.

    Raises:
        ValueError, TypeError: naming the unknown or unusable entry.
    """
    unknown = sorted(set(file) - set(KEYS))
    if unknown:
        raise ValueError(f"the parameter file has unknown {', '.join(unknown)}; known are {', '.join(KEYS)}")
    found: dict[str, float] = {}
    for key in ("changed", "params", "parameters"):
        for name, value in _section(file, key).items():
            if key == "params" and name in LENGTHS:
                continue
            if name not in NAMES:
                raise ValueError(f"{key} has unknown {name}; known are {', '.join(NAMES)}")
            found[name] = _number(f"{key}.{name}", value)
    return found


def _section(file: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    section = file.get(key, {})
    if not isinstance(section, Mapping):
        raise TypeError(f"{key} is {section!r}; it must be an object")
    return section


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is {value!r}; it must be a number")
    return float(value)


def read(file: Mapping[str, Any]) -> ResponsiveStorageNetwork:
    """The economy of a parameter file, see `parameters`."""
    return ResponsiveStorageNetwork(**parameters(file))


def columns(economy: ResponsiveStorageNetwork, state: State) -> dict[str, Tensor]:
    """The columns of a recorded run, name → (B,)."""
    named: dict[str, Tensor] = {}
    for field in State._fields:
        value: Tensor | Ring = getattr(state, field)
        if isinstance(value, tuple):
            named |= {f"{field}_{age}": amount for age, amount in enumerate(value)}
        else:
            named[COLUMNS.get(field, field)] = value
    return named


def course(file: Mapping[str, Any]) -> Course:
    """How a file's run goes.

    `levers` and `shocks` map names to a number, or to a list of one for each block whose last one stays; `draws`
    is "zero" for the mean field, and "injected", with a remark or not, where they lie in a table.

    Raises:
        ValueError, TypeError: naming the unusable entry.
    """
    levers = _paths(file, "levers", ResponsiveStorageNetwork.levers)
    shocks = _paths(file, "shocks", ResponsiveStorageNetwork.shocks)
    draws = file.get("draws", "")
    if draws not in ("", "zero") and not str(draws).startswith("injected"):
        raise ValueError(f"draws is {draws!r}; it must be 'zero' or 'injected', or be left out")

    def conditions(step: int, batch: int) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        return _at(levers, step, batch), _at(shocks, step, batch)

    if draws == "":
        return Course(conditions)
    return Course(conditions, "mean" if draws == "zero" else "given")


def _paths(
    file: Mapping[str, Any], key: str, declared: tuple[Lever, ...] | tuple[Shock, ...]
) -> dict[str, tuple[float, ...]]:
    known = {one.name: one for one in declared}
    found: dict[str, tuple[float, ...]] = {}
    for name, given in _section(file, key).items():
        if name not in known:
            raise ValueError(f"{key} has unknown {name}; known are {', '.join(known)}")
        values = given if isinstance(given, list) else [given]
        if not values:
            raise ValueError(f"{key}.{name} is empty; it must hold a number, or one for each block")
        found[name] = tuple(_number(f"{key}.{name}", value) for value in values)
        one = known[name]
        low, high = (one.low, one.high) if isinstance(one, Lever) else (0.0, float("inf"))
        for value in found[name]:
            if not isfinite(value) or not low <= value <= high:
                raise ValueError(f"{key}.{name} holds {value!r}; it must lie from {low:g} to {high:g}")
    return found


def _at(paths: Mapping[str, tuple[float, ...]], step: int, batch: int) -> dict[str, Tensor]:
    return {
        name: torch.full((batch,), values[min(step, len(values) - 1)], dtype=torch.float64)
        for name, values in paths.items()
    }


REFERENCE = Reference(read, columns, time_column="time", course=course)
