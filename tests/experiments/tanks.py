"""Tanks as a task of their own, in a shape that experiments can vary. Importing this registers it."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from envs import register
from envs.core.chance import Chance
from envs.core.control import Controller, Sensors
from envs.core.parameters import parameter
from envs.core.task import Task
from envs.core.tensors import Number, Tensors

from ..tank import SCENARIOS, HoldLevel, Level, Tank

ID = "tank/Leaking-v0"
TASK = f"{__name__}:{ID}"


@dataclass(frozen=True)
class Leaking(Tank):
    """A tank that leaks by chance, and more so the fuller it is."""

    porous: Number = parameter(0.1, "share that leaks in a step", low=0, high=1)
    wood: str = parameter("oak", "what it is made of", choices=("oak", "pine"))
    hoops: int = parameter(4, "hoops", low=1, fixed=True)
    name = "leaking"

    def step(self, state: Level, levers: Tensors, shocks: Tensors, chance: Chance) -> Level:
        factor = (2.0 if self.wood == "pine" else 1.0) * torch.exp(0.3 * chance.normal("drip"))
        after = super().step(state, levers, shocks, chance)
        return after._replace(level=after.level - self.porous * factor * state.level / (self.hoops / 4))


def measures(trace: Any, onset: Tensor) -> dict[str, Tensor]:
    return {"least": trace["level"].amin(0), "never": 0.0 / torch.zeros_like(trace["level"][0])}


class Refill(Controller):
    """Opens the tap while the level is below ten."""

    name = "refill"

    def __init__(self, task: Task) -> None:
        pass

    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        return {"tap": torch.where(sensors["level"] < 10.0, 4.0, 0.0)}


LEAKING = Task(
    id=ID,
    economy=Leaking(),
    objective=HoldLevel(),
    scenarios=SCENARIOS,
    horizon=12,
    interval=1,
    onset=(1, 6),
    measures=measures,
    recorded=("level",),
    step_unit="hour",
)
register(LEAKING)
