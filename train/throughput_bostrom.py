"""Steps per second of the Bostrom plant on one core, as a multiple of the original model's.

    python -m train.throughput_bostrom

The original's speed on this machine comes from a calibration loop: one run of 3,650 steps under cadCAD
costs 2.95 times the CPU time of 2,000,000 multiply-adds in pure Python (README of the reference figures).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import tyro

from envs.bostrom import Bostrom
from envs.bostrom.task import OPEN_PLANT, PLANT
from envs.core.chance import Paired

RUN_STEPS, RUN_COST, LOOP = 3650, 2.95, 2_000_000


@dataclass
class Arguments:
    """Measure the Bostrom plant."""

    batch: int = 4096
    """Environments."""
    seconds: float = 3.0
    """CPU seconds for each measurement."""
    compile: bool = True
    """Whether the step is compiled."""


def calibration() -> float:
    """CPU seconds of the loop."""
    started, x = time.process_time(), 0.5
    for _ in range(LOOP):
        x = x * 0.999 + 0.001
    return time.process_time() - started


def rates(economy: Bostrom, batch: int, seconds: float, compile: bool) -> tuple[float, float]:
    """Environment steps of the plant, and steps of the original, per CPU second.

    The two are measured in turns, so that a machine shared with others slows both alike; the first 30
    days of the run do not count.
    """
    chance = Paired(torch.arange(batch))
    state = economy.initial(batch, chance)
    levers, shocks = economy.neutral_levers(batch), economy.neutral_shocks(batch)

    def day(state: Any) -> Any:
        return economy.step(state, levers, shocks, chance.at(state.time))

    step: Callable[[Any], Any] = torch.compile(day, dynamic=False, fullgraph=True) if compile else day
    for _ in range(30):
        state = step(state)
    spent, steps, loops = 0.0, 0, []
    while spent < seconds:
        loops.append(calibration())
        started = time.process_time()
        for _ in range(200):
            state = step(state)
        spent, steps = spent + time.process_time() - started, steps + 200
    return steps * batch / spent, RUN_STEPS * len(loops) / (RUN_COST * sum(loops))


def main() -> None:
    """Command line."""
    arguments = tyro.cli(Arguments, description=__doc__)
    torch.set_num_threads(1)
    plants = {
        "published, constant lock share": Bostrom(in_place=True),
        "published, random lock share": Bostrom(in_place=True, share_law="random"),
        "open loop, books add up": OPEN_PLANT,
        "closed loop": PLANT,
    }
    for name, economy in plants.items():
        ours, original = rates(economy, arguments.batch, arguments.seconds, arguments.compile)
        print(
            f"{name:>31}: {ours / 1e6:6.2f} M steps/s, {ours / original:,.0f} times the original's "
            f"{original:,.0f} here",
            flush=True,
        )


if __name__ == "__main__":
    main()
