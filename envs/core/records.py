"""What a simulation is made of while it runs: records of tensors with a leading batch dimension B."""

from typing import Any, NamedTuple

from torch import Tensor


class Run(NamedTuple):
    """All that changes while a batch of B economies runs."""

    state: Any  # the economy's state
    positions: dict[str, Tensor]  # (B,) levers in force, on their scales
    queue: tuple[dict[str, Tensor], ...]  # commands that wait, oldest first
    scenario: Tensor  # int64 (B,) index of the scenario
    onset: Tensor  # int64 (B,) step at which its windows begin
    noise: dict[str, Tensor]  # (B,) noise processes by channel
    seed: Tensor  # int64 (B,)
    episode: Tensor  # int64 (B,)
    decisions: Tensor  # int64 (B,) decisions since the reset


class Tally(NamedTuple):
    """Sums over the steps since a decision, (B,)."""

    steps: Tensor  # that really ran
    shaping: Tensor
    terms: dict[str, Tensor]
    costs: dict[str, Tensor]


class Outcome(NamedTuple):
    """What the steps of one decision brought, (B,): means per step, and how they ended."""

    reward: Tensor
    shaping: Tensor
    terminated: Tensor  # float64, 1 where the economy collapsed
    over: Tensor  # float64, 1 where the horizon was reached
    terms: dict[str, Tensor]
    costs: dict[str, Tensor]
