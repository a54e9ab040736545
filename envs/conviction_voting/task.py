"""The control tasks of section 12."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from ..core.actions import ActionMap, Increments, Levels
from ..core.dashboard import Panel
from ..core.scenario import CALM, Scenario, Window
from ..core.task import Task
from ..core.tensors import Tensors
from .economy import ConvictionVoting
from .interface import NEAREST
from .objective import SuggestedReward

# The corrected rule for over-releases (section Q7), and conviction whose half-life is no second trigger scale.
SEED_ECONOMY = ConvictionVoting(trimming="prefix", trigger_discount="relative", in_place=True)
YEAR_ECONOMY = SEED_ECONOMY.variant(participant_slots=160, proposal_slots=128)

SCENARIOS = (
    CALM,
    Scenario(
        "sentiment_collapse", "sentiment falls to a third for 60 days", (Window("sentiment", 1 / 3, 0, 60),)
    ),
    Scenario("proposal_flood", "three times the proposals for 60 days", (Window("proposals", 3.0, 0, 60),)),
    Scenario("whale", "a newcomer brings half of what all others hold", (Window("whale", 0.5, 0, 1),)),
    Scenario("vote_stacking", "a fifth stakes all it has on one dear proposal", (Window("bloc", 0.2),)),
    Scenario("donation", "a gift of half of the initial treasury", (Window("donation", 0.5, 0, 1),)),
)


class Threshold(ActionMap):
    """One number sets the trigger scale rho on its logarithmic range; the other levers stay neutral."""

    moved: tuple[str, ...] = ("rho",)

    @property
    @override
    def labels(self) -> tuple[str, ...]:
        return self.moved

    @override
    def command(self, action: Tensor, positions: Tensors, sensors: Tensors) -> dict[str, Tensor]:
        """-1 and 1 are the ends of the range."""
        commands = self.lever_set.neutral(action.shape[0], action.device)
        for i, name in enumerate(self.moved):
            lever = next(lever for lever in self.lever_set.levers if lever.name == name)
            low, high = lever.position(lever.low), lever.position(lever.high)
            commands[name] = low + (action[:, i] + 1.0) / 2.0 * (high - low)
        return commands

    @override
    def recover(self, commands: Tensors, positions: Tensors, sensors: Tensors) -> Tensor:
        levers = {lever.name: lever for lever in self.lever_set.levers}
        shares = []
        for name in self.moved:
            low, high = (levers[name].position(end) for end in (levers[name].low, levers[name].high))
            shares.append((commands[name] - low) / (high - low))
        return torch.clamp(2.0 * torch.stack(shares, 1) - 1.0, -1.0, 1.0)


class ThreeLevers(Threshold):
    """Three numbers set trigger scale, largest share and half-life; the other levers stay neutral."""

    moved = ("rho", "beta", "half_life")


ACTION_MAPS: Mapping[str, Any] = {
    "threshold": Threshold,
    "mechanism": ThreeLevers,
    "levels": Levels,
    "increments": Increments,
}

PANELS = (
    Panel("treasury over its initial value, with its floor", {"F / F0": "funds"}, band=(0.5, 1.0)),
    Panel(
        "proposals by status",
        {name: name for name in ("candidates", "active", "completed", "failed", "killed")},
    ),
    Panel(
        "conviction over trigger of candidates (1 passes)",
        {"90 %": "ratio_q90", "median": "ratio_q50", "10 %": "ratio_q10", "nearest": "ratio_1"},
        band=(1.0, 1.2),
    ),
    Panel("waiting: feasible candidates of age", {"waiting": "waiting"}),
    Panel(
        "staked share of holdings, median affinity",
        {"staked": "staked", "median affinity": "median_affinity"},
    ),
    Panel(
        f"holdings-weighted affinity for the nearest of {NEAREST} candidates",
        {f"candidate {k}": f"approval_{k}" for k in (1, 2, 3)},
    ),
    Panel("trigger scale rho", {"rho": "lever.rho"}, scale="log", levers=True),
    Panel("sentiment", {"sentiment": "sentiment"}, limits=(0.0, 1.0)),
)

RECORDED = ("funds", "active", "completed", "failed", "killed", "candidates", "staked", "waiting")


def measure(trace: Mapping[str, Tensor], onset: Tensor) -> dict[str, Tensor]:
    """Measures of whole episodes (section 12) by name, (B,).

    Args:
        trace: the sensors `RECORDED` after each step, (T, B).
        onset: step of the scenario's onset, (B,); no measure depends on it.
    """
    last = {name: values[-1] for name, values in trace.items()}
    funded = last["active"] + last["completed"] + last["failed"]
    arrived = torch.clamp(funded + last["candidates"] + last["killed"], min=1.0)
    return {
        "funded": funded,
        "funded_share": funded / arrived,
        "killed_share": last["killed"] / arrived,
        "treasury_end": last["funds"],
        "treasury_min": trace["funds"].amin(0),
        "staked_mean": trace["staked"].mean(0),
        "waiting_mean": trace["waiting"].mean(0),
    }


TASKS = (
    Task(
        id="tokenomics/ConvictionVoting-v0",
        entry_point="conviction_voting.env:ConvictionVotingEnv",
        economy=YEAR_ECONOMY,
        objective=SuggestedReward(),
        scenarios=SCENARIOS,
        horizon=365,
        interval=1,
        onset=(30, 240),
        evaluation_onset=120,
        action_maps=ACTION_MAPS,
        panels=PANELS,
        measures=measure,
        recorded=RECORDED,
    ),
    Task(
        id="tokenomics/ConvictionVotingSeed-v0",
        entry_point="conviction_voting.env:ConvictionVotingSeedEnv",
        economy=SEED_ECONOMY,
        objective=SuggestedReward(),
        scenarios=SCENARIOS,
        horizon=100,
        interval=1,
        onset=(10, 60),
        evaluation_onset=30,
        action_maps=ACTION_MAPS,
        panels=PANELS,
        measures=measure,
        recorded=RECORDED,
    ),
)
