"""The source's explorations of regressor, classifier and treasury (`model.md`, section 9.2).

They preceded the model and act on no economy: batched functions of draws, for study and for tests.
"""

from collections.abc import Callable
from math import sqrt
from typing import NamedTuple

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Number
from . import memory
from .market import normal
from .settlement import Rates, correct

RATES = Rates(0.1, 0.1, 0.1)
WIDEST = 10.0  # largest distance of the regressor's and the classifier's routes


class Routes(NamedTuple):
    """Simulated routes in the order in which they are learned, (T, B) each."""

    angle: Tensor  # rad
    gap: Tensor  # actual less expected z-value, before the angle is learned
    tax: Tensor  # tokens
    subsidy: Tensor  # tokens
    score: Tensor  # p*; nan without a classifier
    is_fake: Tensor  # bool; false without a classifier


def _learn(
    angle_of: Callable[[Chance], Tensor],
    batch: int,
    steps: int,
    chance: Chance,
    classify: Callable[[Tensor, Chance], Tensor] | None,
    exponent: float,
    rates: Rates,
) -> Routes:
    real, fake = memory.begin("real", batch), memory.begin("fake", batch)
    treasury = torch.zeros(batch, dtype=torch.float64)
    rows: list[tuple[Tensor, ...]] = []
    for step in range(steps):
        now = chance.at(torch.full((batch,), step))
        angle = angle_of(now)
        gap = memory.actual_z(real, angle) - memory.expected_z(real, angle)
        if classify is None:
            score, weight = torch.full_like(angle, torch.nan), torch.zeros_like(angle)
            is_fake = torch.zeros_like(angle, dtype=torch.bool)
        else:
            score = memory.fake_score(fake, real, angle)
            weight, is_fake = score**exponent, classify(score, now)
        change = correct(torch.ones_like(angle), gap, weight, treasury, rates)
        treasury = treasury + change.net
        real = memory.remember(real, angle, ~is_fake)
        fake = memory.remember(fake, angle, is_fake)
        rows.append((angle, gap, change.tax, change.subsidy, score, is_fake))
    return Routes(*[torch.stack(column) for column in zip(*rows, strict=True)])


def explore_regressor(batch: int, steps: int, chance: Chance, rates: Rates = RATES) -> Routes:
    """The regressor on routes with distance 10 U and time distance · U, each committing one token.

    The draws are `distance` and `time`, uniform on (0, 1).
    """

    def angle(now: Chance) -> Tensor:
        distance = WIDEST * now.uniform("distance")
        return torch.atan2(distance * now.uniform("time"), distance)

    return _learn(angle, batch, steps, chance, None, 0.0, rates)


def explore_classifier(
    batch: int,
    steps: int,
    chance: Chance,
    exponent: float = 5.0,
    threshold: float = 0.8,
    noise: float = 0.5,
    rates: Rates = RATES,
) -> Routes:
    """The classifier on routes with distance 10 U and time distance · N(2, 0.5), with exponent 5 (not 9).

    The draws are `distance`, uniform; `time`, normal as used; and `label`, uniform.
    """

    def angle(now: Chance) -> Tensor:
        distance = WIDEST * now.uniform("distance")
        return torch.atan2(distance * normal(now, "time", 2.0, 0.5), distance)

    def label(score: Tensor, now: Chance) -> Tensor:
        return score + noise * now.uniform("label") > threshold

    return _learn(angle, batch, steps, chance, label, exponent, rates)


def explore_treasury(batch: int, steps: int, chance: Chance, reward_share: Number) -> Tensor:
    """Balance of a treasury with exponential(1) inflows that pays a share of itself, tokens (T, B).

    Its mean tends to (1 − share) / share where a block's reward is paid after its inflow.
    """
    balance, rows = torch.zeros(batch, dtype=torch.float64), []
    for step in range(steps):
        balance = balance + chance.at(torch.full((batch,), step)).exponential("inflow")
        balance = balance - reward_share * balance
        rows.append(balance)
    return torch.stack(rows)


def power_law(uniform: Tensor, exponent: Number, least: Number = 1.0) -> Tensor:
    """Waiting times of density (α − 1)/x₀ · (x/x₀)^−α from x₀ on, by the quantile function."""
    return least * (1.0 - uniform) ** (-1.0 / (exponent - 1.0))


class Exponent(NamedTuple):
    """A power law's exponent, by maximum likelihood, (B,) each."""

    value: Tensor
    error: Tensor  # standard error


def fit_power_law(waits: Tensor, least: Number = 1.0) -> Exponent:
    """α̂ = 1 + n/Σ ln(x/x₀) and its standard error (α̂ − 1)/√n, of waits (n, B).

    Raises:
        ValueError: a wait is shorter than the least.
    """
    if bool((waits < least).any()):
        raise ValueError(f"a wait is {float(waits.min())!r}; it must be at least {least!r}")
    count = waits.shape[0]
    value = 1.0 + count / torch.log(waits / least).sum(0)
    return Exponent(value, (value - 1.0) / sqrt(count))
