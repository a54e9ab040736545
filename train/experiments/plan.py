"""A plan: a design's cells in their order, and the batches in which their runs are simulated.

Both follow from the design alone. Who computes a batch, when, and beside which others is left open, and changes
no number: a batch is always the same runs in the same places.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from envs.core.compiling import has_compiler

from .checks import as_declared
from .design import LANES, Arm, Design

WORTH_COMPILING = 10_000_000
"""Steps of a group from which on its graphs are compiled, which takes about as long as these steps uncompiled."""

Numbers = NDArray[np.int64]


class Group(NamedTuple):
    """Cells that one simulation can run side by side.

    Attributes:
        controller: its name. fixed: parameters that must be the same in a batch. cells: numbers of the cells.
        first: number of its first batch. batches: how many it has. compiled: whether its step is.
    """

    controller: str
    fixed: dict[str, Any]
    cells: Numbers
    first: int
    batches: int
    compiled: bool


class Batch(NamedTuple):
    """Runs of one simulation. cell, run: (runs,) number of the cell, and of the run within it."""

    group: Group
    cell: Numbers
    run: Numbers


@dataclass(frozen=True)
class Plan:
    """Cells and batches of a design."""

    design: Design

    def __getstate__(self) -> dict[str, Any]:
        """The design alone; the rest follows from it."""
        return {"design": self.design}

    @cached_property
    def cells(self) -> pd.DataFrame:
        """One row a cell, by its number: arm, point of every `vary`, controller, scenario, and what is not the same in all."""
        design = self.design
        arms = design.arms or {"": Arm()}
        drawn = [vary.drawn() for vary in design.vary]
        sizes = [len(arms), *(vary.size for vary in design.vary), len(design.controllers), len(design.under)]
        if (total := float(np.prod([float(n) for n in sizes]))) > 1e8:
            raise ValueError(f"{total:g} cells are too many; a hundred million are possible")
        arm, *points, controller, scenario = np.unravel_index(np.arange(int(total)), sizes)
        table: dict[str, Any] = {}
        if design.arms:
            table["arm"] = np.array(list(arms), dtype=object)[arm]
        table |= {f"point.{number}": point for number, point in enumerate(points, start=1)}
        table["controller"] = self._controllers(arms, arm, controller)
        table["scenario"] = np.array(design.under, dtype=object)[scenario]
        varied = {
            name: values[point]
            for one, point in zip(drawn, points, strict=True)
            for name, values in one.items()
        }
        for name in design.columns:
            table[name] = varied[name] if name in varied else self._of_arms(arms, name)[arm]
        return pd.DataFrame(table).rename_axis("cell")

    def _controllers(self, arms: Any, arm: Numbers, controller: Numbers) -> NDArray[Any]:
        own = np.array([one.controller or "" for one in arms.values()], dtype=object)[arm]
        return np.where(own == "", np.array(self.design.controllers, dtype=object)[controller], own)

    def _of_arms(self, arms: Any, column: str) -> NDArray[Any]:
        """A column that arms set, one value an arm: the design's own, the model's or nothing where one does not."""
        kind, _, name = column.partition(".")
        if kind == "lever":
            held = self.design.levers.get(name, np.nan)
            return np.array([float(one.levers.get(name, held)) for one in arms.values()])
        task = self.design.subject
        nominal = self.design.parameters.get(name, getattr(task.economy, name))
        values = [as_declared(task, name, one.parameters.get(name, nominal)) for one in arms.values()]
        array = np.empty(len(values), dtype=object)
        for place, value in enumerate(values):
            array[place] = value
        return np.array(values) if all(isinstance(value, float) for value in values) else array

    def shares_a_batch(self, column: str) -> bool:
        """Whether a column's values may differ within a batch: all levers, and real numbers that shape no program."""
        kind, _, name = column.partition(".")
        economy = self.design.subject.economy
        if kind == "lever":
            return True
        declared = type(economy).__dataclass_fields__[name]  # type: ignore[attr-defined]
        free = not declared.metadata["fixed"] and name not in economy.frozen
        return free and isinstance(getattr(economy, name), float)

    @cached_property
    def width(self) -> int:
        """Runs in a batch: never more than the largest group has, and as many seeds as quantiles need at once."""
        most = max(len(cells) for cells in self._members.values()) * self.design.seeds
        least = self.design.seeds if self._banded else 1
        return max(_padded(min(self.design.batch, most)), _padded(least))

    @property
    def _banded(self) -> bool:
        kept = self.design.trajectories
        return kept is not None and bool(kept.quantiles)

    @cached_property
    def _members(self) -> dict[tuple[Any, ...], Numbers]:
        """Values of what must be the same in a batch → cells, in the order of their first cell."""
        cells = self.cells
        keys = ["controller", *(name for name in self.design.columns if not self.shares_a_batch(name))]
        number = cells.groupby(keys, sort=False, dropna=False).ngroup().to_numpy()
        order = np.argsort(number, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(number[order])) + 1)
        return {tuple(cells[name].iloc[part[0]] for name in keys): part for part in parts}

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """What one simulation each can run."""
        design, task, found, first = self.design, self.design.subject, list[Group](), 0
        names = [name.partition(".")[2] for name in design.columns if not self.shares_a_batch(name)]
        held = {name: as_declared(task, name, value) for name, value in design.parameters.items()}
        for (controller, *values), cells in self._members.items():
            fixed = {
                name: as_declared(task, name, _python(value))
                for name, value in zip(names, values, strict=True)
            }
            count = (
                -(-len(cells) // self._cells_in_a_batch)
                if self._banded
                else -(-len(cells) * design.seeds // self.width)
            )
            compiled = self._compiled(len(cells) * design.seeds * design.steps, held | fixed)
            found.append(Group(controller, held | fixed, cells, first, count, compiled))
            first += count
        return tuple(found)

    def _compiled(self, steps: int, fixed: dict[str, Any]) -> bool:
        design = self.design
        if design.chance == "exact" or not design.subject.economy.variant(**fixed).compilable:
            return False
        if design.compile == "auto":
            return steps >= WORTH_COMPILING and has_compiler()
        return design.compile

    def check(self) -> None:
        """Refuses cells whose parameters the economy does not take together.

        Raises:
            ValueError: naming the first group of them.
        """
        shared = [
            name
            for name in self.design.columns
            if name.startswith("parameter.") and self.shares_a_batch(name)
        ]
        for group in self.groups:
            columns = {
                name.partition(".")[2]: torch.from_numpy(self.cells[name].to_numpy(np.float64)[group.cells])
                for name in shared
            }
            try:
                self.design.subject.economy.variant(**group.fixed | columns)
            except (TypeError, ValueError) as error:
                raise ValueError(f"cells {group.cells[0]} to {group.cells[-1]}: {error}") from None

    @property
    def _cells_in_a_batch(self) -> int:
        return self.width // self.design.seeds

    @property
    def batch_count(self) -> int:
        """Batches of all groups."""
        return self.groups[-1].first + self.groups[-1].batches

    @property
    def run_count(self) -> int:
        """Runs of all cells."""
        return len(self.cells) * self.design.seeds

    def batch(self, number: int) -> Batch:
        """The runs of a batch, cell after cell."""
        starts = [group.first for group in self.groups]
        group = self.groups[int(np.searchsorted(starts, number, side="right")) - 1]
        place, seeds = number - group.first, self.design.seeds
        each = self._cells_in_a_batch * seeds if self._banded else self.width
        runs = np.arange(place * each, min((place + 1) * each, len(group.cells) * seeds))
        return Batch(group, group.cells[runs // seeds], runs % seeds)


def _padded(count: int) -> int:
    return -(-count // LANES) * LANES


def _python(value: Any) -> Any:
    """A number of NumPy's as Python's."""
    return value.item() if isinstance(value, np.generic) else value
