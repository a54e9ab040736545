"""Parameter files and traces of the reference format: parameters in, columns out."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from ...core.chance import Chance, Expected, Replay
from .parameters import Parameters
from .state import Ring, State

if TYPE_CHECKING:
    from .economy import ResponsiveStorageNetwork

KEYS = (
    "name", "description", "steps", "days", "seeds", "mode", "columns", "draws", "changed", "parameters", "params",
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


class Trace(NamedTuple):
    """What drove a recorded run, and what it recorded; each tensor is (T, 1)."""

    levers: dict[str, Tensor]
    shocks: dict[str, Tensor]
    draws: dict[str, Tensor]
    rows: list[dict[str, float]]  # T + 1, the first one before any step


def parameters(file: Mapping[str, Any]) -> dict[str, float]:
    """The parameters that a file sets; `changed` counts where `parameters` is silent.

    Raises:
        ValueError, TypeError: naming the unknown or unusable entry.
    """
    if not isinstance(file, Mapping):
        raise TypeError(f"the parameter file holds {type(file).__name__}; it must hold a JSON object")
    unknown = sorted(set(file) - set(KEYS))
    if unknown:
        raise ValueError(f"the parameter file has unknown {', '.join(unknown)}; known are {', '.join(KEYS)}")
    found: dict[str, float] = {}
    for key in ("changed", "params", "parameters"):
        section = file.get(key, {})
        if not isinstance(section, Mapping):
            raise TypeError(f"{key} is {section!r}; it must be an object")
        for name, value in section.items():
            if key == "params" and name in LENGTHS:
                continue
            if name not in NAMES:
                raise ValueError(f"{key} has unknown {name}; known are {', '.join(NAMES)}")
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise TypeError(f"{key}.{name} is {value!r}; it must be a number")
            found[name] = float(value)
    return found


def columns(state: State) -> dict[str, Tensor]:
    """The columns of a trace, name → (B,)."""
    named: dict[str, Tensor] = {}
    for field in State._fields:
        value: Tensor | Ring = getattr(state, field)
        if isinstance(value, tuple):
            named |= {f"{field}_{age}": amount for age, amount in enumerate(value)}
        else:
            named[COLUMNS.get(field, field)] = value
    return named


def read_trace(path: Path) -> Trace:
    """A recorded run.

    Raises:
        ValueError: a cell holds no number.
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = [{name: float(cell) for name, cell in row.items() if cell} for row in csv.DictReader(file)]

    def under(prefix: str) -> dict[str, Tensor]:
        names = [name for name in rows[-1] if name.startswith(prefix)]
        return {
            name.removeprefix(prefix): torch.tensor([[row[name]] for row in rows[1:]], dtype=torch.float64)
            for name in names
        }

    return Trace(under("lever."), under("shock."), under("draw."), rows)


def read_parameters(path: Path) -> dict[str, float]:
    """The parameters of a file, see `parameters`."""
    return parameters(json.loads(path.read_text(encoding="utf-8")))


def replay(economy: "ResponsiveStorageNetwork", trace: Trace) -> Iterator[tuple[State, State]]:
    """Every block under a trace's levers, shocks and draws, neutral where it has none: the states before and after."""
    chance: Chance = Replay(trace.draws) if trace.draws else Expected(1)
    neutral = economy.neutral_shocks(1)
    state = economy.initial(1, chance)
    for block in range(len(trace.rows) - 1):
        levers = {name: values[block] for name, values in trace.levers.items()}
        shocks = neutral | {name: values[block] for name, values in trace.shocks.items()}
        before, state = state, economy.step(state, levers, shocks, chance.at(state.time))
        yield before, state
