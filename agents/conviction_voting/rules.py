"""Conviction voting's rules: constant thresholds, thresholds relative to conviction, and PID
(`envs/conviction_voting/model.md`, section 12).
"""

from math import log
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from envs.conviction_voting.trigger import HIGH, LOW, relative_rho
from envs.core.task import Task

from ..controller import Constant, Controller, Sensors
from ..pid import Gains, Pid

MIDDLE = 0.0075  # rho of the best published constant over 100 steps
LIMIT = log(20.0)  # of a PID's output around the middle


class ConstantThreshold(Constant):
    """A trigger scale that never moves."""

    def __init__(self, task: Task, rho: float) -> None:
        super().__init__(task, {"rho": rho}, name=f"rho_{rho:g}")


class RelativeThreshold(Constant):
    """A typical request passes when it has k times the average conviction (section 12, "relative k")."""

    def __init__(self, task: Task, k: float) -> None:
        super().__init__(task, name=f"relative_{k:g}")
        self.k = k

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        rho = relative_rho(self.k, sensors["lever.beta"], sensors["mean_conviction"])
        return super().act(sensors) | {"rho": rho}


class PidThreshold(Constant):
    """PID from a sensor's gap to its aim, to the log of the trigger scale.

    Args:
        sensor, aim: what is held where; a positive gain raises rho while the sensor is below its aim.
        decline: by which the aim falls per year.
    """

    def __init__(
        self, task: Task, name: str, sensor: str, aim: float, gains: Gains, decline: float = 0.0
    ) -> None:
        super().__init__(task, name=name)
        self.sensor, self.aim, self.gains, self.decline = sensor, aim, gains, decline

    @override
    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        super().reset(batch, device)
        self._pid = Pid(self.gains, LIMIT, self._zeros())

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        aim = self.aim - self.decline * sensors["progress"]
        output = self._pid(aim - sensors[self.sensor])
        return super().act(sensors) | {"rho": torch.clamp(MIDDLE * torch.exp(output), LOW, HIGH)}


def constants(task: Task) -> list[Constant]:
    """The published trigger scales around the best of them."""
    return [ConstantThreshold(task, rho) for rho in (0.01, 0.0075, 0.005, 0.0025)]


def rules(task: Task) -> list[Controller]:
    """The leaderboard's rules below the trained policy."""
    return [
        *constants(task),
        *(RelativeThreshold(task, k) for k in (1.0, 1.25, 1.5)),
        PidThreshold(task, "pid_treasury", "funds", 1.0, Gains(10.0, 5.0), decline=0.35),
        PidThreshold(task, "pid_waiting", "waiting", 4.0, Gains(0.2, 0.5)),
    ]


def search(task: Task) -> dict[str, Any]:
    """Options of the search for the best constant: constants differ by 0.0004 at the top, an episode's luck is 0.0025."""
    return {"draws": 64, "known": [Constant(task), *constants(task)]}


BASELINE = "relative_1.25"
