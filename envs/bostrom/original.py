"""Steps per second of the Bostrom economy on one core, as a multiple of the original model's.

    python -m envs.bostrom.original

The original's speed on this machine comes from a calibration loop: one run of 3,650 steps under cadCAD
costs 2.95 times the CPU time of 2,000,000 multiply-adds in pure Python (README of the reference figures).
Levers are held for `days` steps, which are one compiled graph: a decision of the task lasts thirty. Of the
days in between, what only a look at the state would need (resource use, say) is not computed.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import torch
import tyro

from ..core.chance import Paired
from ..core.compiling import compile_graph
from ..core.tensors import Tensors
from .economy import Bostrom
from .kernels import SHORT_LOOPS
from .state import State
from .task import ECONOMY, OPEN_ECONOMY

RUN_STEPS, RUN_COST, LOOP = 3650, 2.95, 2_000_000
SLICE = 40  # days between two looks at the calibration loop
BOOKS = ("ampere_book", "volt_book")


@dataclass
class Arguments:
    """Measure the Bostrom economy."""

    batch: int = 4096
    """Environments."""
    days: int = 5
    """Days in one compiled graph."""
    seconds: float = 3.0
    """CPU seconds for each measurement."""
    compile: bool = True
    """Whether the days are compiled."""


def calibration() -> float:
    """CPU seconds of the loop, from a twentieth of it."""
    started, x = time.process_time(), 0.5
    for _ in range(LOOP // 20):
        x = x * 0.999 + 0.001
    return 20.0 * (time.process_time() - started)


class Plant:
    """An economy whose state is one tensor (F, B), and its books, which are written in place.

    One tensor passes between calls in place of forty, whose handling costs as much as a thousand
    environments.
    """

    def __init__(self, economy: Bostrom, batch: int, days: int, compile: bool) -> None:
        self.economy, self.days = economy, days
        self.seed = torch.arange(batch)
        launch = economy.initial(batch, Paired(self.seed))
        self.fields = [name for name in State._fields if name not in BOOKS]
        self.rows = torch.stack([getattr(launch, name).to(torch.float64) for name in self.fields])
        self.books = [getattr(launch, name) for name in BOOKS]
        self.levers, self.shocks = economy.neutral_levers(batch), economy.neutral_shocks(batch)
        for book in self.books:
            book.fill_(0.0)  # claims the memory, which zeros() only promises
        self._run: Callable[..., torch.Tensor] = (
            compile_graph(self.run, **SHORT_LOOPS) if compile else self.run
        )

    def call(self) -> None:
        """Some days of all environments."""
        self.rows = self._run(self.rows, self.books, self.levers, self.shocks, self.seed)

    def run(
        self,
        rows: torch.Tensor,
        books: list[torch.Tensor],
        levers: Tensors,
        shocks: Tensors,
        seed: torch.Tensor,
    ) -> torch.Tensor:
        """What is compiled; see `call`."""
        fields = {
            name: row.to(torch.int64) if name in ("time", "booked") else row
            for name, row in zip(self.fields, rows, strict=True)
        }
        state = State(**fields, **dict(zip(BOOKS, books, strict=True)))
        chance = Paired(seed)
        for _ in range(self.days):
            state = self.economy.step(state, levers, shocks, chance.at(state.time))
        return torch.stack([getattr(state, name).to(torch.float64) for name in self.fields])


def rates(plant: Plant, seconds: float) -> tuple[float, float]:
    """CPU seconds of a step of one environment, and of the calibration loop.

    Both are measured in turns, so that a machine shared with others slows both alike; medians.
    """
    calls, batch = max(1, SLICE // plant.days), len(plant.seed)
    plant.call()
    steps: list[float] = []
    loops: list[float] = []
    begun = time.process_time()
    while time.process_time() - begun < seconds:
        loops.append(calibration())
        started = time.process_time()
        for _ in range(calls):
            plant.call()
        steps.append((time.process_time() - started) / (calls * plant.days * batch))
    return median(steps), median(loops)


def main() -> None:
    """Command line."""
    arguments = tyro.cli(Arguments, description=__doc__)
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    plants = {
        "published, constant lock share": Bostrom(in_place=True),
        "published, random lock share": Bostrom(in_place=True, share_law="random"),
        "open loop, books add up": OPEN_ECONOMY,
        "closed loop": ECONOMY,
    }
    for name, economy in plants.items():
        plant = Plant(economy, arguments.batch, arguments.days, arguments.compile)
        step, loop = rates(plant, arguments.seconds)
        original = RUN_STEPS / (RUN_COST * loop)
        print(
            f"{name:>31}: {1e-6 / step:6.2f} M steps/s, {1.0 / (step * original):,.0f} times the original's "
            f"{original:,.0f} here",
            flush=True,
        )


if __name__ == "__main__":
    main()
