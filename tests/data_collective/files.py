"""Reads the reference files of the data collective, and runs it."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from envs.core.chance import Chance, Expected, Paired
from envs.data_collective import DataCollective, State
from envs.data_collective.reference import course, read
from train.judging.draws import read_draws

WHOLE = ("time", "releases")
SMALL = {"N": 8, "K": 6, "R": 4, "people": 30.0}


def tensor(value: Any, name: str = "") -> Tensor:
    """A value of a file, for a batch of one."""
    return torch.tensor(value, dtype=torch.int64 if name in WHOLE else torch.float64)[None]


def state_of(values: Mapping[str, Any]) -> State:
    return State(**{name: tensor(value, name) for name, value in values.items()})


def loaded(path: Path) -> dict[str, Any]:
    file: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return file


def sibling(params: Path, ending: str) -> Path:
    return params.with_name(params.name.removesuffix(".params.json") + ending)


def rows(params: Path) -> list[dict[str, float]]:
    with sibling(params, ".csv").open() as stream:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(stream)]


def replays(params: Path) -> Chance:
    """Injected draws of the initial state and of the steps."""
    return read_draws(sibling(params, ".draws.json"), 1).chance


def chance_of(file: Mapping[str, Any]) -> Chance:
    """What a file that brings no draws is run with."""
    said = course(file)
    return Expected(1) if said.draws == "mean" else Paired(torch.tensor([said.seed]))


def run(file: Mapping[str, Any], chance: Chance | None = None) -> Iterator[State]:
    """The states of a parameter file's run, the initial one first."""
    economy, conditions = read(file), course(file).conditions
    assert conditions is not None
    chance = chance or chance_of(file)
    state = economy.initial(1, chance.at(torch.tensor([-1])))
    yield state
    for day in range(file["days"]):
        levers, shocks = conditions(day, 1)
        levers, shocks = economy.neutral_levers(1) | levers, economy.neutral_shocks(1) | shocks
        state = economy.step(state, levers, shocks, chance.at(state.time))
        yield state


def paths(
    economy: DataCollective,
    days: int,
    batch: int,
    seed: int = 0,
    shocks: Mapping[str, float] | None = None,
    **levers: float,
) -> Iterator[State]:
    """Daily states under constant levers and shocks, the initial one left out."""
    chance = Paired(seed + torch.arange(batch))
    state = economy.initial(batch, chance.at(torch.full((batch,), -1)))
    values = economy.neutral_levers(batch) | {
        k: torch.full((batch,), float(v), dtype=torch.float64) for k, v in levers.items()
    }
    channels = economy.neutral_shocks(batch) | {
        k: torch.full((batch,), float(v), dtype=torch.float64) for k, v in (shocks or {}).items()
    }
    for _ in range(days):
        state = economy.step(state, values, channels, chance.at(state.time))
        yield state
