"""Does a controller live beyond its horizon? Scores at 1, 2 and 4 times it, and the levers at the end.

    python -m train horizon --task TASK --controllers constant results/TASK/policies/*

Nothing that a controller sees depends on the horizon, so the shorter episodes are the beginnings of the longest.
Writes horizon.md, horizon.csv and horizon.png, the levers in the last tenth of each episode, to --out.
"""

import sys
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from matplotlib.figure import Figure

from agents.contenders import contenders, rules_outside
from envs.core.table import markdown
from envs.core.task import Task

from .command import Count, UsageError, command, once
from .judging.assess import Assessment, assess_together
from .judging.report import by_family
from .judging.study import Study, report


@dataclass(kw_only=True)
class Horizons(Study):
    """Evaluate beyond the horizon."""

    name = "horizon"

    controllers: tuple[str, ...] = ()
    """Names of rules, module:Class of anybody's, or paths of checkpoints; by default the task's rules."""
    times: tuple[Count, ...] = (1, 2, 4)
    """Multiples of the horizon."""
    draws: Count = 8
    """Episodes for each scenario."""


def levers(task: Task) -> tuple[str, ...]:
    """The sensors that read the levers in force."""
    return tuple(f"lever.{lever.name}" for lever in task.economy.levers)


def row(task: Task, result: Assessment, times: int) -> dict[str, object]:
    """Scores of episodes of that many horizons and of their last tenth; every lever's mean and range there."""
    length = times * task.horizon
    end = slice(length - max(1, length // 10), length)
    kept = result.rollout
    found: dict[str, object] = {
        "controller": result.name,
        "times": times,
        "steps": length,
        "score": float(kept.score[:length].mean()),
        "score_last_tenth": float(kept.score[end].mean()),
        "collapsed": float((kept.alive < length).double().mean()),
    }
    for name in levers(task):
        part = kept.trace[name][end]
        found[f"{name}_mean"] = float(part.mean())
        found[f"{name}_range"] = float((part.amax(0) - part.amin(0)).mean())
    return found


def figure(task: Task, results: list[Assessment], times: tuple[Count, ...]) -> Figure:
    """Levers in the last tenth of the first episode, one row a lever and one column a multiple."""
    shown = task.economy.levers
    drawn = Figure(figsize=(4.2 * len(times), 2.2 * len(shown) + 0.6), layout="constrained")
    drawn.suptitle(f"{task.id}: levers in the last tenth of an episode, {task.scenarios[0].name}")
    panels = drawn.subplots(len(shown), len(times), squeeze=False, sharey="row")
    for place, lever in enumerate(shown):
        for column, multiple in enumerate(times):
            axes, length = panels[place][column], multiple * task.horizon
            begin = length - max(1, length // 10)
            for number, result in enumerate(results):
                curve = result.rollout.trace[f"lever.{lever.name}"][begin:length, 0].numpy()
                axes.plot(
                    np.arange(begin, length),
                    curve,
                    label=result.name,
                    linewidth=max(1.0, 2.2 - 0.3 * number),
                    linestyle=("-", "--", "-.", ":")[number % 4],
                )
            axes.set_yscale(lever.scale)
            axes.set_ylim(lever.low, lever.high)
            axes.grid(axis="y", alpha=0.3)
            axes.tick_params(labelsize=8)
            if place == 0:
                axes.set_title(f"{multiple} × the horizon", fontsize=10)
            if place == len(shown) - 1:
                axes.set_xlabel(task.step_unit, fontsize=8)
        panels[place][0].set_ylabel(f"{lever.name}, {lever.unit}", fontsize=9)
    panels[0][-1].legend(fontsize=7)
    return drawn


def tables(found: pd.DataFrame) -> list[str]:
    """Scores by multiple, whole and at the end, and how far the levers move at the end."""
    found = found.assign(scenario="")
    multiples = sorted(found["times"].unique())
    columns = [
        "score",
        "score_last_tenth",
        "collapsed",
        *(c for c in found if c.endswith(("_mean", "_range"))),
    ]
    parts = []
    for column in columns:
        rows = []
        for name, group in by_family(found).items():
            means = group.groupby("times")[column].mean()
            rows.append([name, *[f"{means[multiple]:.4f}" for multiple in multiples]])
        title = column.replace("_last_tenth", ", last tenth").replace("_mean", ", mean over the last tenth")
        title = title.replace("_range", ", range within the last tenth of an episode")
        parts += [f"## {title}", markdown(["controller", *[f"{n} ×" for n in multiples]], rows)]
    return parts


def run(arguments: Horizons) -> pd.DataFrame:
    """Runs the study and writes its results; returns one row a controller and multiple."""
    task = arguments.subject()
    folder = arguments.folder()
    rules = contenders(task, arguments.controllers or rules_outside(task))
    if not arguments.times:
        raise UsageError("--times needs at least one multiple of the horizon")
    once("--times", arguments.times)
    times = tuple(sorted(arguments.times))
    longest = replace(task, horizon=times[-1] * task.horizon)
    with torch.inference_mode():
        results = assess_together(longest, rules, arguments.draws, levers(task))
    found = pd.DataFrame([row(task, result, multiple) for result in results for multiple in times])
    note = (
        f"{len(task.scenarios)} scenarios × {arguments.draws} draws; the horizon is {task.horizon} "
        f"{task.step_unit}s. A policy was trained on episodes of one horizon at most. Mean score per "
        f"{task.step_unit}; collapsed: share of the episodes."
    )
    parts = [note, "![levers](horizon.png)", *tables(found)]
    report(
        folder,
        "horizon",
        f"{task.id}: beyond the horizon",
        parts,
        found.to_csv(index=False, float_format="%.7g"),
        {"horizon": figure(task, results, times)},
    )
    return found


main = command("horizon", Horizons, run, __doc__)

if __name__ == "__main__":
    sys.exit(main())
