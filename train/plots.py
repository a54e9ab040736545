"""Figures of a benchmark."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from envs.core.dashboard import draw
from envs.core.task import Task

from .assess import Assessment
from .report import by_family, strata
from .statistics import estimate, mean, profile


def figures(task: Task, assessments: list[Assessment], lives: pd.DataFrame, out: Path) -> None:
    """Writes scores.png, profile.png and a dashboard for each competitor's hardest scenario."""
    score_figure(task, lives).savefig(out / "scores.png", dpi=110)
    profile_figure(lives).savefig(out / "profile.png", dpi=110)
    last = assessments[-1]
    for life, scenario in enumerate(task.scenarios):
        if scenario.noises or scenario.windows or scenario.series or scenario.randomise:
            figure = draw(
                task.panels,
                history(task, last, life),
                f"{task.id}, {last.name}, {scenario.name}",
                task.step_unit,
                [float(last.lives["onset"][life])],
            )
            figure.savefig(out / f"dashboard_{scenario.name}.png", dpi=70)


def history(task: Task, assessment: Assessment, life: int, most: int = 2000) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    """One life's curves, thinned to at most so many points."""
    length = assessment.rollout.score.shape[0]
    steps = np.arange(0, length, max(1, length // most))
    curves = {name: trace[:, life].numpy()[steps] for name, trace in assessment.rollout.trace.items()}
    return curves | {"time": steps + 1.0}


def score_figure(task: Task, lives: pd.DataFrame) -> Figure:
    """Mean score by scenario with intervals."""
    groups = by_family(lives)
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    axes = figure.add_subplot()
    names = [scenario.name for scenario in task.scenarios]
    for number, (name, group) in enumerate(groups.items()):
        if name == "random":
            continue
        results = [
            estimate(part["score"].to_numpy(), strata(part), mean)
            for part in (group[group["scenario"] == scenario] for scenario in names)
        ]
        value = np.array([r.value for r in results])
        error = np.array([[r.value - r.low for r in results], [r.high - r.value for r in results]])
        place = np.arange(len(names)) + 0.8 * (number / len(groups) - 0.5)
        axes.errorbar(place, value, error, fmt="o", markersize=4, capsize=2, label=name)
    axes.set_xticks(range(len(names)), names)
    axes.set_ylabel("score")
    axes.set_title(f"{task.id}: mean score by scenario, 95 % intervals")
    axes.legend(fontsize=8, ncols=2)
    axes.grid(axis="y", alpha=0.3)
    return figure


def profile_figure(lives: pd.DataFrame) -> Figure:
    """Performance profile: share of lives above a score."""
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.add_subplot()
    groups = {name: group for name, group in by_family(lives).items() if name != "random"}
    low = min(float(group["score"].min()) for group in groups.values())
    thresholds = np.linspace(low, 1.0, 400)
    for name, group in groups.items():
        axes.plot(thresholds, profile(group["score"].to_numpy(), thresholds), label=name)
    axes.set_xlabel("score τ")
    axes.set_ylabel("share of lives with score > τ")
    axes.legend(fontsize=8)
    axes.grid(alpha=0.3)
    return figure
