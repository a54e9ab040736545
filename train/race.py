"""How long does learning take to beat a task's baseline, on the wall clock, for each backend?

    python -m train race --task TASK --seconds 120

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
from typing import Literal

import pandas as pd
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.utils.tensorboard import SummaryWriter

from agents.network import read
from agents.policy import load
from agents.registry import baseline, controller
from agents.seeds import TEST
from envs.core.table import markdown
from envs.core.task import Task

from . import ppo
from .command import Count, OnTask, Seconds, UsageError, command, once
from .judging.assess import assess_together
from .judging.report import paired, strata
from .judging.statistics import Estimate, estimate, mean
from .writing.files import folder_for, publish, unused
from .writing.provenance import lines

UNJUDGED = Estimate(float("nan"), float("nan"), float("nan"))


@dataclass(kw_only=True)
class Arguments(OnTask):
    """Race the backends to the baseline."""

    backends: tuple[Literal["sb3", "rsl_rl"], ...] = ("sb3", "rsl_rl")
    """Which ones."""
    seconds: Seconds = 120.0
    """Seconds of training for each."""
    every: Seconds = 5.0
    """Seconds of training between checkpoints."""
    draws: Count = 16
    """Episodes for each scenario when a checkpoint is judged."""
    seed: int = 0
    """Seed of the training."""
    device: str = "auto"
    """cpu, cuda, or auto."""
    out: Path | None = None
    """Folder of the results; by default results/<task>."""
    runs: Path = Path("results/runs")
    """Folder of training runs and TensorBoard events."""


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
    command = [
        sys.executable, "-m", f"{__package__}.ppo", "--task", arguments.task, "--backend", backend,
        "--seed", str(arguments.seed), "--seconds", str(arguments.seconds), "--device", arguments.device,
        "--evaluate-every", str(arguments.seconds), "--save-every", str(arguments.every), "--out", str(folder),
    ]  # fmt: skip
    if arguments.threads:
        command += ["--threads", str(arguments.threads)]
    kept = list[Checkpoint]()
    wall, stamp = time.time(), 0
    process = subprocess.Popen(command)
    try:
        running = True
        while running:
            running = process.poll() is None
            last = folder / "last.pt"
            if last.is_file() and last.stat().st_mtime_ns != stamp:
                stamp = last.stat().st_mtime_ns
                copy = folder / f"{len(kept):04d}{last.suffix}"
                shutil.copyfile(last, copy)
                kept.append(Checkpoint(backend, copy, stamp / 1e9 - wall, 0.0))
            time.sleep(0.1)
    finally:
        process.terminate()
        process.wait()
    if process.returncode:
        raise UsageError(f"training with {backend} failed with code {process.returncode}")
    kept = [one for one in kept if read(one.path)["training"]["decisions"]]  # the first one has not learned
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


def row(backend: str, checkpoints: list[Checkpoint], seconds: float) -> tuple[str, ...]:
    """A backend's row of the table."""
    winner = next((one for one in checkpoints if one.advantage.low > 0.0), None)
    best = max(checkpoints, key=lambda one: one.advantage.value)
    if winner is None:
        return backend, f"not within {seconds:.0f} s of training", "", "", str(best.advantage)
    times = f"{winner.from_start:.1f}", f"{winner.from_first:.1f}"
    return backend, *times, str(winner.advantage), str(best.advantage)


HEAD = ("backend", "seconds from process start", "from first step", "advantage then", "best advantage")


def run(arguments: Arguments) -> None:
    """Races, prints the table and writes the results."""
    task = arguments.chosen_task()
    if not arguments.backends:
        raise UsageError("--backends needs at least one of sb3 and rsl_rl")
    once("--backends", arguments.backends)
    TEST.check(arguments.draws)
    out = folder_for(arguments.out or Path("results") / task.folder, "race.md", "race.csv")
    runs = folder_for(arguments.runs / task.folder, option="--runs")
    for name in arguments.backends:  # refuses what a training would, before the others have run
        asked = {"seed": arguments.seed, "device": arguments.device, "out": unused(runs / f"race_{name}")}
        ppo.planned(ppo.Arguments(task=arguments.task, backend=name, **asked))
    rows, curve = [], []
    for name in arguments.backends:
        folder = unused(runs / f"race_{name}")
        checkpoints = trained(arguments, name, folder)
        judge(task, checkpoints, arguments.draws)
        rows.append(row(name, checkpoints, arguments.seconds))
        with SummaryWriter(str(folder)) as writer:
            for one in checkpoints:
                writer.add_scalar("race/advantage", one.advantage.value, round(one.from_start))
                times = {"from_start": one.from_start, "from_first": one.from_first}
                curve.append({"backend": name, "policy": one.path.name} | times | one.advantage._asdict())
    if not torch.cuda.is_available():
        rows.append(("on a GPU", "not measured", "", "", ""))
    threads = arguments.threads or torch.get_num_threads()
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    context = [
        *lines(),
        f"- threads of torch in training: {threads}; load of the machine (1, 5, 15 min): {load}",
        f"- advantage: mean score over that of {baseline(task)} on {len(task.scenarios)} scenarios × "
        f"{arguments.draws} episodes, paired, with its 95 % interval; positive where the policy is better",
    ]
    title = f"# {task.id}: seconds until PPO beats {baseline(task)}"
    report = "\n".join([title, "", *context, "", markdown(HEAD, rows), ""])
    print(report)
    publish(
        out, {"race.md": report, "race.csv": pd.DataFrame(curve).to_csv(index=False, float_format="%.6g")}
    )


main = command("race", Arguments, run, __doc__)

if __name__ == "__main__":
    sys.exit(main())
