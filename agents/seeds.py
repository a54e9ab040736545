"""Which seeds are for what: blocks that share none, so that nothing is scored on what it was trained on."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor


@dataclass(frozen=True)
class Block:
    """`size` seeds from `first` on."""

    use: str
    first: int
    size: int

    @property
    def end(self) -> int:
        """The first seed after it."""
        return self.first + self.size

    def check(self, count: int) -> None:
        """Refuses more seeds than there are.

        Raises:
            ValueError: the block holds fewer than `count`.
        """
        if count > self.size:
            raise ValueError(f"{count} seeds are asked for; the block for {self.use} holds {self.size}")

    def seeds(self, number: Tensor) -> Tensor:
        """The seeds of these numbers, int64 of any shape, counted from 0.

        Raises:
            ValueError: the block holds fewer.
        """
        self.check(int(number.max()) + 1)
        return self.first + number.to(torch.int64)


ENVIRONMENTS = 2**20  # at most, of one training
TRAININGS = 2**32  # as many as NumPy and torch both take seeds

LIBRARY = Block("libraries that episodes begin from", 0, ENVIRONMENTS)
EXPERIMENTS = Block("experiments", 100_000_000, 700_000_000)
SEARCH = Block("the search of constants and gains", 800_000_000, 100_000_000)
HELD_OUT = Block("held-out evaluation in training", 900_000_000, 50_000_000)
TEST = Block("final figures", 950_000_000, 50_000_000)
TRAINING = Block("training", 2**40, TRAININGS * ENVIRONMENTS)
BLOCKS = (LIBRARY, EXPERIMENTS, SEARCH, HELD_OUT, TEST, TRAINING)


def check_disjoint(blocks: Iterable[Block]) -> None:
    """Refuses blocks that share a seed, or that int64 does not hold.

    Raises:
        ValueError: naming them.
    """
    ordered = sorted(blocks, key=lambda block: block.first)
    for one, other in pairwise(ordered):
        if one.end > other.first:
            raise ValueError(f"the seeds for {one.use} and for {other.use} overlap")
    if ordered[-1].end > 2**63:
        raise ValueError(f"the seeds for {ordered[-1].use} exceed 2^63 - 1")


def training(seed: int, environments: int) -> int:
    """The first seed of a training's environments; no two trainings share one.

    Raises:
        ValueError: `seed` is none of a training, or there are too many environments.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < TRAININGS:
        raise ValueError(f"--seed is {seed!r}; it must be a whole number from 0 to {TRAININGS - 1}")
    if not 1 <= environments <= ENVIRONMENTS:
        raise ValueError(f"n_envs is {environments}; it must be a whole number from 1 to {ENVIRONMENTS}")
    return TRAINING.first + seed * ENVIRONMENTS


check_disjoint(BLOCKS)
