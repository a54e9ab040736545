"""Bostrom's rules: fixed inflation, feedback on the scarcity of V, and PID on supply and scarcity.

The best fixed inflation and the gains of the PIDs stand in gains.json, which the command `tune` writes: from the
grids below, for each task, with seeds, onsets and people that no leaderboard scores.
"""

from pathlib import Path
from typing import cast

import torch
from torch import Tensor
from typing_extensions import override

from envs.bostrom import Bostrom
from envs.bostrom.interface import LEVERS, MONTH, YEAR
from envs.core.task import Task

from ..competition import Search
from ..controller import Constant, Controller, Sensors
from ..gains import Found, tuned
from ..pid import Gains, Pid

RANGES = {lever.name: (lever.low, lever.high) for lever in LEVERS}
LEVELS = (0.03, 0.0642, 0.10, 0.15)  # 1/year, the cases of section 13.6
LARGEST = 10.0  # of a PID's output; the levers' ranges bind long before


FILE = Path(__file__).with_name("gains.json")


def tuned_on(task: Task) -> str:
    """Id of the task on which the gains of a task's economy were searched."""
    closed = cast(Bostrom, task.economy).feedback
    return "tokenomics/Bostrom-v0" if closed else "tokenomics/BostromOpenLoop-v0"


def chosen(task: Task) -> Found:
    """The gains for a task's economy: the best fixed inflation, and those of the two PIDs."""
    return tuned(FILE, tuned_on(task))


class Inflation(Constant):
    """Brings inflation to a level through the chain's own rule (section 5.1); other levers stay neutral.

    Args:
        rate: 1/year, a number or one for each environment (B,).
    """

    def __init__(self, task: Task, rate: float | Tensor, name: str | None = None) -> None:
        super().__init__(task, name=name or f"inflation_{100.0 * rate:g}%")
        self.rate = rate
        self.economy = cast(Bostrom, task.economy)

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        return super().act(sensors) | self.towards(self._zeros() + self.rate, sensors)

    def towards(self, rate: Tensor, sensors: Sensors) -> dict[str, Tensor]:
        """The bonded target at which inflation reaches `rate` in a month, at full speed."""
        speed = RANGES["inflation_speed"][1]
        fastest = speed * self.economy.boot_inflation_rate_change_annual / self.economy.timesteps_per_year
        wanted = torch.clamp((rate - sensors["inflation"]) / (MONTH * fastest), max=0.5)
        shift = sensors["bonded_share"] / (1.0 - wanted) - self.economy.boot_bonded_share_target
        shift = torch.clamp(shift, *RANGES["bonded_target_shift"])
        return {"inflation_speed": self._zeros() + speed, "bonded_target_shift": shift}


class VoltFeedback(Constant):
    """More V the scarcer it is: factor (d/V)^gain on its mint rate (section 13.6, last row)."""

    def __init__(self, task: Task, gain: float = 3.0) -> None:
        super().__init__(task, name="volt_feedback")
        self.gain = gain

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        return super().act(sensors) | {"volt_mint_factor": factor(self.gain * sensors["scarcity"])}


class SupplyPid(Inflation):
    """PID from ln(S/path) to inflation, round the rate at which the path itself grows."""

    def __init__(self, task: Task, name: str = "pid_supply", supply: Gains | None = None) -> None:
        super().__init__(task, cast(Bostrom, task.economy).target_inflation, name)
        self.supply = supply or Gains(**chosen(task)["supply"])

    @override
    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        super().reset(batch, device)
        self._supply = Pid(self.supply, LARGEST, self._zeros())

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        wanted = self.rate - self._supply(sensors["supply_gap"])
        return super().act(sensors) | self.towards(wanted, sensors)


class ScarcityPid(Constant):
    """PID from the gap of ln(d/V) to its path, from the second year on, to the log of V's factor."""

    def __init__(self, task: Task, name: str = "pid_scarcity", scarcity: Gains | None = None) -> None:
        super().__init__(task, name=name)
        self.scarcity = scarcity or Gains(**chosen(task)["scarcity"])

    @override
    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        super().reset(batch, device)
        self._scarcity = Pid(self.scarcity, LARGEST, self._zeros())

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        gap = torch.where(sensors["day"] < YEAR, 0.0, sensors["scarcity_gap"])
        return super().act(sensors) | {"volt_mint_factor": factor(self._scarcity(gap))}


class BostromPid(Controller):
    """Both PIDs, and a commission that rises as far as revenue falls short of cost."""

    name = "pid"

    def __init__(self, task: Task, supply: Gains | None = None, scarcity: Gains | None = None) -> None:
        self.supply = SupplyPid(task, supply=supply)
        self.scarcity = ScarcityPid(task, scarcity=scarcity)

    @override
    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        super().reset(batch, device)
        self.supply.reset(batch, device)
        self.scarcity.reset(batch, device)

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        levers = self.supply.act(sensors)
        levers["volt_mint_factor"] = self.scarcity.act(sensors)["volt_mint_factor"]
        needed = sensors["lever.commission_factor"] / sensors["coverage"]
        levers["commission_factor"] = torch.clamp(needed, 1.0, RANGES["commission_factor"][1])
        return levers


def factor(logarithm: Tensor) -> Tensor:
    """The V lever at that logarithm, within its range."""
    return torch.clamp(torch.exp(logarithm), *RANGES["volt_mint_factor"])


def rules(task: Task) -> list[Controller]:
    """The leaderboard's rules below the trained policy; the neutral constant is the chain's own rule."""
    return [
        *[Inflation(task, rate) for rate in LEVELS],
        Inflation(task, chosen(task)["inflation"]["rate"], "inflation_best"),
        VoltFeedback(task),
        SupplyPid(task),
        ScarcityPid(task),
        BostromPid(task),
    ]


SEARCHES = (
    Search(
        "inflation",
        {"rate": tuple(0.05 + 0.0025 * i for i in range(12))},  # 1/year
        lambda task, gains, found: Inflation(task, gains["rate"], "inflation"),
    ),
    Search(
        "supply",  # from ln(S/path) to inflation; beside it the scarcity's present gains
        {"proportional": (0.1, 0.2, 0.4, 0.8), "integral": (0.0, 0.05, 0.1)},
        lambda task, gains, found: BostromPid(task, supply=Gains(**gains)),
    ),
    Search(
        "scarcity",  # from the gap of ln(d/V) to the log of V's factor
        {"proportional": (2.0, 4.0, 8.0, 16.0), "integral": (0.0, 1.0, 4.0)},
        lambda task, gains, found: BostromPid(task, Gains(**found["supply"]), Gains(**gains)),
    ),
)
BASELINE = "pid"
