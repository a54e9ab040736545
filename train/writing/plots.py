"""Figures of a benchmark."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from envs.core.dashboard import draw
from envs.core.task import Task

from ..judging.assess import Assessment
from ..judging.report import by_family, strata
from ..judging.statistics import estimate, mean, profile


def figures(task: Task, assessments: list[Assessment], episodes: pd.DataFrame) -> dict[str, Figure]:
    """scores.png, profile.png, and the last competitor's dashboard of every scenario in which something happens."""
    drawn = {"scores.png": score_figure(task, episodes), "profile.png": profile_figure(episodes)}
    last = assessments[-1]
    for episode, scenario in enumerate(task.scenarios):
        if scenario.noises or scenario.windows or scenario.series or scenario.randomise:
            figure = draw(
                task.dashboard,
                history(task, last, episode),
                f"{task.id}, {last.name}, {scenario.name}",
                task.step_unit,
                [float(last.episodes["onset"][episode])],
            )
            figure.set_dpi(70)
            drawn[f"dashboard_{scenario.name}.png"] = figure
    return drawn


def history(task: Task, assessment: Assessment, episode: int, most: int = 2000) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    """One episode's curves, thinned to at most so many points."""
    length = assessment.rollout.score.shape[0]
    steps = np.arange(0, length, max(1, length // most))
    curves = {name: trace[:, episode].numpy()[steps] for name, trace in assessment.rollout.trace.items()}
    return curves | {"time": steps + 1.0}


def score_figure(task: Task, episodes: pd.DataFrame) -> Figure:
    """Mean score by scenario with intervals."""
    groups = by_family(episodes)
    figure = Figure(figsize=(10, 4.5), dpi=110, layout="constrained")
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


def profile_figure(episodes: pd.DataFrame) -> Figure:
    """Performance profile: share of episodes above a score."""
    figure = Figure(figsize=(7, 4.5), dpi=110, layout="constrained")
    axes = figure.add_subplot()
    groups = {name: group for name, group in by_family(episodes).items() if name != "random"}
    low = min(float(group["score"].min()) for group in groups.values())
    thresholds = np.linspace(low, 1.0, 400)
    for name, group in groups.items():
        axes.plot(thresholds, profile(group["score"].to_numpy(), thresholds), label=name)
    axes.set_xlabel("score τ")
    axes.set_ylabel("share of episodes with score > τ")
    axes.legend(fontsize=8)
    axes.grid(alpha=0.3)
    return figure
