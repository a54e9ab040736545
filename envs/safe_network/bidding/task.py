"""The control task of the bidding vaults: the network's aims, and a reward that is not gameable.

Source: section B8.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from torch import Tensor
from typing_extensions import override

from ...core.dashboard import Panel
from ...core.objective import Objective, tolerance
from ...core.scenario import Scenario, Window
from ...core.tensors import Tensors
from ..measures import PANELS, RECORDED, measure
from ..task import SCENARIOS, TASK, CoreReward
from .auction import strategy_gain
from .bids import CARTEL_WEIGHT
from .economy import BiddingNetwork
from .parameters import BiddingParameters
from .state import BiddingState

ECONOMY = BiddingNetwork(allow_exit=True, fiat_theta_supply=0.5, fiat_theta_demand=0.5)

BIDDING_SCENARIOS = (
    *SCENARIOS,
    Scenario(
        "cartel",
        "for a year, 30 % of the vaults raise their bids toward three medians",
        (Window("cartel", CARTEL_WEIGHT, 0, 365),),
    ),
)


CORE = CoreReward()


@dataclass(frozen=True)
class BiddingReward(Objective):
    """The core reward with a tenth of it for a mechanism that neither a strategy nor a cartel games."""

    weights: Mapping[str, float] = field(
        default_factory=lambda: (
            {name: 0.9 * weight for name, weight in CORE.weights.items()}
            | {"fair": 0.05, "cartel_proof": 0.05}
        )
    )
    cost_limits: ClassVar[Mapping[str, float]] = CORE.cost_limits
    meanings: ClassVar[Mapping[str, str]] = {
        **CORE.meanings,
        "fair": "1 − distance/0.5 of the best strategy's income over the passive one's from at most 1",
        "cartel_proof": "1 − |ln R'/R|/0.3, R' under a cartel of 30 % of the vaults",
    }

    @override
    def terms(
        self, economy: BiddingParameters, before: BiddingState, after: BiddingState, moves: Tensors
    ) -> dict[str, Tensor]:
        return CORE.terms(economy, before.network, after.network, moves) | {
            "fair": tolerance(strategy_gain(economy, after.bidders), 0.0, 1.0, 0.5),
            "cartel_proof": tolerance(after.bidders.cartel_effect, 0.0, 0.0, 0.3),
        }

    @override
    def shaping(self, economy: BiddingParameters, after: BiddingState) -> Tensor:
        return CORE.shaping(economy, after.network)

    @override
    def costs(self, economy: BiddingParameters, after: BiddingState) -> dict[str, Tensor]:
        return CORE.costs(economy, after.network)


def bidding_measure(trace: Mapping[str, Tensor], onset: Tensor) -> dict[str, Tensor]:
    """The network's measures, and how far bids can be gamed: means over the episode, and the worst day."""
    gain, effect = trace["strategy_gain"], trace["cartel_effect"]
    return measure(trace, onset) | {
        "strategy_gain": gain.mean(0),
        "strategy_gain_worst": gain.amax(0),
        "cartel_effect": effect.mean(0),
        "cartel_effect_worst": effect.amax(0),
    }


BIDDING_PANELS = (
    *PANELS[:5],
    Panel("bids, nanosafe per GET", {"median": "median_bid", "lowest of a group": "lowest_bid"}, scale="log"),
    Panel(
        "income per vault over a passive vault's",
        {"undercut": "income_undercut", "cost plus": "income_cost_plus", "median": "income_median"},
    ),
    Panel("change of R under a cartel of 30 %, |ln R'/R|", {"effect": "cartel_effect"}, limits=(0.0, 0.4)),
    Panel(
        "levers: factors on prices and shares",
        {name: f"lever.{name}" for name in ("reward", "cost", "lowest", "fastest", "rest")},
        scale="log",
        levers=True,
    ),
    Panel("lever: weight of the median bid", {"anchor": "lever.anchor"}, limits=(0.0, 1.0), levers=True),
)

BIDDING_TASK = replace(
    TASK,
    id="tokenomics/SafeNetworkBidding-v0",
    entry_point="safe_network.bidding.env:SafeNetworkBiddingEnv",
    economy=ECONOMY,
    objective=BiddingReward(),
    scenarios=BIDDING_SCENARIOS,
    panels=BIDDING_PANELS,
    measures=bidding_measure,
    recorded=(*RECORDED, "strategy_gain", "cartel_effect"),
)
