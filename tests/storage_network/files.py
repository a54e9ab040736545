"""Reference files of the storage network, and states made from the original's snapshots."""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from envs.core.chance import Paired
from envs.storage_network import State, StorageNetwork
from envs.storage_network.parameters import NODES

from ..reference_files import ROOT

FOLDER = ROOT / "storage_network"
START = torch.tensor([-1])


def found(pattern: str) -> list[Path]:
    return sorted(FOLDER.glob(f"*/{pattern}"))


def load(path: Path) -> Any:
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as stream:
        return json.load(stream)


def cases(variant: str, name: str) -> list[dict[str, Any]]:
    paths = found(f"fixtures_{variant}.json")
    return [case for path in paths for case in load(path)["fixtures"].get(name, {}).get("cases", [])]


def start(economy: StorageNetwork, batch: int = 1, seed: int = 0) -> State:
    return economy.initial(batch, Paired(seed + torch.arange(batch)).at(START.expand(batch)))


def columns(values: Mapping[str, float], names: Any = NODES) -> Tensor:
    """Numbers by node as (1, n); what is missing is 0."""
    return torch.tensor([[float(values.get(name, 0.0)) for name in names]], dtype=torch.float64)


def one(value: float) -> Tensor:
    return torch.tensor([float(value)], dtype=torch.float64)


def near(ours: Any, theirs: Any, what: Any, tolerance: float = 1e-9) -> None:
    """Relative to the value, or to 1e-3 where it is smaller."""
    mine = torch.as_tensor(ours, dtype=torch.float64).reshape(-1)
    wanted = torch.as_tensor(theirs, dtype=torch.float64).reshape(-1)
    assert mine.shape == wanted.shape, (what, mine, wanted)
    allowed = tolerance * torch.clamp(wanted.abs(), min=1e-3)
    assert bool(((mine - wanted).abs() <= allowed).all()), (what, mine.tolist(), wanted.tolist())
