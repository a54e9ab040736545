"""Parameter selection under uncertainty: which settings meet the goals in most of the environments that may be.

A setting is one combination of what may be chosen. Its environments are all points of the vary with the role
`environment`, all scenarios, which count alike, and all seeds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from . import intervals
from .intervals import Array
from .reading import content_of
from .results import Results
from .sampling import Range
from .summaries import choices, groups, met_by_cell, points_drawn
from .trees import Leaf, features, leaves

SCREENING = {"method": "morris", "points": 16, "seed": 0}


def settings(results: Results) -> pd.DataFrame:
    """One row a setting, the best first: how surely it meets all goals.

    Columns: what is chosen; `share` of the runs in which all goals are met, with `low` and `high` of its 95 % interval;
    the share for each goal; `worst_scenario` with its `worst_share`; `worst_margin`, the least distance from a threshold
    in any run, in standard deviations of the figure, negative where a goal is missed; `feasible`, whether the share
    is at least the design's `reliability`, and `sure`, whether `low` is.

    Raises:
        ValueError: there is nothing to choose, or no goal.
    """
    chosen, design = choices(results), results.design
    if not design.goals:
        raise ValueError(f"{results.folder}: the design has no goals, by which settings could be judged")
    if not chosen:
        raise ValueError(
            f"{results.folder}: the design leaves nothing to choose; give a vary the role control"
        )
    met, margin, drawn, rows = met_by_cell(results), _margins(results), points_drawn(results), []
    for key, places in groups(results.cells, chosen):
        scenario = results.cells["scenario"].to_numpy()[places]
        parts = {name: met["all"][places[scenario == name]] for name in design.under}
        found = intervals.share(np.mean(list(parts.values()), axis=0), drawn)
        worst = min(parts, key=lambda name: float(parts[name].mean()))
        rows.append(
            key
            | {"share": found.value, "low": found.low, "high": found.high}
            | {name: one[places].mean() for name, one in met.items() if name != "all"}
            | {
                "worst_scenario": worst,
                "worst_share": parts[worst].mean(),
                "worst_margin": margin[places].min(),
            }
            | {"feasible": found.value >= design.reliability, "sure": found.low >= design.reliability}
        )
    frame = pd.DataFrame(rows)
    return frame.sort_values(["share", "worst_margin"], ascending=False, kind="stable").reset_index(drop=True)


def _margins(results: Results) -> Array:
    """Least distance from a threshold over all goals, (cells, seeds), in standard deviations of each figure."""
    goals, least = results.design.goals, np.inf
    for name, values in results.by_cell(list(goals)).items():
        scale = float(np.nanstd(values)) or 1.0
        low = -np.inf if goals[name].at_least is None else goals[name].at_least
        high = np.inf if goals[name].at_most is None else goals[name].at_most
        distance = np.minimum(values - low, high - values) / scale
        least = np.minimum(least, np.where(np.isnan(distance), -np.inf, distance))
    return np.asarray(least)


@dataclass(frozen=True)
class Box:
    """Recommended ranges: settings round the most robust one, every one of which was feasible.

    Attributes:
        fixed: what is chosen of things that are no numbers. ranges: column → low and high.
        settings: how many were tried inside. share, low, high: of their runs, those that meet all goals, with interval.
        failing: so much of the box may be infeasible all the same, at 95 %, if the settings were drawn at random.
    """

    fixed: Mapping[str, Any]
    ranges: Mapping[str, tuple[float, float]]
    settings: int
    share: float
    low: float
    high: float
    failing: float


def recommended(results: Results, found: pd.DataFrame) -> Box | None:
    """The box that grows from the best setting over feasible neighbours, the nearest first, until it meets infeasible ones.

    Args:
        found: what `settings` gives. None comes of it where no setting is feasible, or nothing that is chosen is a number.
    """
    numbers = numeric(results)
    if not numbers or not found["feasible"].iloc[0]:
        return None
    fixed = {name: found[name].iloc[0] for name in choices(results) if name not in numbers}
    same = (
        found.loc[np.logical_and.reduce([found[name] == value for name, value in fixed.items()])]
        if fixed
        else found
    )
    place = np.stack([_unit(same[name].to_numpy(np.float64)) for name in numbers], axis=1)
    feasible = same["feasible"].to_numpy()
    low = high = place[0]
    for other in np.argsort(np.abs(place - place[0]).max(1), kind="stable"):
        wider = np.minimum(low, place[other]), np.maximum(high, place[other])
        if feasible[_inside(place, *wider)].all():
            low, high = wider
    inside = same[_inside(place, low, high)]
    ranges = {name: (float(inside[name].min()), float(inside[name].max())) for name in numbers}
    pooled = _pooled(results, {name: inside[name] for name in choices(results)})
    share = intervals.share(pooled, points_drawn(results))
    return Box(fixed, ranges, len(inside), *share, failing=1.0 - 0.05 ** (1.0 / len(inside)))


def numeric(results: Results) -> list[str]:
    """What is chosen of a real range or of numbers."""
    return [
        name
        for vary in results.design.vary
        for name in vary.columns
        if vary.role == "control" and pd.api.types.is_numeric_dtype(results.cells[name])
    ]


def _unit(values: Array) -> Array:
    width = values.max() - values.min()
    return (values - values.min()) / width if width > 0.0 else values * 0.0


def _inside(place: Array, low: Array, high: Array) -> Any:
    return ((place >= low) & (place <= high)).all(1)


def _pooled(results: Results, chosen: Mapping[str, pd.Series]) -> Array:
    """All goals met, mean over some settings and all scenarios, (environment points, seeds)."""
    cells, met = results.cells.reset_index(), met_by_cell(results)["all"]
    picked = cells.merge(pd.DataFrame(chosen).drop_duplicates(), on=list(chosen))
    outside = [
        f"point.{number}"
        for number, vary in enumerate(results.design.vary, start=1)
        if vary.role == "environment"
    ]
    return np.stack([met[picked["cell"].to_numpy()[places]].mean(0) for _, places in groups(picked, outside)])


def explained(results: Results) -> list[Leaf]:
    """In words, which settings and environments meet the goals: leaves of a shallow tree, the best first."""
    return leaves(features(results.cells), met_by_cell(results)["all"].mean(1))


def second_stage(results: Results, box: Box) -> dict[str, Any]:
    """The design that asks what moves the result within the recommended ranges, as a YAML file holds it."""
    content = content_of(results.design)
    kept = [one for one in content["vary"] if one["role"] == "environment"]
    screened: dict[str, Any] = SCREENING | {"role": "control", "parameters": {}, "levers": {}}
    for name, (low, high) in box.ranges.items():
        kind, _, bare = name.partition(".")
        if low < high:
            place = screened["parameters" if kind == "parameter" else "levers"]
            place[bare] = {"low": low, "high": high, "scale": scale_of(results, name)}
        else:
            content["parameters" if kind == "parameter" else "levers"][bare] = low
    for name, value in box.fixed.items():
        if name == "controller":
            content["controllers"] = [value]
        elif name == "arm":
            content["arms"] = {value: content["arms"][value]}
        else:
            content[f"{name.partition('.')[0]}s"][name.partition(".")[2]] = value
    varied = bool(screened["parameters"] or screened["levers"])
    return content | {"vary": [*([screened] if varied else []), *kept]}


def scale_of(results: Results, name: str) -> str:
    """Whether what is varied under that name is even in logarithms: `log` or `linear`."""
    values = next(vary.columns[name] for vary in results.design.vary if name in vary.columns)
    return values.scale if isinstance(values, Range) else "linear"
