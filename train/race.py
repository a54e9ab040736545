"""How long learning takes to beat a task's baseline, on the wall clock, for each backend.

    python -m train.race --task tokenomics/SafeNetwork-v0 --seconds 120

Every backend trains in a process of its own and is not evaluated on the way; its checkpoints are kept with
the time at which they were written. Afterwards all are judged on the test seeds, paired episode by episode with the
baseline. The race is won by the first checkpoint whose mean advantage has a 95 % interval above zero.
"""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
import tyro
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.utils.tensorboard import SummaryWriter

from agents.policy import load
from agents.registry import baseline, controller
from envs import task_of
from envs.core.task import Task

from .benchmark import short
from .judging.assess import assess_together
from .judging.report import paired, strata
from .judging.statistics import Estimate, estimate, mean
from .writing.files import write_atomically
from .writing.provenance import lines

BACKENDS = ("sb3", "rsl_rl")
UNJUDGED = Estimate(float("nan"), float("nan"), float("nan"))


@dataclass
class Arguments:
    """Race the backends to the baseline."""

    task: str = "tokenomics/SafeNetwork-v0"
    """Id of the task."""
    backends: str = "sb3,rsl_rl"
    """Which ones, separated by commas."""
    seconds: float = 120.0
    """Seconds of training for each."""
    every: float = 5.0
    """Seconds of training between checkpoints."""
    draws: int = 16
    """Episodes for each scenario when a checkpoint is judged."""
    threads: int | None = None
    """Threads of torch on the CPU in training; by default all cores."""
    seed: int = 0
    """Seed of the training."""
    device: str = "auto"
    """cpu, cuda, or auto."""
    out: Path | None = None
    """Folder of the results; by default results/<task>."""


@dataclass
class Checkpoint:
    """A policy on its way; times of writing in seconds since the process started and since its first step."""

    backend: str
    path: Path
    from_start: float
    from_first: float
    advantage: Estimate = UNJUDGED


def trained(arguments: Arguments, backend: str, folder: Path) -> list[Checkpoint]:
    """Trains in a process, and keeps every checkpoint it writes."""
    shutil.rmtree(folder, ignore_errors=True)  # the race owns this folder
    command = [
        sys.executable, "-m", "train.ppo", "--task", arguments.task, "--backend", backend,
        "--seed", str(arguments.seed), "--seconds", str(arguments.seconds), "--device", arguments.device,
        "--evaluate-every", str(arguments.seconds), "--save-every", str(arguments.every), "--out", str(folder),
    ]  # fmt: skip
    if arguments.threads:
        command += ["--threads", str(arguments.threads)]
    last, kept = folder / "last.pt", list[Checkpoint]()
    wall, stamp = time.time(), 0
    process = subprocess.Popen(command)
    try:
        running = True
        while running:
            running = process.poll() is None
            if last.is_file() and last.stat().st_mtime_ns != stamp:
                stamp = last.stat().st_mtime_ns
                copy = folder / f"{len(kept):04d}.pt"
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


def judge(task: Task, checkpoints: list[Checkpoint], draws: int) -> None:
    """Gives all checkpoints their advantage over the baseline, on the episodes that `assess` tests on."""
    members = [controller(task, baseline(task)), *(load(one.path, task) for one in checkpoints)]
    yard, *theirs = (one.episodes for one in assess_together(task, members, draws, record=()))
    for one, episodes in zip(checkpoints, theirs, strict=True):
        gap = paired(episodes, yard)
        one.advantage = estimate(gap["score"].to_numpy(), strata(gap), mean)


def line(backend: str, checkpoints: list[Checkpoint], seconds: float) -> str:
    """A backend's row of the table."""
    winner = next((one for one in checkpoints if one.advantage.low > 0.0), None)
    best = max(checkpoints, key=lambda one: one.advantage.value)
    if winner is None:
        return f"| {backend} | not within {seconds:.0f} s of training | | | {best.advantage} |"
    times = f"{winner.from_start:.1f} | {winner.from_first:.1f}"
    return f"| {backend} | {times} | {winner.advantage} | {best.advantage} |"


def run(arguments: Arguments) -> None:
    """Races, prints the table and writes the results."""
    task = task_of(arguments.task)
    names = arguments.backends.split(",")
    if set(names) - set(BACKENDS):
        raise ValueError(f"backends is {arguments.backends!r}; there are {', '.join(BACKENDS)}")
    out = arguments.out or Path("results") / short(task)
    runs = Path("results/runs") / short(task)
    heads = "| backend | seconds from process start | from first step | advantage then | best advantage |"
    rows, curve = [heads, "|---|---|---|---|---|"], []
    for name in names:
        checkpoints = trained(arguments, name, runs / f"race_{name}")
        judge(task, checkpoints, arguments.draws)
        rows.append(line(name, checkpoints, arguments.seconds))
        with SummaryWriter(str(runs / f"race_{name}")) as writer:
            for one in checkpoints:
                writer.add_scalar("race/advantage", one.advantage.value, round(one.from_start))
                times = {"from_start": one.from_start, "from_first": one.from_first}
                curve.append({"backend": name, "policy": one.path.name} | times | one.advantage._asdict())
    if not torch.cuda.is_available():
        rows.append("| on a GPU | not measured | | | |")
    threads = arguments.threads or torch.get_num_threads()
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    context = [
        *lines(),
        f"- threads of torch in training: {threads}; load of the machine (1, 5, 15 min): {load}",
        f"- advantage: mean score over that of {baseline(task)} on {len(task.scenarios)} scenarios × "
        f"{arguments.draws} episodes, paired, with its 95 % interval; positive where the policy is better",
    ]
    report = [f"# {task.id}: seconds until PPO beats {baseline(task)}", "", *context, "", *rows, ""]
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
