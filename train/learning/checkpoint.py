"""Checkpoints: a policy's file with all that is needed to go on from it, as tensors and plain values."""

import fcntl
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from agents.network import read
from agents.policy import check_interface
from envs.core.simulation import Simulation
from envs.core.task import Task
from envs.core.tensors import map_record

from ..writing.files import write_atomically

STATE = {
    "settings": dict, "learner": dict, "run": list, "average": dict, "decisions": int, "trained": float,
    "judged_at": float, "random_numbers": dict,
}  # fmt: skip
"""What a checkpoint holds besides a policy, to go on from it."""


def write(path: Path, content: Mapping[str, Any]) -> None:
    """Writes a policy or a checkpoint whole, or leaves what was there.

    Raises:
        ValueError: the disk does not take it.
    """
    buffer = io.BytesIO()
    torch.save(content, buffer)
    write_file(path, buffer.getvalue())


def write_file(path: Path, content: bytes) -> None:
    """Writes a file whole, or leaves what was there.

    Raises:
        ValueError: the disk does not take it.
    """
    try:
        write_atomically(path, content)
    except OSError as error:
        kept = "; the one before it is as it was" if path.is_file() else ""
        raise ValueError(f"cannot write {path}: {error.strerror or error}{kept}") from error


def checkpoint(path: Path, task: Task, asked: Mapping[str, Any]) -> dict[str, Any]:
    """A checkpoint to go on from, under the very settings that it was made with.

    Args:
        asked: the settings asked for now, but for the budget.

    Raises:
        ValueError: it is missing, damaged, of another task, or of settings that differ; naming them.
    """
    if not path.is_file():
        raise ValueError(f"nothing to resume: {path} does not exist")
    content = read(path)
    check_interface(path, content["made_for"], task)
    if not isinstance(content.get("resume"), dict):
        raise ValueError(f"{path} is a policy without a learner; --refine begins with it, --resume cannot")
    for name, kind in STATE.items():
        if type(content["resume"].get(name)) is not kind:
            raise ValueError(f"{path} is damaged: its {name} is no {kind.__name__}")
    if content["resume"]["decisions"] < 0 or not 0.0 <= content["resume"]["trained"] < inf:
        raise ValueError(f"{path} is damaged: it counts no decisions or seconds")
    shapes = [
        {name: tuple(getattr(value, "shape", ())) for name, value in some.items()}
        for some in (content["parameters"], content["resume"]["average"])
    ]
    if shapes[0] != shapes[1]:
        raise ValueError(f"{path} is damaged: its average is not that of its parameters")
    stored: Mapping[str, Any] = content["resume"]["settings"]
    for name in {**stored, **asked}:
        if stored.get(name) != asked.get(name):
            raise ValueError(
                f"{name} is {asked.get(name)!r}; {path} was trained with {stored.get(name)!r}, and a training "
                "is resumed under the settings that it began with, but for its budget"
            )
    return content


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Holds a folder, so that no other training writes there; it is let go even by a process that is killed.

    Raises:
        ValueError: another training holds it, or there can be no such folder.
    """
    try:
        made = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise ValueError(f"--out is {folder}; it must be a folder: {error.strerror}") from error
    try:
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ValueError(f"--out is {folder}, where this user may not write")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ValueError(f"another training runs in {folder}; pass another --out") from error
        yield
    finally:
        os.close(held)
        if made and not any(folder.iterdir()):
            folder.rmdir()


def run_of(simulation: Simulation) -> list[Tensor]:
    """The tensors of a simulation's run, in the order of its record."""
    leaves: list[Tensor] = []

    def take(leaf: Tensor) -> Tensor:
        leaves.append(leaf)
        return leaf

    map_record(take, simulation.run)
    return leaves


def restore_run(simulation: Simulation, leaves: list[Tensor]) -> None:
    """Puts a simulation, reset before, where `run_of` was taken.

    Raises:
        ValueError: the tensors are those of another economy or batch.
    """
    left = list(leaves)

    def put(leaf: Tensor) -> Tensor:
        stored = left.pop(0) if left else None
        if stored is None or stored.shape != leaf.shape or stored.dtype != leaf.dtype:
            raise ValueError("the checkpoint's run is of another economy or batch than this one")
        return stored.to(leaf.device)

    simulation.resume(map_record(put, simulation.run), None)


def random_numbers() -> dict[str, Any]:
    """Where the generators of NumPy and torch are."""
    kind, keys, position, has_gauss, cached = np.random.get_state(legacy=True)  # type: ignore[misc]  # noqa: NPY002
    numpy = {
        "kind": kind,
        "keys": torch.from_numpy(keys.astype(np.int64)),
        "position": int(position),
        "has_gauss": int(has_gauss),
        "cached": float(cached),
    }
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {"torch": torch.get_rng_state(), "cuda": cuda, "numpy": numpy}


def restore_random_numbers(state: Mapping[str, Any]) -> None:
    """Puts the generators where `random_numbers` found them."""
    torch.set_rng_state(state["torch"].cpu())
    if state["cuda"]:
        torch.cuda.set_rng_state_all([one.cpu() for one in state["cuda"]])
    numpy = state["numpy"]
    keys = numpy["keys"].cpu().numpy().astype(np.uint32)
    np.random.set_state((numpy["kind"], keys, numpy["position"], numpy["has_gauss"], numpy["cached"]))  # noqa: NPY002
