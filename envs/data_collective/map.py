"""The moment as a picture: where the copies are, against where they are asked for."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .arrays import in_regions
from .parameters import Columns, Parameters
from .state import State
from .world import fading

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEIGHT = 13.0  # inches, that of a dashboard of ten panels


def tables(parameters: Parameters, state: State) -> tuple[Tensor, Tensor]:
    """Copies held, in members, and GB a day that members would like, both (B, R, K).

    Nobody asks for what it holds; moods and hypes, which move all regions alike, are left out.
    """
    p = Columns(parameters)
    copies = in_regions(state.hosted, state.members, parameters.R)
    lacking = state.interest * (1.0 - state.hosted)
    wanted = in_regions(lacking, state.members, parameters.R)
    appeal = p.popularity0 * torch.exp(state.heat) * fading(p, state.age)
    return copies, wanted * appeal[:, None]


def copies_map(parameters: Parameters, state: State, environment: int = 0) -> "Figure":
    """A figure of one environment of a batch: regions down, data from the oldest to the newest."""
    from matplotlib.figure import Figure  # slow to import, and needed only to draw

    copies, wanted = (table[environment].numpy(force=True) for table in tables(parameters, state))
    newest_last = np.argsort(-state.age[environment].numpy(force=True), kind="stable")
    figure = Figure(figsize=(6.4, HEIGHT), layout="constrained")
    top, middle, bottom = figure.subplots(3, 1)
    _heat(figure, top, copies[:, newest_last], "copies held, in members", "viridis")
    _heat(figure, middle, wanted[:, newest_last], "asked by members, GB a day, before any price", "viridis")
    gap = np.log2(_share(wanted[:, newest_last]) / _share(copies[:, newest_last]))
    _heat(
        figure,
        bottom,
        np.clip(gap, -3.0, 3.0),
        "share of the demand over share of the copies, log2",
        "coolwarm",
    )
    return figure


def _share(table: NDArray[np.float64]) -> NDArray[np.float64]:
    floor = max(float(table.max(initial=0.0)), 1e-300) * 1e-6
    raised = np.maximum(table, floor)
    return np.asarray(raised / raised.sum())


def _heat(figure: "Figure", axes: Any, table: NDArray[np.float64], title: str, colours: str) -> None:
    image = axes.imshow(table, aspect="auto", interpolation="nearest", cmap=colours)
    axes.set_title(title, fontsize=9)
    axes.set_xlabel("datum, oldest to newest", fontsize=8)
    axes.set_ylabel("region", fontsize=8)
    axes.tick_params(labelsize=8)
    figure.colorbar(image, ax=axes)


def beside(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two images side by side on white."""
    height = max(first.shape[0], second.shape[0])
    padded = [
        np.pad(image, ((0, height - image.shape[0]), (0, 0), (0, 0)), constant_values=255)
        for image in (first, second)
    ]
    return np.concatenate(padded, axis=1)
