"""A PID lever by lever, for every task that declares targets; its gains are searched for."""

from collections.abc import Mapping
from math import log

import torch
from torch import Tensor
from typing_extensions import override

from envs.core.control import Constant, Controller, Sensors
from envs.core.declarations import LeverSet
from envs.core.task import Task

from .competition import Search
from .gains import Found
from .pid import Gains, Pid

PROPORTIONAL = (-4.0, -1.0, -0.25, 0.25, 1.0, 4.0)
INTEGRALS = (0.0, 4.0, 20.0)  # of the error over an episode that stays where it is, in proportional parts


class LeverPid(Constant):
    """Moves each lever with a target by how far its sensor is from its aim; the others stay neutral.

    The error is counted in the sensor's scale, of logarithms where it has them. The output goes from -1 to 1,
    as an action does: 0 is the neutral lever and the ends are its range's.

    Args:
        gains: lever → `proportional` and `integral` (1/step), numbers or tensors (B,); without them it stays neutral.
    """

    def __init__(
        self, task: Task, gains: Mapping[str, Mapping[str, float | Tensor]], name: str = "pid_by_lever"
    ) -> None:
        super().__init__(task, name=name)
        levers = {lever.name: lever for lever in task.economy.levers}
        sensors = {sensor.name: sensor for sensor in task.economy.sensors}
        self.lever_set = LeverSet(task.economy.levers)
        self.loops = [
            (levers[target.lever], sensors[target.sensor], target.aim, gains[target.lever])
            for target in task.targets
            if target.lever in gains
        ]

    @override
    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        super().reset(batch, device)
        self._pids = [
            Pid(Gains(gains["proportional"], gains["integral"]), 1.0, self._zeros(), steps_per_year=1.0)
            for *_, gains in self.loops
        ]

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        values = super().act(sensors)
        positions = self.lever_set.positions(values)
        for (lever, sensor, aim, _), pid in zip(self.loops, self._pids, strict=True):
            reading = sensors[sensor.name].to(torch.float64)
            gap = log(aim) - torch.log(torch.clamp(reading, min=1e-300)) if sensor.log else aim - reading
            positions[lever.name] = lever.from_unit(pid(gap / sensor.scale))
        return self.lever_set.values(positions)


def lever_searches(task: Task) -> tuple[Search, ...]:
    """One search for each target, in their order: each lever's gains beside those found before.

    The integral's candidates follow the horizon, so that steps of any length will do; signs are tried as well.
    """

    def one(lever: str) -> Search:
        def controller(task: Task, gains: Mapping[str, Tensor], found: Found) -> Controller:
            mine = {
                "proportional": gains["proportional"],
                "integral": gains["proportional"] * gains["integrals"] / task.horizon,
            }
            return LeverPid(task, {**lever_gains(task, found), lever: mine})

        return Search(lever, {"proportional": PROPORTIONAL, "integrals": INTEGRALS}, controller)

    return tuple(one(target.lever) for target in task.targets)


def lever_gains(task: Task, found: Found) -> dict[str, dict[str, float | Tensor]]:
    """What `LeverPid` takes, of what its searches found."""
    return {
        lever: {
            "proportional": gains["proportional"],
            "integral": gains["proportional"] * gains["integrals"] / task.horizon,
        }
        for lever, gains in found.items()
    }
