"""The ladder as Markdown."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from envs.core.task import Task

from .provenance import lines
from .statistics import estimate, interquartile_mean, mean

NOT_MEASURES = {"controller", "scenario", "draw", "seed", "onset", "score", "steps_alive"}


def family(name: str) -> str:
    """The competitor that a controller's lives count for: all training seeds of a method are one."""
    return name.partition("/")[0]


def by_family(lives: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Lives by competitor, in the order of appearance."""
    families = lives["controller"].map(family)
    return {name: lives[families == name] for name in dict.fromkeys(families)}


def strata(lives: pd.DataFrame) -> np.ndarray:  # type: ignore[type-arg]
    """Stratum of every life: its scenario."""
    return pd.factorize(lives["scenario"])[0].astype(np.int64)


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    body = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in body)


def paired(lives: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Score differences between lives of the same scenario and draw."""
    key = ["scenario", "draw"]
    joined = lives.merge(other[[*key, "score"]], on=key, suffixes=("", "_other"), validate="m:1")
    return joined.assign(score=joined["score"] - joined["score_other"])


def overview(task: Task, lives: pd.DataFrame, yardstick: str) -> str:
    """One row a competitor: means, worst scenario and life, paired difference to the yardstick."""
    groups = by_family(lives)
    rows = []
    for name, group in groups.items():
        by_scenario = group.groupby("scenario")["score"].mean()
        difference = "–"
        if yardstick in groups and name != yardstick:
            gap = paired(group, groups[yardstick])
            result = estimate(gap["score"].to_numpy(), strata(gap), mean)
            difference = f"{result.value:+.4f} [{result.low:+.4f}, {result.high:+.4f}]"
        scores = group["score"].to_numpy()
        rows.append(
            [
                name,
                str(group["controller"].nunique()) if name == "ppo" else "",
                str(estimate(scores, strata(group), mean)),
                str(estimate(scores, strata(group), interquartile_mean)),
                f"{by_scenario.min():.4f} ({by_scenario.idxmin()})",
                f"{scores.min():.4f}",
                difference,
            ]
        )
    header = ["controller", "training seeds", "mean score [95 %]", "interquartile mean [95 %]",
              "worst scenario", "worst life", f"paired difference to {yardstick} [95 %]"]  # fmt: skip
    return markdown(header, rows)


def by_scenario(task: Task, lives: pd.DataFrame, column: str, pattern: str = "{:.4f}") -> str:
    """Mean of a column, one row a competitor and one column a scenario."""
    names = [scenario.name for scenario in task.scenarios]
    rows = []
    for name, group in by_family(lives).items():
        means = group.groupby("scenario")[column].mean()
        rows.append([name, *[pattern.format(means[scenario]) for scenario in names]])
    return markdown(["controller", *names], rows)


def recovery(task: Task, lives: pd.DataFrame, column: str) -> str:
    """Median / worst days of recovery; ∞ where it never came."""
    names = [scenario.name for scenario in task.scenarios]

    def cell(values: pd.Series) -> str:  # type: ignore[type-arg]
        days = values.where(values >= 0, np.inf)
        return " / ".join("∞" if np.isinf(x) else f"{x:.0f}" for x in (days.median(), days.max()))

    rows = [
        [name, *[cell(group.loc[group["scenario"] == scenario, column]) for scenario in names]]
        for name, group in by_family(lives).items()
    ]
    return markdown(["controller", *names], rows)


def ladder(task: Task, lives: pd.DataFrame, yardstick: str) -> str:
    """The whole report of a benchmark."""
    draws = lives["draw"].nunique()
    parts = [
        f"# {task.id}: the ladder",
        f"{len(task.scenarios)} scenarios × {draws} draws, whole lives of {task.horizon} {task.step_unit}s, "
        "the same seeds, onsets and shocks for everybody. Score: the core reward, mean per step, in [0, 1]. "
        "Rules act every step, trained policies at the task's interval. "
        "Intervals: bootstrap, stratified by scenario.",
        "\n".join(lines()),
        "## Scores",
        overview(task, lives, yardstick),
        "## Mean score by scenario",
        by_scenario(task, lives, "score"),
    ]
    for column in [name for name in lives.columns if name not in NOT_MEASURES and "/" not in name]:
        if column.endswith("recovery_days"):
            parts += [f"## {column}, median / worst", recovery(task, lives, column)]
        else:
            parts += [f"## {column}, mean", by_scenario(task, lives, column, "{:.4g}")]
    return "\n\n".join(parts) + "\n"
