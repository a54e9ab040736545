"""What the bidding network shows and lets be set, beyond what every SAFE network does (section B8)."""

from torch import Tensor

from ...core.declarations import Lever, Sensor, Shock
from ...core.tensors import Tensors
from ..interface import LEVERS, SENSORS, SHOCKS, read_sensors
from .auction import STRATEGIES, call, income_ratio, post, split_of, strategy_gain
from .bids import CARTEL_WEIGHT
from .parameters import BiddingParameters
from .state import BiddingState

_SHARES = (
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
        for name, what in _SHARES
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
BIDDING_SHOCKS = (
    *SHOCKS,
    Shock("cartel", 0.0, "total weight of the cohorts that raise their bids together"),
)


def read_bidding_sensors(p: BiddingParameters, state: BiddingState, levers: Tensors) -> dict[str, Tensor]:
    """Readings of all sensors, (B,)."""
    network, bidders = state
    neutral = post(p, network, bidders, call(p, bidders))
    lowest, fastest, _ = split_of(p, levers)
    return read_sensors(p, network, neutral, levers) | {
        **{f"income_{kind}": income_ratio(p, bidders, kind) for kind in STRATEGIES},
        "strategy_gain": strategy_gain(p, bidders),
        "cartel_effect": bidders.cartel_effect,
        "lowest_over_median": bidders.lowest / bidders.median,
        "reads_per_write": bidders.reads_per_write,
        "anchor_level": levers["anchor"],
        "split_lowest": lowest[:, 0],
        "split_fastest": fastest[:, 0],
        "median_bid": bidders.median,
        "lowest_bid": bidders.lowest,
    }
