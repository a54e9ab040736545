"""The speed of Bostrom beside the original model's, both on this machine.

The original's comes from a calibration loop: one run of 3,650 steps under cadCAD costs 2.95 times the CPU time of
2,000,000 multiply-adds in pure Python (README of the reference figures). Levers are held for some days, which are one
compiled graph: a decision of the task lasts thirty. Of the days in between, what only a look at the state would need
(resource use, say) is not computed.
"""

import time
from collections.abc import Callable
from typing import cast

import torch

from ..core.chance import Paired
from ..core.compiling import compile_graph
from ..core.model import Case, Original
from ..core.task import Task
from ..core.tensors import Tensors
from .economy import Bostrom
from .kernels import SHORT_LOOPS
from .state import State

RUN_STEPS, RUN_COST, LOOP = 3650, 2.95, 2_000_000
DAYS = 5  # in one call
SLICE = 40  # days in a run, between two looks at the calibration loop
BOOKS = ("ampere_book", "volt_book")


def original_rate() -> float:
    """Steps per CPU second of the original here, from a twentieth of the calibration loop."""
    started, x = time.process_time(), 0.5
    for _ in range(LOOP // 20):
        x = x * 0.999 + 0.001
    return RUN_STEPS / (RUN_COST * 20.0 * (time.process_time() - started))


class Held:
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


def cases(task: Task, batch: int, compile: bool) -> list[Case]:
    """The published model with either law of the lock share, and the task's economy."""
    economies = {
        "published, constant lock share": Bostrom(in_place=True),
        "published, random lock share": Bostrom(in_place=True, share_law="random"),
        f"economy of {task.name}": cast(Bostrom, task.economy),
    }

    def case(name: str, economy: Bostrom) -> Case:
        held = Held(economy, batch, DAYS, compile)
        return Case(name, lambda: None, held.call, SLICE // DAYS, DAYS * batch, original_rate)

    return [case(name, economy) for name, economy in economies.items()]


ORIGINAL = Original(
    about=(
        f"original: one run of {RUN_STEPS} steps under cadCAD costs {RUN_COST} times the CPU time of {LOOP:,} "
        "multiply-adds in pure Python, which are timed in turns with ours",
        f"levers are held for {DAYS} days, which are one graph",
    ),
    cases=cases,
)
