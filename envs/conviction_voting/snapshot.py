"""The moment as a picture: affinities, conviction against triggers, and the network of stakes."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .state import CANDIDATE, STATUSES, State, stakes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = dict(zip(STATUSES[1:], ("tab:blue", "tab:orange", "tab:green", "tab:red", "tab:gray"), strict=True))
HEIGHT = 10.4  # inches, that of a dashboard of eight panels


def snapshot(state: State, environment: int = 0) -> "Figure":
    """A figure of one environment of a batch."""
    from matplotlib.figure import Figure  # slow to import, and needed only to draw

    n, m = int(state.participants[environment]), int(state.proposals[environment])
    statuses = state.status[environment, :m].tolist()
    figure = Figure(figsize=(7.0, HEIGHT), layout="constrained")
    top, middle, bottom = figure.subplots(3, 1, height_ratios=[1.2, 1.0, 1.6])
    _heat(figure, top, state.affinity[environment, :n, :m].numpy(force=True))
    _race(middle, state, environment, m)
    _network(bottom, stakes(state)[environment, :n, :m].numpy(force=True), state, environment, statuses)
    return figure


def _heat(figure: "Figure", axes: Any, affinity: NDArray[np.float64]) -> None:
    image = axes.imshow(
        affinity.T, aspect="auto", interpolation="nearest", vmin=min(0.0, affinity.min(initial=0)), vmax=1
    )
    axes.set(title="affinity of participants for proposals", xlabel="participant", ylabel="proposal")
    figure.colorbar(image, ax=axes)


def _race(axes: Any, state: State, environment: int, m: int) -> None:
    """Conviction and trigger of every candidate."""
    candidates = [j for j in range(m) if int(state.status[environment, j]) == CANDIDATE]
    conviction = state.conviction[environment, candidates].numpy(force=True)
    trigger = state.trigger[environment, candidates].numpy(force=True)
    place = np.arange(len(candidates))
    axes.bar(place, conviction, color="tab:blue", label="conviction")
    reachable = np.isfinite(trigger)
    axes.hlines(
        trigger[reachable], place[reachable] - 0.48, place[reachable] + 0.48,
        color="tab:red", linewidth=2.5, label="trigger",
    )  # fmt: skip
    axes.set_xticks(place, [str(j) for j in candidates])
    axes.set(title="conviction against trigger (none: out of reach)", xlabel="candidate", ylabel="tokens")
    axes.legend(fontsize=8)


def _network(
    axes: Any, stake: NDArray[np.float64], state: State, environment: int, statuses: list[int]
) -> None:
    """Participants on the left, proposals on the right, edges as wide as the stake."""
    n, m = stake.shape
    left, right = np.linspace(1.0, 0.0, max(n, 1)), np.linspace(1.0, 0.0, max(m, 1))
    largest = max(float(stake.max(initial=0.0)), 1e-300)
    for i, j in zip(*np.nonzero(stake > 0.0), strict=True):
        width = float(stake[i, j]) / largest
        axes.plot(
            [0.0, 1.0],
            [left[i], right[j]],
            color="tab:blue",
            alpha=0.15 + 0.6 * width,
            linewidth=0.3 + 3 * width,
        )
    holdings = state.holdings[environment, :n].numpy(force=True)
    axes.scatter(
        np.zeros(n),
        left[:n],
        s=4.0 + 120.0 * holdings / max(float(holdings.max(initial=0.0)), 1e-300),
        color="black",
    )
    requested = state.requested[environment, :m].numpy(force=True)
    sizes = 20.0 + 200.0 * requested / max(float(requested.max(initial=0.0)), 1e-300)
    for name, colour in COLOURS.items():
        here = [j for j in range(m) if STATUSES[statuses[j]] == name]
        axes.scatter(np.ones(len(here)), right[here], s=sizes[here], color=colour, label=name)
    axes.set(title="stakes: participants (left), proposals (right)", xticks=[], yticks=[], xlim=(-0.1, 1.3))
    axes.legend(fontsize=8, loc="center right")


def beside(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Two images side by side on white."""
    height = max(first.shape[0], second.shape[0])
    padded = [
        np.pad(image, ((0, height - image.shape[0]), (0, 0), (0, 0)), constant_values=255)
        for image in (first, second)
    ]
    return np.concatenate(padded, axis=1)
