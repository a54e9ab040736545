"""Version 3 with its mechanism as levers: the split of the reward and the weight of the median bid.

Source: specification section 11, actions for Version 3.
"""

from typing import ClassVar

import torch
from torch import Tensor

from ...core.declarations import Lever, Sensor
from ...core.tensors import Number, Tensors
from ..economy import SafeNetwork
from ..interface import LEVERS, SENSORS
from ..state import State
from .bids import CARTEL_WEIGHT

STRATEGIES = ("undercut", "cost_plus", "median")

_SPLIT = (
    ("lowest", "the lowest bidder's share φL"),
    ("fastest", "the fastest responder's share φF"),
    ("rest", "the others' share φ0"),
)
BIDDING_LEVERS = (
    *LEVERS,
    *(
        Lever(
            name,
            "1",
            0.1,
            10.0,
            1.0,
            f"factor on {what}, before the three are scaled to sum to 1",
            "log",
            0.05,
        )
        for name, what in _SPLIT
    ),
    Lever(
        "anchor", "1", 0.0, 1.0, 0.5, "weight of the median bid in R; the lowest bid has the rest", slew=0.02
    ),
)
BIDDING_SENSORS = (
    *SENSORS,
    *(
        Sensor(
            f"income_{kind}", "1", f"income of a vault of kind `{kind}` over a passive one's", 1.0, 0.5, 3.0
        )
        for kind in STRATEGIES
    ),
    Sensor("strategy_gain", "1", "best income of a strategy over the passive one's", 1.0, 0.5, 3.0),
    Sensor(
        "cartel_effect", "1", f"|ln R'/R| if {CARTEL_WEIGHT:g} of the vaults bid 3 medians", 0.0, 0.1, 3.0
    ),
    Sensor("lowest_over_median", "1", "mean lowest bid of a group over the median bid", 1.0, 0.25, 3.0),
    Sensor("reads_per_write", "1", "n_rw, running mean", 1.0, 2.0, 3.0, log=True),
    Sensor("anchor_level", "1", "weight of the median bid in R", 0.5, 0.5, 1.0),
    Sensor("split_lowest", "1", "φL", 0.3, 0.3, 3.0),
    Sensor("split_fastest", "1", "φF", 0.3, 0.3, 3.0),
    Sensor("median_bid", "nanosafe", "a_m, of the day that has passed", observed=False),
    Sensor("lowest_bid", "nanosafe", "E[p], of the day that has passed", observed=False),
)


class BiddingNetwork(SafeNetwork):
    """The SAFE network of bidding vaults; at neutral levers it is `SafeNetwork(version="v3")`."""

    name: ClassVar[str] = "safe_network_bidding"
    levers = BIDDING_LEVERS
    sensors = BIDDING_SENSORS

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.version != "v3":
            raise ValueError(f"BiddingNetwork.version is {self.version!r}; vaults bid in version 'v3' only")

    def anchor(self, levers: Tensors) -> Number:
        """See `SafeNetwork.anchor`."""
        return levers["anchor"]

    def reward_split(self, levers: Tensors) -> tuple[Number, Number, Number]:
        """See `SafeNetwork.reward_split`: a softmax, as the levers act by their logarithms."""
        factors = [levers[name] * share for (name, _), share in zip(_SPLIT, self.v3_split, strict=True)]
        total = factors[0] + factors[1] + factors[2]
        lowest, fastest, rest = ((factor / total)[:, None] for factor in factors)
        return lowest, fastest, rest

    def sense(self, state: State, levers: Tensors) -> dict[str, Tensor]:
        """See `Economy.sense`."""
        lowest, fastest, _ = self.reward_split(levers)
        bidders = state.bidders
        return super().sense(state, levers) | {
            **{f"income_{kind}": self.income_ratio(state, kind) for kind in STRATEGIES},
            "strategy_gain": self.strategy_gain(state),
            "cartel_effect": bidders.cartel_effect,
            "lowest_over_median": bidders.lowest / bidders.median,
            "reads_per_write": bidders.reads_per_write,
            "anchor_level": levers["anchor"],
            "split_lowest": torch.as_tensor(lowest)[:, 0],
            "split_fastest": torch.as_tensor(fastest)[:, 0],
            "median_bid": bidders.median,
            "lowest_bid": bidders.lowest,
        }

    def mean_share(self, state: State, kind: str) -> Tensor:
        """Share of a reward that a member of that kind expects, (B,); everyone's where there is none."""
        share, vaults = state.bidders.share, state.bidders.vaults
        chosen = vaults * self.bidding_cohorts.are(kind, vaults)
        total = chosen.sum(1)
        return torch.where(
            total > 0.0, (chosen * share).sum(1) / torch.where(total > 0.0, total, 1.0), 1.0 / self.v3_group
        )

    def income_ratio(self, state: State, kind: str) -> Tensor:
        """Income per vault of a strategy over the passive one's on the day that has passed, (B,)."""
        return self.mean_share(state, kind) / self.mean_share(state, "passive")

    def strategy_gain(self, state: State) -> Tensor:
        """The best income of a strategy over the passive one's: 1 where gaming the bids does not pay."""
        return torch.stack([self.income_ratio(state, kind) for kind in STRATEGIES]).amax(0)
