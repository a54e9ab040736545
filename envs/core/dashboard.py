"""Dashboards: an economy's history as panels of curves, drawn by matplotlib."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[Any]


@dataclass(frozen=True)
class Panel:
    """One plot of a dashboard.

    Attributes:
        title: with the unit.
        curves: legend label → name in the history.
        scale: of the vertical axis.
        band: (low, high) shaded over the whole time.
        corridor: (from, to, low, high) boxes in time, shaded.
        limits: of the vertical axis.
        levers: whether it shows levers, which stress reports leave out.
    """

    title: str
    curves: Mapping[str, str]
    scale: Literal["linear", "log"] = "linear"
    band: tuple[float, float] | None = None
    corridor: tuple[tuple[float, float, float, float], ...] = field(default=())
    limits: tuple[float, float] | None = None
    levers: bool = False


def draw(
    panels: Sequence[Panel],
    history: Mapping[str, Array],
    title: str,
    time_label: str,
    marks: Sequence[float] = (),
    behind: Mapping[str, Array] | None = None,
) -> "Figure":
    """A figure of the panels.

    Args:
        history: name → values (T,); "time" holds the horizontal axis.
        marks: times marked by a vertical line, such as a scenario's onset.
        behind: another history of the same times, drawn in grey for comparison.
    """
    from matplotlib.figure import Figure  # slow to import, and needed only to draw
    from matplotlib.ticker import NullFormatter

    columns = 2 if len(panels) > 1 else 1
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(6.4 * columns, 2.6 * rows), layout="constrained")
    figure.suptitle(title)
    time = np.asarray(history["time"])
    for i, panel in enumerate(panels):
        axes = figure.add_subplot(rows, columns, i + 1)
        for label, name in panel.curves.items():
            if behind is not None:
                axes.plot(time, np.asarray(behind[name]), color="0.75", linewidth=2.4, zorder=1)
            axes.plot(time, np.asarray(history[name]), label=label, linewidth=1.3)
        if panel.band:
            axes.axhspan(*panel.band, color="tab:green", alpha=0.15, linewidth=0)
        for start, stop, low, high in panel.corridor:
            axes.fill_between([start, stop], low, high, color="tab:green", alpha=0.15, linewidth=0)
        for mark in marks:
            axes.axvline(mark, color="tab:red", linestyle=":", linewidth=1)
        axes.set_title(panel.title, fontsize=9)
        positive = any(bool((np.asarray(history[name]) > 0.0).any()) for name in panel.curves.values())
        axes.set_yscale(panel.scale if positive else "linear")  # zeros alone have no logarithm
        low, high = axes.get_ylim()
        if axes.get_yscale() == "log" and high > 20.0 * low:
            axes.yaxis.set_minor_formatter(NullFormatter())  # the decades alone are enough
        if panel.limits:
            axes.set_ylim(*panel.limits)
        if len(time) > 1:
            axes.set_xlim(float(time[0]), float(time[-1]))
        axes.set_xlabel(time_label, fontsize=8)
        axes.tick_params(which="both", labelsize=8)
        if len(panel.curves) > 1:
            axes.legend(fontsize=8)
    return figure


def pixels(figure: "Figure") -> NDArray[np.uint8]:
    """The figure as an image, uint8 (height, width, 3)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    return np.array(canvas.buffer_rgba(), dtype=np.uint8)[..., :3]
