"""Objectives: from a step of an economy to named terms in [0, 1] and their weighted mean."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor

from .tensors import Tensors


def tolerance(
    x: Tensor,
    low: float | Tensor,
    high: float | Tensor,
    margin: float,
    shape: Literal["linear", "quadratic"] = "linear",
) -> Tensor:
    """1 inside [low, high], falling to 0 at a distance of `margin` from it."""
    distance = torch.clamp(torch.maximum(x - high, low - x), min=0.0) / margin
    loss = torch.clamp(distance, max=1.0)
    return 1.0 - (loss * loss if shape == "quadratic" else loss)


class Objective(ABC):
    """The score of a step of an economy. Shaping and costs stand apart: they are never part of the score."""

    weights: Mapping[str, float]
    cost_limits: ClassVar[Mapping[str, float]] = {}
    """Name of a cost → the mean per step that a constrained learner should stay below."""
    meanings: ClassVar[Mapping[str, str]] = {}
    """Name of a term or a cost → one line of meaning, for the environment's page."""

    @abstractmethod
    def terms(self, economy: Any, before: Any, after: Any, moves: Tensors) -> dict[str, Tensor]:
        """Named terms in [0, 1], (B,).

        Args:
            economy: whose states they are, with its changed and randomised parameters.
            before, after: the economy's state before and after the step.
            moves: lever name → absolute change in this step, on the lever's scale.
        """

    def score(self, terms: Tensors) -> Tensor:
        """Weighted mean of the terms, (B,)."""
        total = sum(self.weights.values())
        score = torch.zeros_like(next(iter(terms.values())))
        for name, weight in self.weights.items():
            score = score + weight / total * terms[name]
        return score

    def shaping(self, economy: Any, after: Any) -> Tensor:
        """A training signal added to the score where a learner asks for it, (B,)."""
        return torch.zeros_like(after.time, dtype=torch.float64)

    def costs(self, economy: Any, after: Any) -> dict[str, Tensor]:
        """Named costs for constrained learning, (B,), to be held below `cost_limits`."""
        return {}
