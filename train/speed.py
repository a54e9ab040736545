"""Measures environment steps per second at decision interval 1, beside peers in the same run.

    python -m train.speed --task tokenomics/SafeNetwork-v0

Peers: Gymnasium's CartPole vector environment and, for the SAFE network, a NumPy transcription of its day.
The limit is what the memory allows: bytes that a step must read and write, over measured copy bandwidth.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
import tyro
from gymnasium.envs.classic_control.cartpole import CartPoleVectorEnv
from tqdm import tqdm

from envs import task_of
from envs.core.simulation import Simulation
from envs.core.task import Task
from envs.safe_network import SafeNetwork
from envs.safe_network.original import Networks, day

from .speed_training import Figure, processes, trained
from .writing.files import write_atomically
from .writing.provenance import lines

ROUNDS = 5  # contenders take turns; the best round of each counts


@dataclass
class Arguments:
    """Measure environment steps per second."""

    task: str = "tokenomics/SafeNetwork-v0"
    """Id of the task."""
    batch: str = "1,64,4096,65536"
    """Numbers of environments, separated by commas."""
    threads: int = 1
    """Threads of torch on the CPU."""
    training: str = "2048"
    """Numbers of environments for inference and training, separated by commas; empty leaves them out."""
    compile: str = "eager,compiled"
    """Which forms of the simulation, separated by commas."""
    seconds: float = 0.2
    """Duration of a round."""
    device: str = "auto"
    """cpu, cuda, or auto."""
    json: Path | None = None
    """File for the figures."""


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
    over_numpy: float | None = None
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


def numpy_day(economy: SafeNetwork, batch: int) -> Callable[[], Any]:
    """A day of the NumPy transcription, without objective, scenarios, sensors or reset."""
    launch = economy.initial(batch, torch.empty(0))  # type: ignore[arg-type]  # smooth sections draw nothing
    at = [Networks(*[getattr(launch, name).numpy() for name in Networks._fields])]

    def step() -> None:
        at[0] = day(economy, at[0], 1.0, 1.0)

    return step


def measure(task: Task, batch: int, arguments: Arguments, device: str, limit: float) -> list[Row]:
    """All contenders at one batch, taking turns."""
    clock = Clock(device, arguments.threads)
    rows = [Row(form, batch) for form in arguments.compile.split(",")]
    steps = [ours(task, row, device, row.name == "compiled") for row in rows]
    rows.append(Row("CartPole", batch))
    steps.append(cartpole(batch))
    if isinstance(task.economy, SafeNetwork):
        rows.append(Row("NumPy day", batch))
        steps.append(numpy_day(task.economy, batch))
    for _ in range(ROUNDS):
        for row, step in zip(rows, steps, strict=True):
            row.steps_per_second = max(row.steps_per_second, batch * clock.rate(step, arguments.seconds))
            row.peak_mebibytes = peak(device)
    rates = {row.name: row.steps_per_second for row in rows}
    for row in rows:
        row.over_cartpole = row.steps_per_second / rates["CartPole"]
        if "NumPy day" in rates:
            row.over_numpy = row.steps_per_second / rates["NumPy day"]
        if row.bytes_per_step:
            row.of_limit = row.steps_per_second * row.bytes_per_step / limit
    return rows


def table(rows: list[Row], device: str) -> str:
    """The rows in Markdown."""
    heads = ["contender", "batch", "steps/s", "× CartPole", "× NumPy", "bytes/step", "of copy limit",
             "compile s", "peak MiB"]  # fmt: skip
    out = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for row in rows:
        cells = [
            row.name, f"{row.batch:,}", f"{row.steps_per_second:,.0f}", f"{row.over_cartpole:.2f}",
            _shown(row.over_numpy, ".2f"), _shown(row.bytes_per_step, "d"), _shown(row.of_limit, ".0%"),
            _shown(row.compile_seconds, ".0f"), f"{row.peak_mebibytes:,.0f}",
        ]  # fmt: skip
        out.append("| " + " | ".join(cells) + " |")
    if device != "cuda":
        out.append("| on a GPU | not measured" + " |" * (len(heads) - 1))
    return "\n".join(out)


def training_table(figures: list[Figure]) -> str:
    """Inference and training in Markdown; a decision lasts the task's own interval."""
    heads = ["contender", "environments", "decisions/s", "steps/s", "first call s"]
    out = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for one in figures:
        rates = [
            _shown(rate, ",.0f") or "not measured"
            for rate in (one.decisions_per_second, one.steps_per_second)
        ]
        out.append(
            " | ".join([f"| {one.name}", f"{one.batch:,}", *rates, _shown(one.compile_seconds, ".0f")]) + " |"
        )
    if not torch.cuda.is_available():
        out.append("| on a GPU | | not measured | not measured | |")
    return "\n".join(out)


def _shown(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def run(arguments: Arguments) -> list[Row]:
    """Measures, prints the table, and writes the JSON file."""
    task = task_of(arguments.task)
    batches = [int(batch) for batch in arguments.batch.split(",")]
    unknown = set(arguments.compile.split(",")) - {"eager", "compiled"}
    if unknown or min(batches) < 1:
        raise ValueError(f"--compile takes eager and compiled, --batch numbers from 1 on; got {arguments}")
    device = arguments.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(arguments.threads)
    clock = Clock(device, arguments.threads)
    copied = bandwidth(clock, device)
    rows: list[Row] = []
    for batch in tqdm(batches, desc="batch"):
        rows += measure(task, batch, arguments, device, copied)
    learning: list[Figure] = []
    for number in filter(None, arguments.training.split(",")):
        learning += trained(task, int(number), device, clock)
    if learning:
        learning.append(processes(task, os.cpu_count() or 1))
    seconds = "CPU seconds of the process" if clock.process else "seconds of the wall clock"
    context = [
        *lines(),
        f"- threads of torch: {arguments.threads}; {seconds}, the best of {ROUNDS} rounds",
        f"- load of the machine (1, 5, 15 min): {', '.join(f'{load:.1f}' for load in os.getloadavg())}",
        f"- copy bandwidth, reads and writes: {copied / 1e9:.1f} GB/s",
    ]
    report = [f"# {task.id}, steps per second", "", *context, "", table(rows, device)]
    if learning:
        report += ["", f"Inference and training, at the task's interval of {task.interval}:", ""]
        report.append(training_table(learning))
    print("\n".join(report), flush=True)
    if arguments.json:
        content = {"task": task.id, "context": context, "copy_bytes_per_second": copied}
        figures = [asdict(row) for row in rows]
        content |= {"rows": figures, "training": [asdict(one) for one in learning]}
        write_atomically(arguments.json, json.dumps(content, indent=1) + "\n")
    return rows


def main() -> None:
    """Command line."""
    try:
        run(tyro.cli(Arguments, description=__doc__))
    except ValueError as error:
        sys.exit(f"train.speed: {error}")


if __name__ == "__main__":
    main()
