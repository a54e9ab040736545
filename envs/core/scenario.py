"""Scenarios: what befalls an economy, as windows and noise on its shock channels."""

from dataclasses import dataclass
from math import inf, sqrt

import torch
from torch import Tensor

from .chance import Chance
from .declarations import Shock


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
    """A named set of shocks. Windows and series count from the onset, noise from launch."""

    name: str
    doc: str
    windows: tuple[Window, ...] = ()
    noises: tuple[Noise, ...] = ()
    series: tuple[Series, ...] = ()


CALM = Scenario("calm", "nothing happens")


class ScenarioBank:
    """Scenarios as tables, so that a batch may hold a different one in every environment."""

    def __init__(
        self,
        scenarios: tuple[Scenario, ...],
        shocks: tuple[Shock, ...],
        device: torch.device | str = "cpu",
    ) -> None:
        self.scenarios = scenarios
        self.names = tuple(scenario.name for scenario in scenarios)
        self.shocks = shocks
        channels = {shock.name for shock in shocks}
        for scenario in scenarios:
            for part in (*scenario.windows, *scenario.noises, *scenario.series):
                if part.channel not in channels:
                    raise ValueError(
                        f"scenario {scenario.name!r} acts on unknown channel {part.channel!r}; "
                        f"the economy has {', '.join(sorted(channels)) or 'none'}"
                    )
        self._device = device
        self._windows = {shock.name: self._window_table(shock.name) for shock in shocks}
        self._noises = [
            (shock.name, *self._noise_table(shock.name))
            for shock in shocks
            if any(n.channel == shock.name for s in scenarios for n in s.noises)
        ]
        self._series = [
            (shock.name, *self._series_table(shock.name))
            for shock in shocks
            if any(n.channel == shock.name for s in scenarios for n in s.series)
        ]

    @property
    def noise_count(self) -> int:
        """Noise processes an environment carries."""
        return len(self._noises)

    def index(self, name: str) -> int:
        """Position of a scenario by its name."""
        if name not in self.names:
            raise ValueError(f"unknown scenario {name!r}; there are {', '.join(self.names)}")
        return self.names.index(name)

    def _tensor(self, rows: list[list[float]]) -> Tensor:
        return torch.tensor(rows, dtype=torch.float64, device=self._device)

    def _window_table(self, channel: str) -> tuple[Tensor, Tensor, Tensor]:
        """Start, stop and value, each (scenarios, windows of this channel)."""
        own = [[w for w in s.windows if w.channel == channel] for s in self.scenarios]
        width = max((len(windows) for windows in own), default=0)
        never = Window(channel, 0.0, inf, 0.0)
        padded = [windows + [never] * (width - len(windows)) for windows in own]
        return (
            self._tensor([[w.start for w in windows] for windows in padded]),
            self._tensor([[w.start + w.length for w in windows] for windows in padded]),
            self._tensor([[w.value for w in windows] for windows in padded]),
        )

    def _noise_table(self, channel: str) -> tuple[Tensor, Tensor]:
        """Coefficient and innovation deviation by scenario."""
        own = [
            next((n for n in s.noises if n.channel == channel), Noise(channel, 0.0, 0.0))
            for s in self.scenarios
        ]
        kick = [n.deviation * sqrt(1.0 - n.coefficient**2) for n in own]
        return self._tensor([[n.coefficient for n in own]])[0], self._tensor([kick])[0]

    def _series_table(self, channel: str) -> tuple[Tensor, Tensor]:
        """Values (scenarios, steps) and length by scenario."""
        own = [
            next((r.values for r in s.series if r.channel == channel), ()) for s in self.scenarios
        ]
        width = max(len(values) for values in own)
        padded = [[*values, *[values[-1] if values else 0.0] * (width - len(values))] for values in own]
        return self._tensor(padded), self._tensor([[float(len(values)) for values in own]])[0]

    def at(self, scenario: Tensor, onset: Tensor, time: Tensor, noise: Tensor) -> dict[str, Tensor]:
        """The shock channels' values now, (B,) each.

        Args:
            scenario, onset, time: int64 (B,). noise: states of the noise processes, (B, n).
        """
        since = (time - onset).to(torch.float64)
        values = {}
        for shock in self.shocks:
            start, stop, value = self._windows[shock.name]
            current = torch.full_like(since, shock.neutral)
            for i in range(start.shape[1]):
                inside = (since >= start[scenario, i]) & (since < stop[scenario, i])
                current = torch.where(inside, value[scenario, i], current)
            values[shock.name] = current
        for channel, table, length in self._series:
            step = torch.clamp(since, 0.0, float(table.shape[1] - 1)).to(torch.int64)
            follows = (since >= 0.0) & (length[scenario] > 0.0)
            values[channel] = torch.where(follows, table[scenario, step], values[channel])
        for i, (channel, _, _) in enumerate(self._noises):
            values[channel] = values[channel] * torch.exp(noise[:, i])
        return values

    def next_noise(self, scenario: Tensor, noise: Tensor, chance: Chance) -> Tensor:
        """The noise processes one step on, (B, n)."""
        columns = [
            coefficient[scenario] * noise[:, i] + kick[scenario] * chance.normal(f"noise.{channel}")
            for i, (channel, coefficient, kick) in enumerate(self._noises)
        ]
        return torch.stack(columns, dim=1) if columns else noise
