"""Scenarios: what befalls an economy, as windows and noise on its shock channels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, sqrt

import torch
from torch import Tensor

from .chance import Chance
from .declarations import Shock
from .tensors import Tensors


@dataclass(frozen=True)
class Window:
    """A channel held at `value` for `length` steps, from `start` steps after the onset."""

    channel: str
    value: float
    start: float = 0.0
    length: float = inf


@dataclass(frozen=True)
class Noise:
    """A channel multiplied by e^x, x an AR(1) of that coefficient and stationary deviation, from 0."""

    channel: str
    deviation: float
    coefficient: float


@dataclass(frozen=True)
class Series:
    """A channel that follows `values`, one a step from the onset on; the last one stays."""

    channel: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Scenario:
    """A named set of shocks. Windows and series count from the onset, noise from launch.

    `randomise` maps parameters of the economy to (low, high) factors, drawn anew for every episode and
    in force from its beginning on; a product is kept within the parameter's range.

    What a name and version stand for never changes: a scenario that does gets a new version.
    """

    name: str
    doc: str
    windows: tuple[Window, ...] = ()
    noises: tuple[Noise, ...] = ()
    series: tuple[Series, ...] = ()
    randomise: Mapping[str, tuple[float, float]] = field(default_factory=dict, hash=False)
    version: int = 1

    def __post_init__(self) -> None:
        for name, ends in self.randomise.items():
            if len(ends) != 2 or not -inf < ends[0] <= ends[1] < inf:
                raise ValueError(
                    f"{self.name}: randomise[{name!r}] is {ends!r}; it must be a pair of factors, low <= high"
                )

    @property
    def versioned(self) -> str:
        """Name with version, such as `exodus-v1`."""
        return f"{self.name}-v{self.version}"


CALM = Scenario("calm", "nothing happens")


class ScenarioSet:
    """The scenarios of a task, so that a batch may hold a different one in every environment."""

    def __init__(self, scenarios: tuple[Scenario, ...], shocks: tuple[Shock, ...]) -> None:
        self.scenarios = scenarios
        self.names = tuple(scenario.name for scenario in scenarios)
        self.shocks = shocks
        channels = {shock.name for shock in shocks}
        for scenario in scenarios:
            parts: list[Window | Noise | Series] = [*scenario.windows, *scenario.noises, *scenario.series]
            for part in parts:
                if part.channel not in channels:
                    raise ValueError(
                        f"scenario {scenario.name!r} acts on unknown channel {part.channel!r}; "
                        f"the economy has {', '.join(sorted(channels)) or 'none'}"
                    )
        self.noises = tuple(sorted({noise.channel for s in scenarios for noise in s.noises}))

    def index(self, name: str) -> int:
        """Position of a scenario by its name, with or without version."""
        versioned = [scenario.versioned for scenario in self.scenarios]
        if name in versioned:
            return versioned.index(name)
        if name not in self.names:
            raise ValueError(f"unknown scenario {name!r}; there are {', '.join(self.names)}")
        return self.names.index(name)

    def at(self, scenario: Tensor, onset: Tensor, time: Tensor, noise: Tensors) -> dict[str, Tensor]:
        """The shock channels' values now, (B,) each.

        Args:
            scenario, onset, time: int64 (B,). noise: states of the noise processes by channel, (B,).
        """
        since = (time - onset).to(torch.float64)
        values = {shock.name: torch.full_like(since, shock.neutral) for shock in self.shocks}
        for index, one in enumerate(self.scenarios):
            here = scenario == index
            at = torch.where(here, since, -inf)  # choices in a row, not joined masks, which compile to more
            for window in one.windows:
                now = values[window.channel]
                begun = torch.where(at >= window.start, window.value, now)
                end = window.start + window.length
                values[window.channel] = begun if end == inf else torch.where(at < end, begun, now)
            for series in one.series:
                table = torch.tensor(series.values, dtype=torch.float64, device=since.device)
                step = torch.clamp(since, 0.0, float(len(series.values) - 1)).to(torch.int64)
                follows = here & (since >= 0.0)
                values[series.channel] = torch.where(follows, table[step], values[series.channel])
        for channel, state in noise.items():
            values[channel] = values[channel] * torch.exp(state)
        return values

    def next_noise(self, scenario: Tensor, noise: Tensors, chance: Chance) -> dict[str, Tensor]:
        """The noise processes one step on."""
        following = {}
        for channel in self.noises:
            state = noise[channel]
            draw = chance.normal(f"noise.{channel}")
            fresh = torch.zeros_like(state)
            for index, one in enumerate(self.scenarios):
                for law in one.noises:
                    if law.channel == channel:
                        kick = law.deviation * sqrt(1.0 - law.coefficient**2)
                        moved = law.coefficient * state + kick * draw
                        fresh = torch.where(scenario == index, moved, fresh)
            following[channel] = fresh
        return following
