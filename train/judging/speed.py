"""Rates of environments, their peers and the originals, in turns on one machine."""

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from gymnasium.envs.classic_control.cartpole import CartPoleVectorEnv

from envs import model_of
from envs.core.model import Case
from envs.core.simulation import Simulation
from envs.core.table import Table
from envs.core.task import Task

ROUNDS = 5  # contenders take turns; the best round of each counts


@dataclass
class Row:
    """Figures of one contender at one batch."""

    name: str
    batch: int
    steps_per_second: float = 0.0
    compile_seconds: float | None = None
    peak_mebibytes: float = 0.0
    bytes_per_step: int | None = None
    over_cartpole: float = 0.0
    over_peer: float | None = None
    of_limit: float | None = None


class Clock:
    """Seconds that count: of the process on one CPU thread, where load must not matter; else of the wall."""

    def __init__(self, device: str, threads: int) -> None:
        self.cuda = device == "cuda"
        self.process = not self.cuda and threads == 1

    def __call__(self) -> float:
        """Seconds from some moment on."""
        if self.cuda:
            torch.cuda.synchronize()
        return time.process_time() if self.process else time.perf_counter()

    def rate(self, step: Callable[[], Any], seconds: float) -> float:
        """Calls of `step` per second, over at least so many seconds and two calls."""
        begun, calls, spent = self(), 0, 0.0
        while spent < seconds or calls < 2:
            for _ in range(1 + calls):  # doubling keeps the clock out of the measurement
                step()
            calls += 1 + calls
            spent = self() - begun
        return calls / spent


def leaves(record: Any) -> list[torch.Tensor]:
    """All tensors of nested records."""
    if isinstance(record, torch.Tensor):
        return [record]
    parts = record.values() if isinstance(record, dict) else record
    return [leaf for part in parts for leaf in leaves(part)]


def traffic(simulation: Simulation, action: torch.Tensor) -> int:
    """Bytes that a step of one environment reads and writes at least: each tensor in and out, once."""
    run, transition = simulation.run, simulation.act(action)
    told = [
        getattr(transition, one.name)
        for one in fields(transition)
        if one.name not in ("read", "final_observation")
    ]  # without autoreset that is the observation
    kept = leaves([run.scenario, run.onset, run.seed, run.episode])
    moved = [*leaves(run), *leaves(run), action, *leaves(told)]
    return (size(moved) - size(kept)) // simulation.batch


def size(tensors: list[torch.Tensor]) -> int:
    """Bytes of these tensors."""
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def bandwidth(clock: Clock, device: str) -> float:
    """Bytes per second that copying a large tensor reads and writes."""
    source = torch.ones(2**25, dtype=torch.float64, device=device)
    target = torch.zeros_like(source)
    return max(clock.rate(lambda: target.copy_(source), 0.2) for _ in range(3)) * 2 * source.nbytes


def peak(device: str) -> float:
    """Mebibytes: the device's peak since the last row, or the process's peak so far."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


def ours(task: Task, row: Row, device: str, compile: bool) -> Callable[[], Any]:
    """A step of the simulation with neutral actions and autoreset."""
    begun = time.perf_counter()
    simulation = task.simulation(row.batch, interval=1, compile=compile, device=device)
    simulation.reset(0)
    action = torch.zeros(row.batch, len(simulation.action_map.labels), dtype=torch.float64, device=device)
    simulation.act(action)
    row.bytes_per_step = traffic(simulation, action)
    if compile:
        row.compile_seconds = time.perf_counter() - begun
    return lambda: simulation.act(action)


def cartpole(batch: int) -> Callable[[], Any]:
    """A step of Gymnasium's vectorised CartPole."""
    environment = CartPoleVectorEnv(num_envs=batch)
    environment.reset(seed=0)
    action = np.zeros(batch, dtype=np.int64)
    return lambda: environment.step(action)


def measure(
    task: Task, batch: int, forms: Sequence[str], seconds: float, device: str, clock: Clock, limit: float
) -> list[Row]:
    """All contenders at one batch, taking turns.

    Args:
        forms: "eager", "compiled" or both. seconds: of a round. limit: bytes per second of a copy.
    """
    rows = [Row(form, batch) for form in forms]
    steps = [ours(task, row, device, row.name == "compiled") for row in rows]
    rows.append(Row("CartPole", batch))
    steps.append(cartpole(batch))
    original = model_of(task).original
    peer = original.peer_step(task.economy, batch) if original and original.peer_step else None
    if original is not None and peer is not None:
        rows.append(Row(original.peer, batch))
        steps.append(peer)
    for _ in range(ROUNDS):
        for row, step in zip(rows, steps, strict=True):
            row.steps_per_second = max(row.steps_per_second, batch * clock.rate(step, seconds))
            row.peak_mebibytes = peak(device)
    rates = {row.name: row.steps_per_second for row in rows}
    for row in rows:
        row.over_cartpole = row.steps_per_second / rates["CartPole"]
        if original is not None and peer is not None:
            row.over_peer = row.steps_per_second / rates[original.peer]
        if row.bytes_per_step:
            row.of_limit = row.steps_per_second * row.bytes_per_step / limit
    return rows


def beside_original(
    cases: Sequence[Case], about: Sequence[str], copied: float, seconds: float, rounds: int = 3
) -> str:
    """Whole runs beside the original's speed, in Markdown; CPU seconds, the fastest round of each counts.

    Args:
        about: where the original's figures come from. copied: bytes per second of a copy.
        seconds: CPU seconds at least for each case. rounds: runs at least for each.
    """
    rows = []
    for case in cases:
        case.begin()
        for _ in range(min(3, case.calls)):  # compiles
            case.call()
        found, moved, spent = list[tuple[float, float]](), 0, 0.0
        while len(found) < rounds or spent < seconds:
            took, moved = timed(case)
            spent += took
            found.append((case.calls * case.steps / took, case.original()))
        ours, theirs = (max(rates) for rates in zip(*found, strict=True))
        slowest = min(rate for rate, _ in found)
        limit = f"{moved / copied / case.calls * 1e3:.1f}" if moved else ""
        taken = case.steps / ours * 1e3
        rows.append(
            (
                case.name, case.calls, f"{taken:.1f}", f"{ours:,.0f}", f"{slowest:,.0f}", f"{theirs:,.0f}",
                f"{ours / theirs:,.0f}", limit,
            )
        )  # fmt: skip
    head = (
        "beside the original",
        "calls",
        "ms a call",
        "steps/s",
        "slowest run",
        "original",
        "ratio",
        "limit, ms",
    )
    return Table(head, tuple(rows), tuple(about)).markdown() if rows else ""


def timed(case: Case) -> tuple[float, int]:
    """CPU seconds of one run, and the least bytes that its calls had to move."""
    case.begin()
    spent, moved = 0.0, 0
    for _ in range(case.calls):
        begun = time.process_time()
        case.call()
        spent += time.process_time() - begun
        moved += case.moved() if case.moved else 0
    return spent, moved
