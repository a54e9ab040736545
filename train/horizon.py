"""Does a controller live beyond its horizon? Scores at 1, 2 and 4 times it, and the levers at the end.

    python -m train.horizon --task tokenomics/SafeNetwork-v0 --controllers constant pid_tuned

Writes horizon.csv, and for every controller a figure of its levers in the last tenth of the longest calm
life, to --out.
"""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import tyro
from matplotlib.figure import Figure

from envs import task_of
from envs.core.task import Task

from .assess import Assessment, assess
from .benchmark import short
from .evaluate import chosen
from .files import write_atomically


@dataclass
class Arguments:
    """Evaluate beyond the horizon."""

    task: str = "tokenomics/SafeNetwork-v0"
    """Id of the task."""
    controllers: tuple[str, ...] = ("constant", "pid_tuned", "two_mode")
    """Names of rules, or paths of checkpoints."""
    times: tuple[int, ...] = (1, 2, 4)
    """Multiples of the horizon."""
    draws: int = 2
    """Lives for each scenario."""
    horizon: int | None = None
    """Steps of the horizon that is multiplied; by default the task's."""
    out: Path | None = None
    """Folder of the results; by default results/runs/<task>/horizon."""


def levers(task: Task) -> tuple[str, ...]:
    """The sensors that read the levers in force."""
    return tuple(f"lever.{lever.name}" for lever in task.economy.levers)


def row(task: Task, result: Assessment, times: int) -> dict[str, object]:
    """Scores of whole lives and of their last tenth, and every lever's mean and range there."""
    length = result.rollout.score.shape[0]
    end = slice(length - max(1, length // 10), length)
    found: dict[str, object] = {
        "controller": result.name,
        "times": times,
        "steps": length,
        "score": result.lives["score"].mean(),
        "score_last_tenth": float(result.rollout.score[end].mean()),
        "collapsed": float((result.rollout.alive < length).to(torch.float64).mean()),
    }
    for name in levers(task):
        part = result.rollout.trace[name][end]
        found[f"{name}_mean"] = float(part.mean())
        found[f"{name}_range"] = float((part.amax(0) - part.amin(0)).mean())
    return found


def figure(task: Task, results: list[tuple[int, Assessment]]) -> Figure:
    """Levers in the last tenth of life 0 under every multiple of the horizon."""
    names = levers(task)
    drawn = Figure(figsize=(6.4, 2.4 * len(names)), layout="constrained")
    drawn.suptitle(f"{task.id}, {results[0][1].name}: levers in the last tenth, {task.scenarios[0].name}")
    for place, (name, lever) in enumerate(zip(names, task.economy.levers, strict=True)):
        axes = drawn.add_subplot(len(names), 1, place + 1)
        for times, result in results:
            curve = result.rollout.trace[name][:, 0].numpy()
            part = curve[len(curve) - max(1, len(curve) // 10) :]
            axes.plot(np.linspace(0.9, 1.0, len(part)), part, label=f"{times} × horizon", linewidth=1.3)
        axes.set_yscale(lever.scale)
        axes.set_title(f"{lever.name}, {lever.unit}", fontsize=9)
        axes.set_xlabel("share of the episode", fontsize=8)
        axes.legend(fontsize=8)
    return drawn


def main() -> None:
    """Command line."""
    arguments = tyro.cli(Arguments, description=__doc__)
    try:
        task = task_of(arguments.task)
        if arguments.horizon is not None:
            task = replace(task, horizon=arguments.horizon)
        rules = [chosen(task, name) for name in arguments.controllers]
        if arguments.draws < 1 or min(arguments.times, default=0) < 1:
            raise ValueError("draws and times must be at least 1")
    except ValueError as error:
        sys.exit(f"train.horizon: {error}")
    out = arguments.out or Path("results/runs") / short(task) / "horizon"
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    for rule in rules:
        results = []
        for times in arguments.times:
            longer = replace(task, horizon=times * task.horizon)
            with torch.inference_mode():
                results.append((times, assess(longer, rule, arguments.draws, record=levers(task))))
            rows.append(row(task, results[-1][1], times))
        figure(task, results).savefig(out / f"levers_{rule.name}.png", dpi=110)
    table = pd.DataFrame(rows)
    write_atomically(out / "horizon.csv", table.to_csv(index=False, float_format="%.9g"))
    print(table.round(4).to_string(index=False))
    print(f"results in {out}")


if __name__ == "__main__":
    main()
