"""Figures of an experiment: intervals, fan charts, the feasible region, and what moves the result."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator, NullFormatter

from . import comparing, selecting, sensitivity
from .results import Results
from .summaries import asked, choices, groups

MOST_ALTERNATIVES, MOST_FIGURES, FAN = 4, 6, (0.1, 0.5, 0.9)
COLOURS = ("#3366aa", "#cc6633", "#339966", "#885599")


def pictures(results: Results) -> dict[str, Figure]:
    """Name of the answer that it belongs to → figure; `curves` belongs to none."""
    found: dict[str, Figure] = {}
    if comparing.alternatives(results.design):
        found["differences"] = difference_figure(comparing.differences(results, asked(results)))
    if results.design.goals and choices(results):
        settings = selecting.settings(results)
        names = selecting.numeric(results)
        if names:
            found["settings"] = region_figure(results, settings, names)
    if sensitivity.laid_out(results):
        found["effects"] = effect_figure(sensitivity.effects(results, asked(results)))
    if results.design.trajectories is not None:
        found["curves"] = fan_figure(results)
    return found


def difference_figure(found: pd.DataFrame) -> Figure:
    """Differences with their intervals, a panel a figure, a row a scenario and alternative."""
    names = list(dict.fromkeys(found["figure"]))[:MOST_FIGURES]
    scenarios, alternatives = (list(dict.fromkeys(found[one])) for one in ("scenario", found.columns[0]))
    figure = _figure(len(names), len(scenarios) * len(alternatives) * 0.28 + 1.0)
    for axes, name in zip(_panels(figure, len(names)), names, strict=True):
        for number, alternative in enumerate(alternatives):
            part = found[(found["figure"] == name) & (found[found.columns[0]] == alternative)]
            part = part.drop_duplicates("scenario")
            place = np.arange(len(part)) + 0.5 * (number / len(alternatives) - 0.25)
            error = np.abs(part[["low", "high"]].to_numpy().T - part["difference"].to_numpy())
            axes.errorbar(
                part["difference"],
                place,
                xerr=error,
                fmt="o",
                capsize=2,
                color=COLOURS[number % 4],
                label=alternative,
            )
        axes.axvline(0.0, color="0.6", linewidth=0.8)
        axes.set_yticks(range(len(scenarios)), scenarios)
        axes.set_title(name, fontsize=9)
    figure.axes[0].legend(fontsize=7)
    return figure


def region_figure(results: Results, settings: pd.DataFrame, names: list[str]) -> Figure:
    """Share of runs that meet all goals over one or two of the things that are chosen, with the recommended ranges."""
    box, best = selecting.recommended(results, settings), settings.iloc[0]
    figure = Figure(figsize=(7, 5), dpi=110, layout="constrained")
    axes, x = figure.add_subplot(), names[0]
    if len(names) == 1:
        axes.errorbar(
            settings[x], settings["share"],
            np.abs(settings[["low", "high"]].to_numpy().T - settings["share"].to_numpy()), fmt="o", color=COLOURS[0],
        )  # fmt: skip
        axes.axhline(results.design.reliability, color="0.5", linestyle="--", linewidth=1)
        axes.set_ylabel("share of runs that meet all goals")
        if box is not None:
            axes.axvspan(*box.ranges[x], color=COLOURS[2], alpha=0.15)
    else:
        y = names[1]
        drawn = axes.scatter(
            settings[x], settings[y], c=settings["share"], vmin=0.0, vmax=1.0, cmap="viridis", s=36
        )
        figure.colorbar(drawn, label="share of runs that meet all goals")
        sure = settings[settings["feasible"]]
        axes.scatter(sure[x], sure[y], s=90, facecolors="none", edgecolors=COLOURS[1], label="feasible")
        axes.scatter([best[x]], [best[y]], marker="*", s=160, color=COLOURS[1], label="most robust")
        if box is not None:
            (left, right), (low, high) = box.ranges[x], box.ranges[y]
            axes.add_patch(Rectangle((left, low), right - left, high - low, fill=False, label="recommended"))
        axes.set_ylabel(y)
        axes.set_yscale(selecting.scale_of(results, y))
        _ticks(axes.yaxis)
        figure.legend(fontsize=8, loc="outside upper center", ncols=3)
    axes.set_xlabel(x)
    axes.set_xscale(selecting.scale_of(results, x))
    _ticks(axes.xaxis)
    return figure


def _ticks(axis: Any) -> None:
    """Plain numbers at 1, 2, 5, 10, ... of a logarithmic axis."""
    if axis.get_scale() == "log":
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter(NullFormatter())


def effect_figure(found: pd.DataFrame) -> Figure:
    """Size of the effects on every figure, a bar a range, averaged over groups."""
    names = list(dict.fromkeys(found["figure"]))[:MOST_FIGURES]
    size = "effect" if "effect" in found else "total"
    figure = _figure(len(names), 0.3 * found["of"].nunique() + 1.0)
    for axes, name in zip(_panels(figure, len(names)), names, strict=True):
        part = found[found["figure"] == name].groupby("of", sort=False)[[size, f"{size}_interval"]].mean()
        axes.barh(list(part.index), part[size], xerr=part[f"{size}_interval"], color=COLOURS[0], capsize=2)
        axes.set_title(f"{size} on {name}", fontsize=9)
        axes.tick_params(labelsize=7)
    return figure


def fan_figure(results: Results) -> Figure:
    """Medians and the middle 80 % over time, a column a scenario and a row a curve, alternatives over one another."""
    kept = results.design.trajectories
    assert kept is not None
    curves, column = results.curves(), comparing.alternatives(results.design)
    shown = list(_fans(results, curves, column))
    names, scenarios = kept.of[:MOST_FIGURES], results.design.under
    figure = Figure(figsize=(3.4 * len(scenarios) + 0.6, 2.2 * len(names)), dpi=110, layout="constrained")
    panels = figure.subplots(len(names), len(scenarios), squeeze=False, sharex=True, sharey="row")
    for number, (label, frame) in enumerate(shown):
        for row, name in enumerate(names):
            for place, scenario in enumerate(scenarios):
                low, middle, high = _fan(frame[frame["scenario"] == scenario], name, kept.quantiles)
                axes, colour = panels[row, place], COLOURS[number % 4]
                axes.fill_between(low.index, low, high, color=colour, alpha=0.2, linewidth=0)
                axes.plot(middle.index, middle, color=colour, linewidth=1.2, label=label)
                axes.set_title(scenario if row == 0 else "", fontsize=9)
                axes.set_ylabel(name if place == 0 else "")
    for axes in panels[-1]:
        axes.set_xlabel(results.design.subject.step_unit)
    if len(shown) > 1:
        panels[0, 0].legend(fontsize=7)
    return figure


def _fans(results: Results, curves: pd.DataFrame, column: str | None) -> Iterator[tuple[str, pd.DataFrame]]:
    """Label and rows of what is drawn over one another: alternatives, or the most robust setting, or all runs."""
    if column is not None:
        for name in list(dict.fromkeys(results.cells[column]))[:MOST_ALTERNATIVES]:
            yield str(name), curves[curves[column] == name]
        return
    chosen = choices(results)
    if not chosen or not results.design.goals:
        yield "all runs", curves
        return
    best = selecting.settings(results).iloc[0]
    for key, places in groups(results.cells, chosen):
        if all(best[name] == value for name, value in key.items()):
            yield "most robust", curves[curves["cell"].isin(places)]


def _fan(frame: pd.DataFrame, name: str, quantiles: tuple[float, ...]) -> tuple[Any, Any, Any]:
    """Lower end, middle and upper end by step: over runs, or of quantiles that were kept the outermost of all cells."""
    grouped = frame.groupby("step")
    if not quantiles:
        return tuple(grouped[name].quantile(one) for one in FAN)  # type: ignore[return-value]
    ordered = sorted(quantiles)
    picked = (ordered[0], min(ordered, key=lambda one: abs(one - 0.5)), ordered[-1])
    low, middle, high = (grouped[f"{name}@{one:g}"] for one in picked)
    return low.min(), middle.median(), high.max()


def _figure(panels: int, height: float) -> Figure:
    rows = -(-panels // 3)
    return Figure(figsize=(11, max(1.8, height) * rows), dpi=110, layout="constrained")


def _panels(figure: Figure, count: int) -> list[Any]:
    axes = figure.subplots(-(-count // 3), 3, squeeze=False).reshape(-1)
    for one in axes[count:]:
        one.remove()
    return list(axes[:count])
