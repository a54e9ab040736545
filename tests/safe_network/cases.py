"""The SAFE network's reference files, sorted into kinds by what they hold."""

import csv
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import torch

from envs.core.chance import Exact, Expected
from envs.safe_network import SafeNetwork, State
from envs.safe_network.reference import REFERENCE

from ..reference_files import find

Table = dict[str, torch.Tensor]  # column → (days,)


def is_mine(params: Any) -> bool:
    """Version 2; the other versions have tests of their own."""
    return isinstance(params, dict) and params.get("version", "v2") == "v2"


def parameter_files(ensemble: bool) -> list[Path]:
    """Parameter files of one run, or of an ensemble of seeds, that lie beside their table."""
    return [
        path
        for path in find("safe_network", "*.params.json")
        if is_mine(read(path).get("params"))
        and ("seeds" in read(path)) == ensemble
        and table_path(path).exists()
    ]


def files_with(*keys: str) -> list[Path]:
    """JSON files whose object, or whose first entry, has these keys."""
    found = []
    for path in find("safe_network", "*.json"):
        content = read(path)
        first = content[0] if isinstance(content, list) and content else content
        if isinstance(first, dict) and set(keys) <= set(first):
            found.append(path)
    return found


@cache
def read(path: Path) -> Any:
    return json.loads(path.read_text())


def table_path(params: Path) -> Path:
    return params.with_name(params.name.removesuffix(".params.json") + ".csv")


def read_table(path: Path) -> Table:
    with path.open() as stream:
        rows = list(csv.DictReader(stream))
    return {name: torch.tensor([float(row[name]) for row in rows], dtype=torch.float64) for name in rows[0]}


def trajectory(file: Mapping[str, Any], days: int) -> Table:
    """Every day of a deterministic run, by column; runs of the same parameters are made once."""
    return _trajectory(json.dumps(file["params"], sort_keys=True), days)


@cache
def _trajectory(params: str, days: int) -> Table:
    economy = REFERENCE.read(json.loads(params))
    with torch.inference_mode():
        rows = list(REFERENCE.rows(economy, days, Expected(1), 1))
    return {name: torch.cat([row[name].to(torch.float64) for row in rows]) for name in rows[0]}


def ensemble(file: Mapping[str, Any], seeds: int, days: int) -> list[Table]:
    """Columns (seeds,) of a random run, day by day."""
    economy = REFERENCE.read(file).variant(tree_slots=8192)  # enough for some years
    with torch.inference_mode():
        return list(REFERENCE.rows(economy, days, Exact(torch.arange(seeds)), seeds))


STOCKS = {
    "day": "time", "N": "vaults", "K": "chunks", "q": "chunks_per_coin", "A": "paid", "I": "farmed",
    "U": "unfarmed", "lost": "lost", "earn": "earned", "refR": "reference_reward", "refC": "reference_cost",
}  # fmt: skip


def state_of(economy: SafeNetwork, before: Mapping[str, float]) -> State:
    """The state (B = 1) that a one-day case begins with."""
    values = {STOCKS[name]: torch.tensor([value], dtype=torch.float64) for name, value in before.items()}
    values["time"] = values["time"].to(torch.int64)
    return economy.initial(1, Expected(1))._replace(**values)


def column(state: State, name: str) -> float:
    """A stock of the state under the name that the reference gives it."""
    return float(getattr(state, STOCKS[name])[0])
