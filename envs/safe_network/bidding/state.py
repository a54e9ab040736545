"""What a bidding network is at the end of a day: a network, and those who bid in it."""

from typing import NamedTuple

from torch import Tensor

from ..state import State


class Bidders(NamedTuple):
    """The K cohorts and their day; (B, K) unless said otherwise."""

    bids: Tensor  # x, nanosafe per GET, for the day to come
    vaults: Tensor  # P
    reads_per_write: Tensor  # (B,) n_rw, running mean
    lowest: Tensor  # (B,) E[p], nanosafe, in the morning of the day that has passed
    median: Tensor  # (B,) a_m, nanosafe, likewise
    quoted: Tensor  # bids of the day that has passed
    share: Tensor  # share of one reward for a member of the group
    income: Tensor  # safecoin per vault and day
    cartel_effect: Tensor  # (B,) |ln R'/R|, R' being the day's reward under a cartel


class BiddingState(NamedTuple):
    """B bidding networks."""

    network: State
    bidders: Bidders

    @property
    def time(self) -> Tensor:
        """Days since the initial state, int64 (B,)."""
        return self.network.time
