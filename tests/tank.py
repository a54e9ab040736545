"""A tank with a tap: the smallest economy, to test what surrounds economies."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from envs.core.chance import Chance
from envs.core.declarations import Lever, Sensor, Shock
from envs.core.economy import Economy
from envs.core.objective import Objective, tolerance
from envs.core.options import Options
from envs.core.parameters import parameter
from envs.core.scenario import CALM, Noise, Scenario, Series, Window
from envs.core.simulation import Simulation
from envs.core.tensors import Number, Tensors


class Level(NamedTuple):
    """The state of B tanks."""

    time: Tensor  # steps, int64 (B,)
    level: Tensor  # litre (B,)
    inflow: Tensor  # litre in the last step (B,)
    leak: Tensor  # litre in the last step (B,)
    draw: Tensor  # the last step's uniform draw (B,)


@dataclass(frozen=True)
class Tank(Economy[Level]):
    """level += tap − leak."""

    start: Number = parameter(10.0, "first level", unit="litre", above=0)
    name = "tank"
    levers = (Lever("tap", "litre", 0.0, 4.0, 1.0, "inflow", slew=0.5),)
    sensors = (Sensor("level", "litre", "what is there", 0.0, 100.0, 1.0),)
    shocks = (Shock("leak", 0.0, "outflow"), Shock("storm", 1.0, "factor on the inflow"))

    def initial(self, batch: int, chance: Chance, device: torch.device | str = "cpu") -> Level:
        zero = torch.zeros(batch, dtype=torch.float64, device=device)
        return Level(zero.to(torch.int64), zero + self.start, zero, zero, zero)

    def step(self, state: Level, levers: Tensors, shocks: Tensors, chance: Chance) -> Level:
        inflow, leak = levers["tap"] * shocks["storm"], shocks["leak"]
        level = state.level + inflow - leak
        return Level(state.time + 1, level, inflow, leak, chance.uniform("draw"))

    def sense(self, state: Level, levers: Tensors) -> dict[str, Tensor]:
        return {"level": state.level}

    def collapsed(self, state: Level) -> Tensor:
        return state.level <= 0.0

    def metrics(self, state: Level) -> dict[str, Tensor]:
        return {"level": state.level}

    def ledger(self, state: Level) -> dict[str, Tensor]:
        return {"mint": state.inflow, "burn": state.leak}


@dataclass(frozen=True)
class HoldLevel(Objective):
    """Between 8 and 12 litres."""

    weights = {"held": 3.0, "still": 1.0}

    def terms(self, economy: Any, before: Any, after: Any, moves: Tensors) -> dict[str, Tensor]:
        return {"held": tolerance(after.level, 8.0, 12.0, 10.0), "still": 1.0 - moves["tap"] / 0.5}

    def shaping(self, economy: Any, after: Any) -> Tensor:
        return -0.1 * after.inflow

    def costs(self, economy: Any, after: Any) -> dict[str, Tensor]:
        return {"spilt": after.leak, "above_start": (after.level > economy.start).to(torch.float64)}


SCENARIOS = (
    CALM,
    Scenario("leak", "a litre a step, for 3 steps from the second on", (Window("leak", 1.0, 1, 3),)),
    Scenario("burst", "everything leaves", (Window("leak", 1e6),)),
    Scenario("gusts", "the inflow wanders", noises=(Noise("storm", 0.5, 0.9),)),
    Scenario("diary", "a recorded leak", series=(Series("leak", (0.25, 0.5)),)),
)


def simulation(batch: int = 2, **options: Any) -> Simulation:
    """Tanks under the clock, calm unless said otherwise."""
    defaults: dict[str, Any] = {"horizon": 10, "scenarios": SCENARIOS, "scenario": "calm", "compile": False}
    chosen = defaults | options
    device = chosen.pop("device", "cpu")
    return Simulation(Tank(), HoldLevel(), Options(**chosen), batch=batch, device=device)
