"""Bostrom's rules: fixed inflation, feedback on the scarcity of V, and PID on supply and scarcity."""

from typing import Any, cast

import torch
from torch import Tensor

from envs.bostrom import Bostrom
from envs.bostrom.declarations import LEVERS, MONTH
from envs.core.economy import Economy
from envs.core.task import Task

from .controller import Constant, Controller, Sensors
from .pid import Gains, Pid

RANGES = {lever.name: (lever.low, lever.high) for lever in LEVERS}
LEVELS = (0.03, 0.0642, 0.10, 0.15)  # 1/year, the cases of section 13.6
BEST_LEVEL = 0.0625  # 1/year, see `train.headline`
LARGEST = 10.0  # of a PID's output; the levers' ranges bind long before


class FixedInflation(Constant):
    """Inflation that never moves: both ends of its band at `rate`, 1/year."""

    def __init__(self, task: Task, rate: float, name: str | None = None) -> None:
        super().__init__(task, name=name or f"inflation_{100.0 * rate:g}%")
        self.rate = rate

    def plant(self, economy: Economy[Any]) -> Economy[Any]:
        """See `Controller.plant`."""
        return economy.variant(boot_inflation_rate_min=self.rate, boot_inflation_rate_max=self.rate)


class VoltFeedback(Constant):
    """More V the scarcer it is: factor (d/V)^gain on its mint rate (section 13.6, last row)."""

    def __init__(self, task: Task, gain: float = 3.0) -> None:
        super().__init__(task, name="volt_feedback")
        self.gain = gain

    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        """See `Controller.act`."""
        return super().act(sensors) | {"volt_mint_factor": factor(self.gain * sensors["scarcity"])}


class BostromPid(Constant):
    """PID from the supply's gap to inflation, and from scarcity's gap to V minting.

    Args:
        supply: gains from ln(S/path) to the inflation rate, 1/year; None leaves inflation alone.
        scarcity: gains from ln(d/V) less its path to the log of V's factor; None leaves it neutral.
        cover: whether the commission rises as far as revenue falls short of cost.
    """

    def __init__(
        self, task: Task, name: str, supply: Gains | None, scarcity: Gains | None, cover: bool = False
    ) -> None:
        super().__init__(task, name=name)
        self.supply, self.scarcity, self.cover = supply, scarcity, cover
        self.economy = cast(Bostrom, task.economy)

    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        """See `Controller.reset`."""
        super().reset(batch, device)
        self._supply = Pid(self.supply, LARGEST, self._zeros()) if self.supply else None
        self._scarcity = Pid(self.scarcity, LARGEST, self._zeros()) if self.scarcity else None

    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        """See `Controller.act`."""
        levers = super().act(sensors)
        if self._supply:
            wanted = self.economy.target_inflation - self._supply(sensors["supply_gap"])
            levers |= self._towards(wanted, sensors)
        if self._scarcity:
            error = torch.where(sensors["day"] < 365.0, 0.0, sensors["scarcity_gap"])
            levers["volt_mint_factor"] = factor(self._scarcity(error))
        if self.cover:
            short = sensors["lever.commission_factor"] / sensors["coverage"]
            levers["commission_factor"] = torch.clamp(short, 1.0, RANGES["commission_factor"][1])
        return levers

    def _towards(self, rate: Tensor, sensors: Sensors) -> dict[str, Tensor]:
        """The target at which the chain's rule (5.1) brings inflation to `rate` in a month."""
        speed = RANGES["inflation_speed"][1]
        fastest = speed * self.economy.boot_inflation_rate_change_annual / self.economy.timesteps_per_year
        wanted = torch.clamp((rate - sensors["inflation"]) / (MONTH * fastest), max=0.5)
        shift = sensors["bonded_share"] / (1.0 - wanted) - self.economy.boot_bonded_share_target
        shift = torch.clamp(shift, *RANGES["bonded_target_shift"])
        return {"inflation_speed": self._zeros() + speed, "bonded_target_shift": shift}


def factor(logarithm: Tensor) -> Tensor:
    """The V lever at that logarithm, within its range."""
    return torch.clamp(torch.exp(logarithm), *RANGES["volt_mint_factor"])


SUPPLY = Gains(0.2, 0.05)
SCARCITY = Gains(8.0, 0.0)


def rules(task: Task) -> list[Controller]:
    """The ladder's rules below the trained policy; the neutral constant is the chain's own rule."""
    return [
        *[FixedInflation(task, rate) for rate in LEVELS],
        FixedInflation(task, BEST_LEVEL, "inflation_best"),
        VoltFeedback(task),
        BostromPid(task, "pid_supply", SUPPLY, None),
        BostromPid(task, "pid_scarcity", None, SCARCITY),
        BostromPid(task, "pid", SUPPLY, SCARCITY, cover=True),
    ]


YARDSTICK = "pid"
