"""The control task of the bidding vaults: the network's aims, and a reward that is not gameable.

Source: specification section 11.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from torch import Tensor

from ..core.dashboard import Panel
from ..core.objective import tolerance
from ..core.scenario import Scenario, Window
from ..core.steering import Increments, Levels
from ..core.task import Task
from ..core.tensors import Tensors
from .bidding import CARTEL_WEIGHT
from .bidding_economy import BiddingNetwork
from .dashboard import PANELS
from .measures import RECORDED, measure
from .state import State
from .task import SCENARIOS, CoreReward, LevelAndRatio

PLANT = BiddingNetwork(version="v3", allow_exit=True, fiat_theta_supply=0.5, fiat_theta_demand=0.5)

BIDDING_SCENARIOS = (
    *SCENARIOS,
    Scenario(
        "cartel",
        "for a year, 30 % of the vaults raise their bids toward three medians",
        (Window("cartel", CARTEL_WEIGHT, 0, 365),),
    ),
)


@dataclass(frozen=True)
class BiddingReward(CoreReward):
    """The core reward with a tenth of it for a mechanism that neither a strategy nor a cartel games."""

    weights: Mapping[str, float] = field(
        default_factory=lambda: {
            "filled": 0.36,
            "corridor": 0.27,
            "alive": 0.18,
            "calm_levers": 0.045,
            "kept": 0.045,
            "fair": 0.05,
            "cartel_proof": 0.05,
        }
    )
    plant: BiddingNetwork = PLANT
    meanings: ClassVar[Mapping[str, str]] = {
        **CoreReward.meanings,
        "calm_levers": "1 − (sum of the levers' moves)/0.1 per day, moves on their scales",
        "fair": "1 − distance/0.5 of the best strategy's income over the passive one's from at most 1",
        "cartel_proof": "1 − |ln R'/R|/0.3, R' under a cartel of 30 % of the vaults",
    }

    def terms(self, before: State, after: State, moves: Tensors) -> dict[str, Tensor]:
        """See `Objective.terms`."""
        gain = self.plant.strategy_gain(after)
        total = sum(moves.values(), start=gain * 0.0)
        return super().terms(before, after, moves) | {
            "calm_levers": tolerance(total, 0.0, 0.0, 0.1),
            "fair": tolerance(gain, 0.0, 1.0, 0.5),
            "cartel_proof": tolerance(after.bidders.cartel_effect, 0.0, 0.0, 0.3),
        }


class BiddingLevels(LevelAndRatio):
    """The reward's level and the price ratio wanted, and the levels of split and anchor.

    The first two act as in `level_and_ratio`; the others are levels, 0 neutral and ±1 the ends. The
    command goes a share of the way, 5 % for each day until the next decision.
    """

    @property
    def labels(self) -> tuple[str, ...]:
        """See `Steering.labels`."""
        return (*super().labels, *(lever.name for lever in self.bank.levers[2:]))

    def wanted(self, action: Tensor, sensors: Tensors) -> dict[str, Tensor]:
        """See `LevelAndRatio.wanted`."""
        levels = {
            lever.name: lever.from_unit(action[:, i]) for i, lever in enumerate(self.bank.levers) if i > 1
        }
        return super().wanted(action, sensors) | levels


def bidding_measure(trace: Mapping[str, Tensor], onset: Tensor) -> dict[str, Tensor]:
    """The network's measures, and how far bids can be gamed: means over the life, and the worst day."""
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
    Panel("change of R under a cartel of 30 %, |ln R'/R|", {"effect": "cartel_effect"}),
    Panel(
        "levers: factors on prices and shares",
        {name: f"lever.{name}" for name in ("reward", "cost", "lowest", "fastest", "rest")},
        scale="log",
    ),
    Panel("lever: weight of the median bid", {"anchor": "lever.anchor"}, limits=(0.0, 1.0)),
)

TASKS = (
    Task(
        id="tokenomics/SafeNetworkBidding-v0",
        entry_point="safe_network.bidding_env:SafeNetworkBiddingEnv",
        economy=PLANT,
        objective=BiddingReward(),
        scenarios=BIDDING_SCENARIOS,
        horizon=9125,
        interval=7,
        onset=(730, 8000),
        evaluation_onset=2500,
        steerings={"bidding_levels": BiddingLevels, "levels": Levels, "increments": Increments},
        panels=BIDDING_PANELS,
        measures=bidding_measure,
        recorded=(*RECORDED, "strategy_gain", "cartel_effect"),
    ),
)
