"""Parameters that differ between environments and episodes: factors, drawn under a scenario or always."""

from dataclasses import fields
from typing import Any, cast

import torch
from torch import Tensor

from .chance import Chance
from .economy import Economy
from .options import Factors
from .scenario import Scenario

FIXED = (1.0, 1.0)


class Randomised:
    """An economy with a buffer (B,) for every parameter that some episode draws, and the drawing.

    The buffers are written in place, for compiled graphs to see. Simulations that share graphs share
    them too; `holder` says whose run they are drawn for.

    Args:
        always: parameter → (low, high) factors, drawn in every episode; they take the place of a
            scenario's for the same parameter.

    Attributes:
        economy: the economy to simulate; the nominal one where nothing is drawn.
        names: the parameters that are drawn.

    Raises:
        ValueError: a parameter is frozen or no number, or `always` leaves the range
            of a parameter. What a scenario draws is kept within it, and what is None stays None.
    """

    def __init__(
        self,
        economy: Economy[Any],
        scenarios: tuple[Scenario, ...],
        always: Factors,
        batch: int,
        device: torch.device,
    ) -> None:
        self.nominal = economy
        self.holder: object = None
        declared = fields(cast(Any, economy))
        self._limits = {one.name: (one.metadata.get("low"), one.metadata.get("high")) for one in declared}
        ranges: dict[str, list[tuple[float, float]]] = {}
        for name, (low, high) in always.items():
            _check(economy, name)
            for factor in (low, high):
                economy.variant(**{name: getattr(economy, name) * factor})
            ranges[name] = [(low, high)] * len(scenarios)
        for index, scenario in enumerate(scenarios):
            for name, (low, high) in scenario.randomise.items():
                if name in always or getattr(economy, name, 0) is None:
                    continue
                _check(economy, name)
                for factor in (low, high):
                    economy.variant(**{name: self._within(name, _tensor(getattr(economy, name)) * factor)})
                ranges.setdefault(name, [FIXED] * len(scenarios))[index] = (low, high)
        self._ranges = {name: _tensor(each).to(device) for name, each in ranges.items()}
        self.names = tuple(ranges)
        one = torch.ones(batch, dtype=torch.float64, device=device)
        buffers = {name: one * getattr(economy, name) for name in ranges}
        self.economy = economy.variant(**buffers) if buffers else economy

    def draw(self, draws: Chance, scenario: Tensor, which: Tensor) -> None:
        """Draws the parameters of episodes anew.

        Args:
            draws: of the episodes. scenario: int64 (B,). which: bool (B,), who draws at all.
        """
        for name, ranges in self._ranges.items():
            low, high = ranges[scenario].T
            factor = low + (high - low) * draws.uniform(f"randomise.{name}")
            value = self._within(name, getattr(self.nominal, name) * factor)
            buffer = getattr(self.economy, name)
            buffer.copy_(torch.where(which, value, buffer))

    def _within(self, name: str, value: Tensor) -> Tensor:
        least, most = self._limits[name]
        return value if least is None and most is None else torch.clamp(value, least, most)


def _tensor(value: Any) -> Tensor:
    return torch.as_tensor(value, dtype=torch.float64)


def _check(economy: Economy[Any], name: str) -> None:
    value = getattr(economy, name, None)
    if name in economy.frozen:
        raise ValueError(f"{name} must not be randomised: {type(economy).__name__} forbids it")
    if not isinstance(value, int | float | Tensor) or isinstance(value, bool):
        raise ValueError(f"randomise: {name} is no numeric parameter of {type(economy).__name__}")
