"""The control tasks of section 12."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ..core.actions import ActionMap, Increments, Levels
from ..core.scenario import CALM, Scenario, Window
from ..core.task import Task
from ..core.tensors import Tensors
from .dashboard import PANELS
from .economy import ConvictionVoting
from .measures import RECORDED, measure
from .objective import SuggestedReward

# The corrected rule for over-releases (Q7), and conviction whose half-episode is no second trigger scale.
SEED_PLANT = ConvictionVoting(trimming="prefix", trigger_discount="relative", in_place=True)
YEAR_PLANT = SEED_PLANT.variant(participant_slots=160, proposal_slots=128)

SCENARIOS = (
    CALM,
    Scenario(
        "sentiment_collapse", "sentiment falls to a third for 60 days", (Window("sentiment", 1 / 3, 0, 60),)
    ),
    Scenario("proposal_flood", "three times the proposals for 60 days", (Window("proposals", 3.0, 0, 60),)),
    Scenario("whale", "a newcomer brings half of what all others hold", (Window("whale", 0.5, 0, 1),)),
    Scenario("vote_stacking", "a fifth stakes all it has on one dear proposal", (Window("bloc", 0.2),)),
    Scenario("donation", "a gift of half of the genesis treasury", (Window("donation", 0.5, 0, 1),)),
)


class Threshold(ActionMap):
    """One number sets the trigger scale rho on its logarithmic range; the other levers stay neutral."""

    moved: tuple[str, ...] = ("rho",)

    @property
    def labels(self) -> tuple[str, ...]:
        """See `ActionMap.labels`."""
        return self.moved

    def command(self, action: Tensor, positions: Tensors, sensors: Tensors) -> dict[str, Tensor]:
        """See `ActionMap.command`: -1 and 1 are the ends of the range."""
        commands = self.lever_set.neutral(action.shape[0], action.device)
        for i, name in enumerate(self.moved):
            lever = next(lever for lever in self.lever_set.levers if lever.name == name)
            low, high = lever.position(lever.low), lever.position(lever.high)
            commands[name] = low + (action[:, i] + 1.0) / 2.0 * (high - low)
        return commands


class Mechanism3(Threshold):
    """Three numbers set trigger scale, largest share and half-episode; the other levers stay neutral."""

    moved = ("rho", "beta", "half_life")


STEERINGS: Mapping[str, Any] = {
    "threshold": Threshold,
    "mechanism": Mechanism3,
    "levels": Levels,
    "increments": Increments,
}

TASKS = (
    Task(
        id="tokenomics/ConvictionVoting-v0",
        entry_point="conviction_voting.env:ConvictionVotingEnv",
        economy=YEAR_PLANT,
        objective=SuggestedReward(),
        scenarios=SCENARIOS,
        horizon=365,
        interval=1,
        onset=(30, 240),
        evaluation_onset=120,
        action_maps=STEERINGS,
        panels=PANELS,
        measures=measure,
        recorded=RECORDED,
    ),
    Task(
        id="tokenomics/ConvictionVotingSeed-v0",
        entry_point="conviction_voting.env:ConvictionVotingSeedEnv",
        economy=SEED_PLANT,
        objective=SuggestedReward(),
        scenarios=SCENARIOS,
        horizon=100,
        interval=1,
        onset=(10, 60),
        evaluation_onset=30,
        action_maps=STEERINGS,
        panels=PANELS,
        measures=measure,
        recorded=RECORDED,
    ),
)
