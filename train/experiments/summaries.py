"""Key figures of groups of runs: means with intervals, and how often goals are met."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import t

from .results import Results

LEVEL = 0.95


def compared_by(results: Results) -> list[str]:
    """The columns that tell apart what is compared: arm, controller, what somebody may choose, and scenario."""
    cells = results.cells
    found = [name for name in ("arm", "controller") if name in cells and cells[name].nunique() > 1]
    chosen = [name for vary in results.design.vary if vary.role == "control" for name in vary.columns]
    return [*found, *chosen, "scenario"]


def asked(results: Results) -> list[str]:
    """The figures that the design asks for, by a definition or a goal, and the score."""
    return list(dict.fromkeys([*results.design.figures, *results.design.goals, "score"]))


def summary(results: Results, by: Sequence[str], figures: Sequence[str]) -> pd.DataFrame:
    """One row a group and figure: runs, mean, `low` and `high` of its 95 % interval, least and greatest, missing.

    The interval is Student's, over the runs of the group; it needs at least two.
    """
    runs = results.runs(list(figures))
    rows = []
    for key, group in runs.groupby(list(by), sort=False, dropna=False):
        for name in figures:
            rows.append(
                {
                    **dict(zip(by, key, strict=True)),
                    "figure": name,
                    **_described(group[name].to_numpy(np.float64)),
                }
            )
    return pd.DataFrame(rows)


def _described(values: np.ndarray) -> dict[str, float]:  # type: ignore[type-arg]
    kept = values[~np.isnan(values)]
    found: dict[str, float] = {"runs": len(values), "missing": len(values) - len(kept)}
    if not len(kept):
        return found | dict.fromkeys(("mean", "low", "high", "min", "max"), np.nan)
    middle = float(kept.mean())
    with np.errstate(invalid="ignore"):  # figures may be infinite: a day that never came
        half = (
            t.ppf(0.5 + LEVEL / 2, len(kept) - 1) * kept.std(ddof=1) / len(kept) ** 0.5
            if len(kept) > 1
            else np.nan
        )
    return found | {
        "mean": middle, "low": middle - half, "high": middle + half, "min": float(kept.min()), "max": float(kept.max())
    }  # fmt: skip


def goals_met(results: Results, by: Sequence[str]) -> pd.DataFrame:
    """One row a group: the share of its runs in which each goal is met, and, as `all`, in which all are."""
    goals = results.design.goals
    runs = results.runs(list(goals))
    met = pd.DataFrame({name: goal.met(runs[name].to_numpy(np.float64)) for name, goal in goals.items()})
    met["all"] = met.all(axis=1)
    return (
        pd.concat([runs[list(by)], met], axis=1)
        .groupby(list(by), sort=False, dropna=False)
        .mean()
        .reset_index()
    )
