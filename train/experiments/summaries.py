"""Key figures of groups of runs: means with intervals, and how often goals are met."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from . import intervals
from .intervals import Array
from .results import Results
from .sampling import SAMPLED


def choices(results: Results) -> list[str]:
    """The columns of what somebody may choose, where cells differ in it: arm, controller, parameters and levers."""
    cells = results.cells
    found = [name for name in ("arm", "controller") if name in cells and cells[name].nunique() > 1]
    return found + [name for vary in results.design.vary if vary.role == "control" for name in vary.columns]


def compared_by(results: Results) -> list[str]:
    """The columns that tell apart what is compared: what somebody may choose, and the scenario."""
    return [*choices(results), "scenario"]


def asked(results: Results) -> list[str]:
    """The figures that the design asks for, by a definition or a goal, and the score."""
    return list(dict.fromkeys([*results.design.figures, *results.design.goals, "score"]))


def points_drawn(results: Results) -> bool:
    """Whether points of the environment are a sample of what may be."""
    return any(vary.role == "environment" and vary.method in SAMPLED for vary in results.design.vary)


def groups(cells: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[dict[str, Any], Array]]:
    """Values of the columns `by`, and places of the rows that have them; in the order of the first of them."""
    if not by:
        yield {}, np.arange(len(cells))
        return
    number = cells.groupby(list(by), sort=False, dropna=False).ngroup().to_numpy()
    order = np.argsort(number, kind="stable")
    for places in np.split(order, np.flatnonzero(np.diff(number[order])) + 1):
        yield {name: cells[name].iloc[places[0]] for name in by}, places


def summary(results: Results, by: Sequence[str], figures: Sequence[str]) -> pd.DataFrame:
    """One row a group and figure: runs, mean, `low` and `high` of its 95 % interval, least and greatest, missing."""
    values, drawn, rows = results.by_cell(figures), points_drawn(results), []
    for key, places in groups(results.cells, by):
        for name in figures:
            part = values[name][places]
            known = part[~np.isnan(part)]
            found = intervals.mean(part, drawn)
            rows.append(
                key
                | {
                    "figure": name, "runs": part.size, "mean": found.value, "low": found.low, "high": found.high,
                    "min": known.min(initial=np.inf), "max": known.max(initial=-np.inf),
                    "missing": part.size - known.size,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def goals_met(results: Results, by: Sequence[str]) -> pd.DataFrame:
    """One row a group: the share of its runs in which each goal is met, and, as `all`, in which all are."""
    met = met_by_cell(results)
    return pd.DataFrame(
        key | {name: one[places].mean() for name, one in met.items()}
        for key, places in groups(results.cells, by)
    )


def met_by_cell(results: Results) -> dict[str, Array]:
    """Goal, and `all` for all of them, → (cells, seeds), 1 where it is met and 0 where not."""
    goals = results.design.goals
    values = results.by_cell(list(goals))
    met = {name: goal.met(values[name]).astype(np.float64) for name, goal in goals.items()}
    return met | {"all": np.min(list(met.values()), axis=0)}
