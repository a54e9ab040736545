"""What moves the result: Morris' elementary effects or Sobol' indices, and what changes who is better."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from .comparing import alternatives, pairs
from .intervals import Array
from .results import Results
from .sampling import MORRIS_LEVELS, SENSITIVITY, Vary, unit_problem
from .summaries import choices, groups
from .trees import Leaf, features, leaves


def laid_out(results: Results) -> list[tuple[int, Vary]]:
    """The varies that were laid out for it, with their numbers."""
    return [
        (number, vary)
        for number, vary in enumerate(results.design.vary, start=1)
        if vary.method in SENSITIVITY
    ]


def effects(results: Results, figures: Sequence[str]) -> pd.DataFrame:
    """One row a group, figure and range: how far it moves the figure's mean over seeds.

    With `morris`: `effect`, the mean absolute change of the figure over the whole range (Morris' mu*), its half width
    `effect_interval` at 95 %, the signed `mean_effect`, and `spread`, which is large where the effect hangs on others.
    With `sobol_indices`: `first`, the share of the figure's variance that the range explains alone, and `total`, with
    others; each with its half width at 95 %.

    Raises:
        ValueError: no vary was laid out for it.
    """
    asked = laid_out(results)
    if not asked:
        raise ValueError(
            f"{results.folder}: nothing was laid out for sensitivity; vary with method {' or '.join(SENSITIVITY)}"
        )
    values = {name: table.mean(1) for name, table in results.by_cell(figures).items()}
    rows: list[dict[str, Any]] = []
    for number, vary in asked:
        apart = [name for name in choices(results) if name not in vary.columns]
        for key, places in groups(results.cells, [*apart, "scenario"]):
            point = results.cells[f"point.{number}"].to_numpy()[places]
            for figure in figures:
                curve = np.bincount(point, values[figure][places]) / np.bincount(point)
                rows += [key | {"figure": figure} | row for row in _analysed(vary, curve)]
    return pd.DataFrame(rows)


def _analysed(vary: Vary, values: Array) -> list[dict[str, Any]]:
    """The effect of every range of a vary on values (points,)."""
    from SALib.analyze import morris, sobol

    problem = unit_problem(list(vary.columns))
    if not np.isfinite(values).all() or np.ptp(values) == 0.0:
        found = dict.fromkeys(("mu_star", "mu_star_conf", "mu", "sigma", "S1", "S1_conf", "ST", "ST_conf"))
        found = {
            name: np.full(len(vary.columns), np.nan if not np.isfinite(values).all() else 0.0)
            for name in found
        }
    elif vary.method == "morris":
        found = morris.analyze(problem, vary.unit(), values, num_levels=MORRIS_LEVELS, seed=0)
    else:
        scaled = (values - values.mean()) / values.std()
        found = sobol.analyze(problem, scaled, calc_second_order=False, seed=0)
    names = {
        "morris": {
            "effect": "mu_star",
            "effect_interval": "mu_star_conf",
            "mean_effect": "mu",
            "spread": "sigma",
        },
        "sobol_indices": {
            "first": "S1",
            "first_interval": "S1_conf",
            "total": "ST",
            "total_interval": "ST_conf",
        },
    }[vary.method]
    return [
        {"of": name} | {ours: float(found[theirs][place]) for ours, theirs in names.items()}
        for place, name in enumerate(vary.columns)
    ]


def who_wins(results: Results, figure: str = "score") -> pd.DataFrame:
    """One row a scenario and alternative: the share of points at which its mean over seeds is the greatest.

    Raises:
        ValueError: there is one alternative.
    """
    column, means = _compared(results), results.by_cell([figure])[figure].mean(1)
    cells = results.cells.assign(mean=means)
    rest = [name for name in cells if name.startswith("point.")]
    table = cells.pivot_table("mean", ["scenario", *rest], column, sort=False, dropna=False)
    best = table.idxmax(axis=1)
    shares = pd.crosstab(best.index.get_level_values("scenario"), best, normalize="index")
    named = shares.reindex(columns=list(table), fill_value=0.0).reindex(list(results.design.under))
    return named.rename_axis(index="scenario", columns=column).stack().rename("wins").reset_index()


def turning(results: Results, figure: str = "score") -> dict[str, list[Leaf]]:
    """For every alternative, where it is better or worse than the first: leaves of a tree on the figure's difference.

    Raises:
        ValueError: there is one alternative.
    """
    column, values = _compared(results), results.by_cell([figure])[figure]
    first, *others = dict.fromkeys(results.cells[column])
    found = {}
    for _, before, after, name in pairs(results, column, first, others, []):
        apart = features(results.cells.loc[before].drop(columns=column))
        found[name] = leaves(apart, (values[after] - values[before]).mean(1))
    return found


def _compared(results: Results) -> str:
    column = alternatives(results.design)
    if column is None:
        raise ValueError(f"{results.folder}: one arm and one controller; nobody is there to win")
    return column
