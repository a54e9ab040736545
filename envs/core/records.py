"""What a simulation is made of while it runs: records of tensors with a leading batch dimension B."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
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
    steps: Tensor  # that really ran
    terms: dict[str, Tensor]
    costs: dict[str, Tensor]


@dataclass(frozen=True)
class Transition:
    """What one decision brought. Everything but `observation` and `sensors` precedes the autoreset."""

    observation: Tensor  # float32 (B, O), after the autoreset
    reward: Tensor  # (B,) mean score per step, plus shaping where it is switched on
    shaping: Tensor  # (B,) mean training signal per step
    steps: Tensor  # (B,) steps that it lasted; fewer where the episode ended, 0 where it was over
    terminated: Tensor  # bool (B,) the economy collapsed
    truncated: Tensor  # bool (B,) the horizon or the cut was reached
    final_observation: Tensor  # float32 (B, O)
    terms: dict[str, Tensor]  # (B,) mean per step of each term of the objective
    costs: dict[str, Tensor]  # (B,) mean per step of each cost
    read: Callable[[], dict[str, Tensor]]  # reads the sensors

    @cached_property
    def sensors(self) -> dict[str, Tensor]:
        """Readings (B,) after the autoreset, by sensor; to be asked for before the next decision.

        Raises:
            RuntimeError: the simulation has gone on.
        """
        return self.read()
