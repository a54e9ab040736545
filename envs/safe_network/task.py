"""The control task: hold half of the storage free and lead the coins out in time.

Source: `model.md`, section 11.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log
from typing import ClassVar

import torch
from torch import Tensor
from typing_extensions import override

from ..core.actions import ActionMap, Increments, Levels
from ..core.declarations import LeverSet
from ..core.objective import Objective, tolerance
from ..core.scenario import CALM, Noise, Scenario, Window
from ..core.task import Task
from ..core.tensors import Tensors
from .economy import SafeNetwork
from .interface import (
    BAND_FILLED,
    CORRIDOR_FROM,
    CORRIDOR_FULL,
    CORRIDOR_UNFARMED,
    unfarmed_reference,
)
from .measures import PANELS, RECORDED, measure
from .parameters import NetworkParameters
from .state import State, filled_share, unfarmed_share

ECONOMY = SafeNetwork(
    reward_divisor="log_power",
    allow_exit=True,
    store_rule="constant",
    chunks_per_coin0=16133.0,
    fiat_theta_supply=0.5,
    fiat_theta_demand=0.5,
)

SCENARIOS = (
    CALM,
    Scenario("exodus", "half of the vaults leave", (Window("vault_loss", 0.5, 0, 1),)),
    Scenario(
        "exodus2",
        "30 % of the vaults leave, thrice, a month apart",
        tuple(Window("vault_loss", 0.3, month * 30, 1) for month in range(3)),
    ),
    Scenario("demand", "three times the clients for 180 days", (Window("demand", 3.0, 0, 180),)),
    Scenario("freeze", "no vault joins or leaves for 180 days", (Window("supply", 0.0, 0, 180),)),
    Scenario("crash", "the coin loses 80 % of its outside price", (Window("coin_price", 0.2),)),
    Scenario(
        "irrational",
        "for a year the market turns the price ratio round",
        (Window("irrational", 1.0, 0, 365),),
    ),
    Scenario(
        "noisy",
        "supply and demand wander, a month's memory, 60 % deviation",
        noises=(Noise("supply", 0.6, 0.97), Noise("demand", 0.6, 0.97)),
    ),
)

CLIENTS_ALIVE = 0.25  # clients per vault below which the network counts as closed


def corridor(day: Tensor, unfarmed: Tensor) -> tuple[Tensor, Tensor]:
    """Bounds of u on that day: above 20 % in the first five years, 10-20 % after twenty."""
    low = torch.where(
        day < CORRIDOR_FROM, CORRIDOR_UNFARMED[1], torch.full_like(unfarmed, CORRIDOR_UNFARMED[0])
    )
    high = torch.where(day < CORRIDOR_FULL, 1.0, torch.full_like(unfarmed, CORRIDOR_UNFARMED[1]))
    return low, high


@dataclass(frozen=True)
class CoreReward(Objective):
    """The core reward (section 11.5), per day and in [0, 1] by itself."""

    weights: Mapping[str, float] = field(
        default_factory=lambda: {
            "filled": 0.4,
            "corridor": 0.3,
            "alive": 0.2,
            "calm_levers": 0.05,
            "kept": 0.05,
        }
    )
    cost_limits: ClassVar[Mapping[str, float]] = {
        "outside_band": 0.05,
        "outside_corridor": 0.01,
        "closed": 0.02,
    }
    meanings: ClassVar[Mapping[str, str]] = {
        "filled": "1 − min(1, ((f − 0.5)/0.15)²): half of the storage is free",
        "corridor": "1 − min(1, distance/0.1) of u from its corridor",
        "alive": "w < 1 and at least 0.25 clients per vault: it is worth serving, and people come",
        "calm_levers": "1 − (sum of the levers' moves)/0.1 per day, moves on their scales",
        "kept": "no chunk was lost",
        "outside_band": "f outside 0.45 to 0.55",
        "outside_corridor": "u outside its corridor",
        "closed": "not alive",
    }

    @override
    def terms(
        self, economy: NetworkParameters, before: State, after: State, moves: Tensors
    ) -> dict[str, Tensor]:
        filled, unfarmed = filled_share(economy, after), unfarmed_share(economy, after)
        low, high = corridor(before.time, unfarmed)
        return {
            "filled": tolerance(filled, 0.5, 0.5, 0.15, "quadratic"),
            "corridor": tolerance(unfarmed, low, high, 0.1),
            "alive": alive(after).to(torch.float64),
            "calm_levers": tolerance(sum(moves.values(), start=torch.zeros_like(filled)), 0.0, 0.0, 0.1),
            "kept": (after.day.lost <= 0.0).to(torch.float64),
        }

    @override
    def shaping(self, economy: NetworkParameters, after: State) -> Tensor:
        """−0.05 |u − u_ref| / 0.3."""
        gap = unfarmed_share(economy, after) - unfarmed_reference(after.time.to(torch.float64))
        return -0.05 * gap.abs() / 0.3

    @override
    def costs(self, economy: NetworkParameters, after: State) -> dict[str, Tensor]:
        """Shares of time outside the aims, for constrained learning."""
        filled, unfarmed = filled_share(economy, after), unfarmed_share(economy, after)
        low, high = corridor(after.time - 1, unfarmed)
        inside = (filled >= BAND_FILLED[0]) & (filled <= BAND_FILLED[1])
        return {
            "outside_band": 1.0 - inside.to(torch.float64),
            "outside_corridor": ((unfarmed < low) | (unfarmed > high)).to(torch.float64),
            "closed": 1.0 - alive(after).to(torch.float64),
        }


def alive(state: State) -> Tensor:
    """Storing costs less than reading pays, and people come, (B,)."""
    return (state.day.ratio < 1.0) & (state.day.clients >= CLIENTS_ALIVE * state.vaults)


class LevelAndRatio(ActionMap):
    """Actions are the level of the reward and the price ratio wanted (section 11.4).

    r* = ln 10 · a0, ln w* = −1.5 + 1.5 a1, c* = r* + ln w* − ln w0 with w0 the ratio at neutral
    levers. Levers beside these two are set by their level, 0 neutral and ±1 the ends. The command goes a
    share of the way, 5 % for each day until the next decision.
    """

    def __init__(self, lever_set: LeverSet, interval: int | Tensor) -> None:
        super().__init__(lever_set, interval)
        self.share = 1.0 - 0.95**interval

    @property
    @override
    def labels(self) -> tuple[str, ...]:
        return ("reward_level", "price_ratio", *(lever.name for lever in self.lever_set.levers[2:]))

    @override
    def command(self, action: Tensor, positions: Tensors, sensors: Tensors) -> dict[str, Tensor]:
        wanted = self.lever_set.clip(self.wanted(action, sensors))
        return {name: at + self.share * (wanted[name] - at) for name, at in positions.items()}

    def wanted(self, action: Tensor, sensors: Tensors) -> dict[str, Tensor]:
        """Positions that the levers are to approach, (B,)."""
        level = log(10.0) * action[:, 0]
        ratio = -1.5 + 1.5 * action[:, 1]
        wanted = {"reward": level, "cost": level + ratio - torch.log(sensors["neutral_ratio"])}
        others = enumerate(self.lever_set.levers[2:], start=2)
        return wanted | {lever.name: lever.from_unit(action[:, i]) for i, lever in others}

    @override
    def recover(self, commands: Tensors, positions: Tensors, sensors: Tensors) -> Tensor:
        wanted = {name: at + (commands[name] - at) / self.share for name, at in positions.items()}
        level = torch.clamp(wanted["reward"] / log(10.0), -1.0, 1.0)
        ratio = wanted["cost"] - log(10.0) * level + torch.log(sensors["neutral_ratio"])
        others = [lever.to_unit(wanted[lever.name]) for lever in self.lever_set.levers[2:]]
        return torch.clamp(torch.stack([level, (ratio + 1.5) / 1.5, *others], 1), -1.0, 1.0)


TASK = Task(
    id="tokenomics/SafeNetwork-v0",
    entry_point="safe_network.env:SafeNetworkEnv",
    economy=ECONOMY,
    objective=CoreReward(),
    scenarios=SCENARIOS,
    horizon=9125,
    interval=7,
    onset=(730, 8000),
    evaluation_onset=2500,
    action_maps={"level_and_ratio": LevelAndRatio, "levels": Levels, "increments": Increments},
    panels=PANELS,
    measures=measure,
    recoveries=("f_recovery_days",),
    recorded=RECORDED,
)
