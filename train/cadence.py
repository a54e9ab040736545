"""What do rare votes cost? Scores by decision interval, timelock and largest change per decision.

    python -m train.cadence --task tokenomics/SafeNetwork-v0 --controllers constant pid_tuned two_mode

Each is varied alone, the others left at none. Writes cadence.csv and cadence.png to --out.
"""

import sys
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path

import pandas as pd
import torch
import tyro
from matplotlib.figure import Figure

from agents.cadence import Cadence
from agents.controller import Constant
from envs import task_of
from envs.core.task import Task

from .assess import assess, cases
from .benchmark import short
from .evaluate import chosen
from .files import write_atomically
from .report import strata
from .rollout import plants
from .statistics import estimate, mean

LABELS = {
    "interval": "days between decisions",
    "delay": "timelock, days",
    "change": "largest change per decision, on the lever's scale",
}


@dataclass
class Arguments:
    """Vary the cadence of decisions."""

    task: str = "tokenomics/SafeNetwork-v0"
    """Id of the task."""
    controllers: tuple[str, ...] = ("constant", "pid_tuned", "growth_pid", "two_mode")
    """Names of rules, or paths of checkpoints."""
    intervals: tuple[int, ...] = (1, 7, 30, 90, 365)
    """Steps between decisions."""
    delays: tuple[int, ...] = (0, 7, 30, 90)
    """Steps from a decision to its effect."""
    changes: tuple[float, ...] = (0.01, 0.05, 0.2)
    """Largest change of a lever per decision, on its scale (of logarithms where it is one), at a decision
    every `change_interval` steps."""
    change_interval: int = 30
    """Steps between decisions while the largest change is varied."""
    draws: int = 4
    """Lives for each scenario."""
    horizon: int | None = None
    """Steps of a life; by default the task's."""
    out: Path | None = None
    """Folder of the results; by default results/runs/<task>/cadence."""


def variants(arguments: Arguments) -> list[tuple[str, float, dict[str, float]]]:
    """What is varied, its value, and the options of `Cadence` that make it."""
    return [
        *(("interval", n, {"interval": n}) for n in arguments.intervals),
        *(("delay", n, {"delay": n}) for n in arguments.delays),
        *(
            ("change", x, {"change": x, "interval": arguments.change_interval})
            for x in (*arguments.changes, inf)
        ),
    ]


def sweep(task: Task, arguments: Arguments) -> pd.DataFrame:
    """One row a life: controller, varied, value, scenario, draw, score."""
    simulation = plants(task, Constant(task), len(cases(task, arguments.draws)[0]))
    parts = []
    for name in arguments.controllers:
        rule = chosen(task, name)
        for varied, value, options in variants(arguments):
            voted = Cadence(task, rule, **options)  # type: ignore[arg-type]
            lives = assess(task, voted, arguments.draws, simulation).lives
            parts.append(lives[["scenario", "draw", "seed", "score"]].assign(
                controller=rule.name, varied=varied, value=value
            ))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def figure(task: Task, lives: pd.DataFrame) -> Figure:
    """Mean score with 95 % intervals, by what is varied."""
    drawn = Figure(figsize=(13, 4), layout="constrained")
    drawn.suptitle(f"{task.id}: what rare, late and small decisions cost")
    for place, (varied, label) in enumerate(LABELS.items()):
        axes = drawn.add_subplot(1, 3, place + 1)
        part = lives[lives["varied"] == varied]
        values = sorted(part["value"].unique())
        for name, group in part.groupby("controller", sort=False):
            of = [group[group["value"] == value] for value in values]
            results = [estimate(one["score"].to_numpy(), strata(one), mean) for one in of]
            low = [result.value - result.low for result in results]
            high = [result.high - result.value for result in results]
            axes.errorbar(
                range(len(values)), [result.value for result in results], [low, high],
                marker="o", markersize=4, capsize=2, label=str(name),
            )  # fmt: skip
        axes.set_xticks(range(len(values)), ["none" if value == inf else f"{value:g}" for value in values])
        axes.set_xlabel(label)
        axes.set_ylabel("score")
        axes.grid(axis="y", alpha=0.3)
    axes.legend(fontsize=8)
    return drawn


def main() -> None:
    """Command line."""
    arguments = tyro.cli(Arguments, description=__doc__)
    try:
        task = task_of(arguments.task)
        if arguments.horizon is not None:
            task = replace(task, horizon=arguments.horizon)
        for name in arguments.controllers:
            chosen(task, name)
        for _, _, options in variants(arguments):
            Cadence(task, Constant(task), **options)  # type: ignore[arg-type]
        if arguments.draws < 1:
            raise ValueError(f"draws is {arguments.draws}; it must be at least 1")
    except ValueError as error:
        sys.exit(f"train.cadence: {error}")
    with torch.inference_mode():
        lives = sweep(task, arguments)
    out = arguments.out or Path("results/runs") / short(task) / "cadence"
    write_atomically(out / "cadence.csv", lives.to_csv(index=False, float_format="%.9g"))
    figure(task, lives).savefig(out / "cadence.png", dpi=110)
    table = lives.pivot_table(index=["varied", "value"], columns="controller", values="score", sort=False)
    print(table.round(4).to_string())
    print(f"results in {out}")


if __name__ == "__main__":
    main()
