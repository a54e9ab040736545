"""How long learning takes to beat a task's yardstick, on the wall clock, for each backend.

    python -m train.race --task tokenomics/SafeNetwork-v0 --seconds 120

Every backend trains in a process of its own; its checkpoints are kept with the time at which they were
written. Afterwards they are judged in turn on the test seeds, paired life by life with the yardstick: the
race is won by the first one whose mean advantage has a 95 % interval above zero.
"""

import shutil
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import torch
import tyro
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from agents.ladder import controller, yardstick
from agents.policy import load
from envs import task_of
from envs.core.simulation import Simulation
from envs.core.task import Task

from .assess import assess
from .benchmark import short
from .files import write_atomically
from .provenance import lines
from .statistics import Estimate, estimate, mean

SUFFIXES = {"sb3": "zip", "rsl_rl": "pt"}


@dataclass
class Arguments:
    """Race the backends to the yardstick."""

    task: str = "tokenomics/SafeNetwork-v0"
    """Id of the task."""
    backends: str = "sb3,rsl_rl"
    """Which ones, separated by commas."""
    seconds: float = 120.0
    """Seconds of training for each."""
    every: float = 5.0
    """Seconds of training between checkpoints."""
    draws: int = 16
    """Lives for each scenario when a checkpoint is judged."""
    seed: int = 0
    """Seed of the training."""
    device: str = "auto"
    """cpu, cuda, or auto."""
    out: Path | None = None
    """Folder of the results; by default results/<task>."""


@dataclass
class Checkpoint:
    """A policy on its way. Times in seconds, evaluations on the way included."""

    backend: str
    path: Path
    from_start: float
    from_first: float
    advantage: Estimate | None = None


def trained(arguments: Arguments, backend: str, folder: Path) -> list[Checkpoint]:
    """Trains in a process, and keeps every checkpoint it writes."""
    shutil.rmtree(folder, ignore_errors=True)  # the race owns this folder
    command = [
        sys.executable, "-m", "train.ppo", "--task", arguments.task, "--backend", backend,
        "--seed", str(arguments.seed), "--seconds", str(arguments.seconds), "--device", arguments.device,
        "--evaluate-every", str(arguments.every), "--out", str(folder),
    ]  # fmt: skip
    last, kept = folder / f"last.{SUFFIXES[backend]}", list[Checkpoint]()
    wall, stamp = time.time(), 0
    process = subprocess.Popen(command)
    try:
        running = True
        while running:
            running = process.poll() is None
            if last.is_file() and last.stat().st_mtime_ns != stamp:
                stamp = last.stat().st_mtime_ns
                copy = folder / f"{len(kept):04d}.{SUFFIXES[backend]}"
                shutil.copyfile(last, copy)
                kept.append(Checkpoint(backend, copy, stamp / 1e9 - wall, 0.0))
            time.sleep(0.1)
    finally:
        process.terminate()
    if process.returncode:
        raise ValueError(f"training with {backend} failed with code {process.returncode}")
    first = first_step(folder) - wall
    for one in kept:
        one.from_first = one.from_start - first
    return kept


def first_step(folder: Path) -> float:
    """When the run in that folder took its first step, in seconds since the epoch, from its events."""
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()
    rollout = events.Scalars("time/trained_seconds")[0]
    return float(rollout.wall_time - rollout.value)


def judge(task: Task, checkpoints: list[Checkpoint], draws: int, simulation: Simulation) -> Checkpoint | None:
    """The first checkpoint that beats the yardstick; all up to it get their advantage."""
    rule = assess(task, controller(task, yardstick(task)), draws, simulation).lives
    strata = pd.factorize(rule["scenario"])[0]
    for one in tqdm(checkpoints, desc="judging", unit="checkpoint"):
        lives = assess(task, load(one.path, task), draws, simulation).lives
        one.advantage = estimate((lives["score"] - rule["score"]).to_numpy(), strata, mean)
        if one.advantage.low > 0.0:
            return one
    return None


def run(arguments: Arguments) -> None:
    """Races, prints the table and writes the results."""
    task = task_of(arguments.task)
    names = arguments.backends.split(",")
    if set(names) - set(SUFFIXES):
        raise ValueError(f"backends is {arguments.backends!r}; there are {', '.join(SUFFIXES)}")
    out = arguments.out or Path("results") / short(task)
    runs = Path("results/runs") / short(task)
    batch = len(task.scenarios) * arguments.draws
    simulation = task.simulation(batch, autoreset=False)
    heads = "| backend | seconds from process start | from first step | advantage of the winner |"
    rows, curve = [heads, "|---|---|---|---|"], []
    for name in names:
        checkpoints = trained(arguments, name, runs / f"race_{name}")
        winner = judge(task, checkpoints, arguments.draws, simulation)
        with SummaryWriter(str(runs / f"race_{name}")) as writer:
            for one in checkpoints:
                if one.advantage is not None:
                    writer.add_scalar("race/advantage", one.advantage.value, round(one.from_start))
                    curve.append(asdict(one) | {"path": one.path.name, "advantage": one.advantage.value})
        if winner is None:
            rows.append(f"| {name} | not within {arguments.seconds:.0f} s of training | | |")
        else:
            times = f"{winner.from_start:.1f} | {winner.from_first:.1f}"
            rows.append(f"| {name} | {times} | {winner.advantage} |")
    if not torch.cuda.is_available():
        rows.append("| on a GPU | not measured | | |")
    report = [f"# {task.id}: seconds until PPO beats {yardstick(task)}", "", *lines(), "", *rows, ""]
    print("\n".join(report))
    write_atomically(out / "race.md", "\n".join(report))
    write_atomically(out / "race.csv", pd.DataFrame(curve).to_csv(index=False, float_format="%.6g"))


def main() -> None:
    """Command line."""
    try:
        run(tyro.cli(Arguments, description=__doc__))
    except ValueError as error:
        sys.exit(f"train.race: {error}")


if __name__ == "__main__":
    main()
