"""The leaderboard as Markdown."""

import numpy as np
import pandas as pd

from envs.core.table import markdown
from envs.core.task import Task

from ..writing.provenance import lines
from .statistics import estimate, interquartile_mean, mean

NOT_MEASURES = {
    "controller", "trained", "acts_every", "scenario", "draw", "seed", "onset", "score", "steps_alive",
}  # fmt: skip


def family(name: str) -> str:
    """The competitor that a controller's episodes count for: all training seeds of a method are one."""
    return name.partition("/")[0]


def by_family(episodes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Episodes by competitor, in the order of appearance."""
    families = episodes["controller"].map(family)
    return {name: episodes[families == name] for name in dict.fromkeys(families)}


def strata(episodes: pd.DataFrame) -> np.ndarray:  # type: ignore[type-arg]
    """Stratum of every episode: its scenario."""
    return pd.factorize(episodes["scenario"])[0].astype(np.int64)


def paired(episodes: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Score differences between episodes of the same scenario and draw."""
    key = ["scenario", "draw"]
    joined = episodes.merge(other[[*key, "score"]], on=key, suffixes=("", "_other"), validate="m:1")
    return joined.assign(score=joined["score"] - joined["score_other"])


def overview(task: Task, episodes: pd.DataFrame, baseline: str) -> str:
    """One row a competitor: means, worst scenario and episode, paired difference to the baseline."""
    groups = by_family(episodes)
    rows = []
    for name, group in groups.items():
        by_scenario = group.groupby("scenario")["score"].mean()
        difference = "–"
        if baseline in groups and name != baseline:
            gap = paired(group, groups[baseline])
            result = estimate(gap["score"].to_numpy(), strata(gap), mean)
            difference = f"{result.value:+.4f} [{result.low:+.4f}, {result.high:+.4f}]"
        scores = group["score"].to_numpy()
        rows.append(
            [
                name,
                str(group["controller"].nunique()) if group["trained"].any() else "",
                str(estimate(scores, strata(group), mean)),
                str(estimate(scores, strata(group), interquartile_mean)),
                f"{by_scenario.min():.4f} ({by_scenario.idxmin()})",
                f"{scores.min():.4f}",
                difference,
            ]
        )
    header = ["controller", "training seeds", "mean score [95 %]", "interquartile mean [95 %]",
              "worst scenario", "worst episode", f"paired difference to {baseline} [95 %]"]  # fmt: skip
    return markdown(header, rows)


def by_scenario(task: Task, episodes: pd.DataFrame, column: str, pattern: str = "{:.4f}") -> str:
    """Mean of a column, one row a competitor and one column a scenario."""
    names = [scenario.name for scenario in task.scenarios]
    rows = []
    for name, group in by_family(episodes).items():
        means = group.groupby("scenario")[column].mean()
        rows.append([name, *[pattern.format(means[scenario]) for scenario in names]])
    return markdown(["controller", *names], rows)


def recovery(task: Task, episodes: pd.DataFrame, column: str) -> str:
    """Median / worst steps of recovery; ∞ where it never came."""
    names = [scenario.name for scenario in task.scenarios]

    def cell(values: pd.Series) -> str:  # type: ignore[type-arg]
        days = values.where(values >= 0, np.inf)
        return " / ".join("∞" if np.isinf(x) else f"{x:.0f}" for x in (days.median(), days.max()))

    rows = [
        [name, *[cell(group.loc[group["scenario"] == scenario, column]) for scenario in names]]
        for name, group in by_family(episodes).items()
    ]
    return markdown(["controller", *names], rows)


def acting(task: Task, episodes: pd.DataFrame) -> str:
    """How often each competitor acts."""
    every = episodes.assign(controller=episodes["controller"].map(family)).drop_duplicates("controller")
    groups = [
        (
            f"every {task.step_unit if apart == 1 else f'{apart} {task.step_unit}s'}",
            ", ".join(group["controller"]),
        )
        for apart, group in every.groupby("acts_every")
    ]
    if len(groups) == 1:
        return f"Everybody acts {groups[0][0]}."
    return f"Acting {'; '.join(f'{often}: {names}' for often, names in groups)}."


def leaderboard(task: Task, episodes: pd.DataFrame, baseline: str) -> str:
    """The whole report of a benchmark."""
    draws = episodes["draw"].nunique()
    parts = [
        f"# {task.id}: the leaderboard",
        f"{len(task.scenarios)} scenarios × {draws} draws, whole episodes of {task.horizon} {task.step_unit}s, "
        "the same seeds, onsets and shocks for everybody. Score: the core reward, mean per step, in [0, 1]. "
        f"{acting(task, episodes)} "
        "Intervals: bootstrap, stratified by scenario.",
        "\n".join(lines()),
        "## Scores",
        overview(task, episodes, baseline),
        "## Mean score by scenario",
        by_scenario(task, episodes, "score"),
    ]
    for column in [name for name in episodes.columns if name not in NOT_MEASURES and "/" not in name]:
        if column in task.recoveries:
            parts += [f"## {column}, median / worst", recovery(task, episodes, column)]
        else:
            parts += [f"## {column}, mean", by_scenario(task, episodes, column, "{:.4g}")]
    return "\n\n".join(parts) + "\n"
