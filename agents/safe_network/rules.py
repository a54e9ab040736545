"""The SAFE network's rules: its own (Seneca's) and the PID family (`envs/safe_network/model.md`, section 11.7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from envs.core.economy import Economy
from envs.core.task import Task
from envs.core.tensors import Number
from envs.safe_network.interface import unfarmed_reference

from ..competition import Search
from ..controller import Constant, Controller, Sensors
from ..gains import tuned
from ..pid import Gains, Pid

LIMIT = log(10.0)
FILLED_AIM = 0.5


class Seneca(Constant):
    """The network's own store rule moves the price; both multipliers stay at 1.

    Args:
        rule: "literal", as the published listing says, or "proposal", as its author put it in prose.
    """

    def __init__(self, task: Task, rule: str) -> None:
        super().__init__(task, name=f"seneca_{rule}")
        self.rule = rule

    @override
    def economy_for(self, economy: Economy[Any]) -> Economy[Any]:
        """The same network with the rule switched on, from its own first price."""
        return economy.variant(store_rule=self.rule, chunks_per_coin0=11134.0)


@dataclass(frozen=True)
class PidPairGains:
    """Gains of the two loops, and how they mix into the cost multiplier; entries may be tensors (B,)."""

    unfarmed: Gains
    filled: Gains
    cost_from_unfarmed: Number  # κa
    cost_from_filled: Number  # κb
    years: Number  # in which u_ref falls


PUBLISHED = PidPairGains(Gains(10.0, 4.0), Gains(4.0, 0.0), 0.5, 0.0, 12.5)


def pair_gains(values: Mapping[str, Any]) -> PidPairGains:
    """Gains by the names of their search, which spells out the two loops'."""
    return PidPairGains(
        Gains(values["unfarmed_proportional"], values["unfarmed_integral"]),
        Gains(values["filled_proportional"], 0.0),
        *(values[name] for name in ("cost_from_unfarmed", "cost_from_filled", "years")),
    )


FILE = Path(__file__).with_name("gains.json")
TUNED_ON = "tokenomics/SafeNetwork-v0"
TUNED = pair_gains(tuned(FILE, TUNED_ON)["pair"])


class PidPair(Controller):
    """One PID holds u on a falling reference, another holds f at one half."""

    def __init__(self, name: str = "pid", gains: PidPairGains = PUBLISHED) -> None:
        self.name, self.gains = name, gains

    @override
    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        super().reset(batch, device)
        self._unfarmed = Pid(self.gains.unfarmed, LIMIT, self._zeros())
        self._filled = Pid(self.gains.filled, LIMIT, self._zeros())

    def logs(self, sensors: Sensors) -> tuple[Tensor, Tensor]:
        """Logarithms r and c of the multipliers before clipping, (B,)."""
        reference = unfarmed_reference(sensors["day"], self.gains.years)
        coins = self._unfarmed(sensors["unfarmed"] - reference)
        storage = self._filled(sensors["filled"] - FILLED_AIM)
        cost = self.gains.cost_from_unfarmed * coins + self.gains.cost_from_filled * storage
        return coins + storage, cost

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        return multipliers(*self.logs(sensors))


class TwoMode(PidPair):
    """The tuned pair, with more reward while storage is scarce.

    Args:
        gains: of the pair.
        on, off: filled share above which the emergency begins, below which it ends.
        boost: added to r meanwhile.
        armed_after: days before which there is no emergency: the launch begins with scarce storage.
    """

    def __init__(
        self,
        gains: PidPairGains = TUNED,
        on: float = 0.58,
        off: float = 0.515,
        boost: float = 1.6,
        armed_after: float = 365.0,
    ) -> None:
        super().__init__("two_mode", gains)
        self.on, self.off, self.boost, self.armed_after = on, off, boost, armed_after

    @override
    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        super().reset(batch, device)
        self._emergency = self._zeros() > 0.0

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        filled = sensors["filled"]
        enters = (filled > self.on) & (sensors["day"] > self.armed_after)
        self._emergency = (self._emergency | enters) & ~(filled < self.off)
        reward, cost = self.logs(sensors)
        return multipliers(reward + self.boost * self._emergency.to(torch.float64), cost)


class GrowthPid(Controller):
    """Holds the growth of the vaults on a target that falls from 200 % to 12 % a year.

    Args:
        gains: of the loop. mix: κ, the cost multiplier's c = −κ r.
        first, last: growth aimed at, 1/year. decay: days in which the gap between them falls e-fold.
    """

    name = "growth_pid"

    def __init__(
        self,
        gains: Gains = Gains(1.0, 0.5),  # noqa: B008 - frozen
        mix: float = 0.5,
        first: float = 2.0,
        last: float = 0.12,
        decay: float = 730.0,
    ) -> None:
        self.gains, self.mix, self.first, self.last, self.decay = gains, mix, first, last, decay

    @override
    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        super().reset(batch, device)
        self._growth = Pid(self.gains, LIMIT, self._zeros())

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        target = self.last + (self.first - self.last) * torch.exp(-sensors["day"] / self.decay)
        reward = self._growth(target - sensors["measured_growth"])
        return multipliers(reward, -self.mix * reward)


def multipliers(reward: Tensor, cost: Tensor) -> dict[str, Tensor]:
    """Levers from the logarithms r and c."""
    return {
        "reward": torch.exp(torch.clamp(reward, -LIMIT, LIMIT)),
        "cost": torch.exp(torch.clamp(cost, -LIMIT, LIMIT)),
    }


class Widened(Controller):
    """A rule of fewer levers on a task of more: those that it does not know are held.

    Args:
        held: levers and where they are held; what is in neither stays neutral.
        suffix: of the name.
    """

    def __init__(
        self, task: Task, rule: Controller, held: Mapping[str, float] | None = None, suffix: str = ""
    ) -> None:
        self.rule, self.name, self.interval = rule, rule.name + suffix, rule.interval
        self.levers = {lever.name: lever.neutral for lever in task.economy.levers} | dict(held or {})

    @override
    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        super().reset(batch, device)
        self.rule.reset(batch, device)

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        return {name: self._zeros() + value for name, value in self.levers.items()} | self.rule.act(sensors)


def rules(task: Task) -> list[Controller]:
    """The leaderboard's rules below the trained policy."""
    return [
        Seneca(task, "literal"),
        Seneca(task, "proposal"),
        PidPair("pid", PUBLISHED),
        PidPair("pid_tuned", TUNED),
        GrowthPid(),
        TwoMode(),
    ]


UNGAMEABLE = {"lowest": 0.1, "fastest": 0.1, "rest": 10.0, "anchor": 1.0}
"""A price that no bid but the median moves, and a reward that hardly asks who was lowest or fastest."""


def bidding_rules(task: Task) -> list[Controller]:
    """The rules that apply where vaults bid; Seneca's moves a price that version 3 does not have.

    Each plays twice: with the published split and anchor, and as `…_fair` with ungameable ones.
    """
    pairs = [PidPair("pid", PUBLISHED), PidPair("pid_tuned", TUNED), GrowthPid(), TwoMode()]
    return [
        Constant(task, UNGAMEABLE, "constant_fair"),
        *(Widened(task, rule) for rule in pairs),
        *(Widened(task, rule, UNGAMEABLE, "_fair") for rule in pairs),
    ]


SEARCHES = (
    Search(
        "pair",
        {
            "unfarmed_proportional": (2.5, 5.0, 10.0),
            "unfarmed_integral": (0.8, 1.6, 4.0),
            "filled_proportional": (2.0, 2.8, 4.0),
            "cost_from_unfarmed": (-0.14, 0.5),
            "cost_from_filled": (0.0, 0.156),
            "years": (12.5, 19.0),
        },
        lambda task, gains, found: PidPair("pid_tuned", pair_gains(gains)),
    ),
)
BASELINE = "pid_tuned"
BIDDING_BASELINE = "two_mode_fair"
