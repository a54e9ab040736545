"""A/B: the status quo against proposals, over the same shocks."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import intervals
from .design import Design
from .intervals import Array
from .results import Results
from .summaries import choices, groups, met_by_cell, points_drawn

Places = NDArray[np.int64]


def alternatives(design: Design) -> str | None:
    """The column of what is compared with its first: arms, or else controllers; None where there is one of each."""
    if len(design.arms) > 1:
        return "arm"
    return "controller" if len(design.controllers) > 1 and not design.arms else None


def differences(results: Results, figures: Sequence[str]) -> pd.DataFrame:
    """One row an alternative, scenario, other choice and figure: what the alternative changes.

    Columns: `before` and `after`, means of the status quo and of the alternative; `difference` with `low` and `high`
    of its 95 % interval; `higher`, the share of pairs in which the figure grows, a tie counting half; `better`, the
    share in which it improves, where a goal says what is better (for the score, more). Runs are paired by seed and point.

    Raises:
        ValueError: there is one alternative.
    """
    values = results.by_cell(figures)
    return _differences(results, values, _senses(results.design))


def goal_differences(results: Results) -> pd.DataFrame:
    """The same of the shares of runs in which each goal is met."""
    met = met_by_cell(results)
    return _differences(results, met, dict.fromkeys(met, 1.0)).drop(columns=["higher", "better"])


def _differences(results: Results, values: dict[str, Array], senses: dict[str, float]) -> pd.DataFrame:
    column, drawn, rows = alternatives(results.design), points_drawn(results), []
    if column is None:
        raise ValueError(f"{results.folder}: one arm and one controller; there is nothing to compare it with")
    by = [name for name in choices(results) if name != column and not _follows(results, name, column)]
    first, *others = dict.fromkeys(results.cells[column])
    for key, before, after, name in pairs(results, column, first, others, [*by, "scenario"]):
        for figure, table in values.items():
            change = table[after] - table[before]
            found = intervals.mean(change, drawn)
            higher = np.where(np.isnan(change), np.nan, (np.sign(change) + 1.0) / 2.0)
            sense = senses.get(figure, 0.0)
            rows.append(
                {
                    column: name, **key, "figure": figure, "pairs": change.size,
                    "before": np.nanmean(table[before]), "after": np.nanmean(table[after]),
                    "difference": found.value, "low": found.low, "high": found.high,
                    "higher": (up := float(np.nanmean(higher))),
                    "better": np.nan if not sense else up if sense > 0 else 1.0 - up,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def _follows(results: Results, name: str, column: str) -> bool:
    """Whether a setting is the alternatives' own: there is one value of it for each."""
    return bool((results.cells.groupby(column)[name].nunique(dropna=False) == 1).all())


def pairs(
    results: Results, column: str, first: str, others: Sequence[str], by: Sequence[str]
) -> Iterator[tuple[dict[str, Any], Places, Places, str]]:
    """Group, cells of the status quo, the alternative's cells of the same points in the same order, and its name."""
    cells = results.cells
    rest = [name for name in cells if name.startswith("point.")] + ["scenario"]
    rest += ["controller"] if column == "arm" and not _follows(results, "controller", column) else []
    place = {
        name: cells[cells[column] == name].sort_values(rest).index.to_numpy() for name in (first, *others)
    }
    for key, group in groups(cells.loc[place[first]], by):
        for name in others:
            yield key, place[first][group], place[name][group], name


def _senses(design: Design) -> dict[str, float]:
    """Figure → 1 where more of it is better, −1 where less is; those that are held between two thresholds have none."""
    found = {"score": 1.0}
    for name, goal in design.goals.items():
        found[name] = float(goal.at_least is not None) - float(goal.at_most is not None)
    return found
