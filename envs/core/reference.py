"""Economies run alone, for comparison with the figures of an original model."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from .chance import Chance
from .economy import Economy
from .tensors import Tensors

Conditions = Callable[[int, int], tuple[Tensors, Tensors]]
"""Step from 0 on, batch → levers and shocks in force in it, name → (B,); what is left out is neutral."""


@dataclass(frozen=True)
class Course:
    """What a parameter file says of a run in words of its economy's own.

    Attributes:
        conditions: levers and shocks; without them all are neutral.
        draws: "random"; "mean", where each is its mean; "given", where nothing but injected ones will do.
        seed: first seed of random runs.
        seeds: runs of an ensemble, where the file does not say it by a whole number under `seeds`.
    """

    conditions: Conditions | None = None
    draws: Literal["random", "mean", "given"] = "random"
    seed: int = 0
    seeds: int | None = None


def _plain(file: Mapping[str, Any]) -> Course:
    return Course()


@dataclass(frozen=True)
class Reference:
    """How an economy is run alone: from a parameter file to a table of every step.

    Attributes:
        read: the JSON object of a parameter file → the economy.
            Raises ValueError or TypeError naming the unknown or unusable parameter.
        columns: economy and state after a step → reference column → (B,).
        time_column: the column that counts the steps; `columns` may give it itself.
        initial_row: whether the table begins with the initial state, before any step.
        course: the JSON object of a parameter file → what it says of the run; raises as `read` does.
    """

    read: Callable[[Mapping[str, Any]], Economy[Any]]
    columns: Callable[[Any, Any], dict[str, Tensor]]
    time_column: str = "timestep"
    initial_row: bool = True
    course: Callable[[Mapping[str, Any]], Course] = _plain

    def rows(
        self,
        economy: Economy[Any],
        steps: int,
        chance: Chance,
        batch: int,
        conditions: Conditions | None = None,
    ) -> Iterator[dict[str, Tensor]]:
        """The reference columns, (B,) each, of every step; without `conditions` nothing moves the levers.

        Raises:
            ValueError: the conditions name a lever or shock that the economy does not have.
        """
        levers, shocks = economy.neutral_levers(batch), economy.neutral_shocks(batch)
        state = economy.initial(batch, chance.at(torch.full((batch,), -1)))
        for step in range(steps + 1):
            if step:
                held, befalling = conditions(step - 1, batch) if conditions else ({}, {})
                state = economy.step(
                    state,
                    _over("lever", levers, held),
                    _over("shock", shocks, befalling),
                    chance.at(state.time),
                )
            if step or self.initial_row:
                yield {self.time_column: state.time} | self.columns(economy, state)


def _over(kind: str, neutral: dict[str, Tensor], given: Tensors) -> dict[str, Tensor]:
    if unknown := sorted(given.keys() - neutral.keys()):
        raise ValueError(f"unknown {kind} {', '.join(unknown)}; there are {', '.join(neutral) or 'none'}")
    return neutral | dict(given)
