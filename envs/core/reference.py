"""Economies run alone, for comparison with the figures of an original model."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from .chance import Chance
from .economy import Economy


@dataclass(frozen=True)
class Reference:
    """How an economy is run alone: from a parameter file to a table of every step.

    Attributes:
        read: the JSON object of a parameter file → the economy.
            Raises ValueError or TypeError naming the unknown or unusable parameter.
        columns: economy and state after a step → reference column → (B,).
        time_column: the column that counts the steps; `columns` may give it itself.
        initial_row: whether the table begins with the initial state, before any step.
    """

    read: Callable[[Mapping[str, Any]], Economy[Any]]
    columns: Callable[[Any, Any], dict[str, Tensor]]
    time_column: str = "timestep"
    initial_row: bool = True

    def rows(
        self, economy: Economy[Any], steps: int, chance: Chance, batch: int
    ) -> Iterator[dict[str, Tensor]]:
        """The reference columns, (B,) each, of every step with neutral levers and no shocks."""
        levers, shocks = economy.neutral_levers(batch), economy.neutral_shocks(batch)
        state = economy.initial(batch, chance.at(torch.full((batch,), -1)))
        for step in range(steps + 1):
            if step:
                state = economy.step(state, levers, shocks, chance.at(state.time))
            if step or self.initial_row:
                yield {self.time_column: state.time} | self.columns(economy, state)
