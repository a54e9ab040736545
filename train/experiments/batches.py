"""Simulating a batch: the same numbers wherever, whenever and beside whatever it is done."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch import Tensor
from typing_extensions import override

from agents.contenders import contender
from agents.seeds import EXPERIMENTS
from envs.core.control import Controller, Sensors
from envs.core.scenario import ScenarioSet

from ..judging.episodes import Rollout, rollout, simulation_under
from .checks import measured
from .curves import curves_of
from .plan import Batch, Group, Plan

Progress = Callable[[int], object]


class Tables(NamedTuple):
    """What came out of batches: a row a run, and a row a point of the curves that are kept."""

    runs: pa.Table
    curves: pa.Table | None

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """The tables of several batches below one another."""
        curves = [part.curves for part in parts if part.curves is not None]
        return cls(
            pa.concat_tables([part.runs for part in parts]), pa.concat_tables(curves) if curves else None
        )


class Held(Controller):
    """A controller some of whose levers are held.

    Args:
        held: lever → value, or a tensor (B,) in which nan leaves the lever to the controller.
    """

    def __init__(self, controller: Controller, held: Mapping[str, float | Tensor]) -> None:
        self.controller, self.held = controller, held
        self.name, self.interval = controller.name, controller.interval
        self.economy_for = controller.economy_for  # type: ignore[method-assign]

    @override
    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        super().reset(batch, device)
        self.controller.reset(batch, device)

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        levers = self.controller.act(sensors)
        for name, value in self.held.items():
            at = self._zeros() + value
            levers = levers | {name: torch.where(torch.isnan(at), levers[name], at)}
        return levers


class Bench:
    """Simulates a plan's batches, and keeps the last group's simulation with its graphs.

    Parameters and levers that differ within a batch are buffers (B,), written anew for every batch.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan, self.design = plan, plan.design
        self.task = replace(self.design.subject, horizon=self.design.steps)
        self._group: Group | None = None
        bank = ScenarioSet(self.task.scenarios, self.task.economy.shocks)
        self._index = {name: bank.index(name) for name in self.design.under}

    def simulated(self, number: int, progress: Progress = lambda steps: None) -> Tables:
        """The runs of a batch.

        Args:
            progress: called with the steps of the batch that were done since the last call.

        Raises:
            ValueError: a figure is no number, and the design refuses that.
        """
        batch = self.plan.batch(number)
        with one_thread(), torch.inference_mode():
            if self._group is None or self._group.first != batch.group.first:
                self._prepare(batch.group)
            cell, run = (_filled(part, self.plan.width) for part in (batch.cell, batch.run))
            self._write(cell)
            result = self._rollout(cell, run, progress)
            return Tables(self._runs(batch, result), curves_of(self.design, batch, result))

    def _prepare(self, group: Group) -> None:
        """Makes the simulation of a group."""
        design, width, self._group = self.design, self.plan.width, None
        shared = [name for name in design.columns if self.plan.shares_a_batch(name)]
        self._buffers = {name: torch.empty(width, dtype=torch.float64) for name in shared}
        self._write(_filled(group.cells, width))
        named = {
            name.partition(".")[2]: buffer for name, buffer in self._buffers.items() if name.startswith("p")
        }
        levers = {
            name.partition(".")[2]: buffer for name, buffer in self._buffers.items() if name.startswith("l")
        }
        economy = self.task.economy.variant(**group.fixed | named)
        task = replace(self.task, economy=economy)
        controller = contender(task, group.controller)
        held = dict(design.levers) | levers
        self._controller = Held(controller, held) if held else controller
        self._simulation = simulation_under(
            task, self._controller, width, chance=design.chance, compile=group.compiled
        )
        self._group = group

    def _write(self, cell: NDArray[np.int64]) -> None:
        for name, buffer in self._buffers.items():
            values = self.plan.cells[name].to_numpy(dtype=np.float64)[cell]
            buffer.copy_(torch.from_numpy(values))

    def _rollout(self, cell: NDArray[np.int64], run: NDArray[np.int64], progress: Progress) -> Rollout:
        design = self.design
        names = self.plan.cells["scenario"].to_numpy()[cell]
        scenario = torch.tensor([self._index[name] for name in names])
        seed = EXPERIMENTS.seeds(torch.from_numpy(run + design.first_seed))
        onset = None if design.onset is None else torch.full_like(seed, design.onset)
        return rollout(self._simulation, self._controller, seed, scenario, onset, self._kept, progress)

    @property
    def _kept(self) -> tuple[str, ...]:
        """Sensors whose readings are needed."""
        names = [figure.of for figure in self.design.figures.values()]
        if measured(self.design):
            names += [*self.task.recorded, "moves"]
        if self.design.trajectories is not None:
            names += self.design.trajectories.of
        return tuple(dict.fromkeys(names))

    def _runs(self, batch: Batch, result: Rollout) -> pa.Table:
        """Identity and figures of every run that is not there to fill the batch."""
        design, task, count = self.design, self.task, len(batch.cell)
        state = self._simulation.run.state
        found: dict[str, Any] = {"score": result.scores, "steps_alive": result.alive}
        found |= {f"term/{name}": value for name, value in result.terms.items()}
        found |= {f"end/{name}": value for name, value in self._simulation.economy.metrics(state).items()}
        if measured(design):
            assert task.measures is not None
            found |= {
                f"measure/{name}": value for name, value in task.measures(result.trace, result.onset).items()
            }
        for name, figure in design.figures.items():
            found[name] = figure.of_trace(result.trace[figure.of].numpy())
        columns = {name: np.asarray(value)[:count] for name, value in found.items()}
        if design.nan == "refuse":
            self._refuse_nan(
                batch, {name: columns[name] for name in ("score", *design.figures, *design.goals)}
            )
        table = {
            "cell": batch.cell,
            "seed": batch.run + design.first_seed,
            "onset": result.onset.numpy()[:count],
        }
        return pa.table(table | columns)

    def _refuse_nan(self, batch: Batch, columns: Mapping[str, NDArray[Any]]) -> None:
        for name, values in columns.items():
            for place in np.flatnonzero(np.isnan(values))[:1]:
                cell = int(batch.cell[place])
                settings = ", ".join(f"{key} {value}" for key, value in self.plan.cells.loc[cell].items())
                seed = int(batch.run[place]) + self.design.first_seed
                raise ValueError(
                    f"figure {name!r} is no number in cell {cell} ({settings}), seed {seed}; "
                    "narrow what is varied, or write nan: keep to go on without such runs"
                )


def _filled(values: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """As many values as a batch holds: the last one again where there are too few."""
    return np.concatenate([values, np.full(max(0, width - len(values)), values[-1])])[:width]


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one thread inside: where several share a tensor, their borders and thus last bits follow the number."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
