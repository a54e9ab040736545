"""What came out of an experiment, as frames of pandas."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from .design import Design
from .plan import Plan
from .store import Store

IDENTITY = ("cell", "seed", "onset")


@dataclass(frozen=True)
class Results:
    """An experiment's folder, read.

    Attributes:
        folder: as the command `experiment` or `run` wrote it.

    Raises:
        ValueError: it holds no experiment, or one that has not run to its end.
    """

    folder: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", Path(self.folder))
        done, wanted = len(self.store.done()), self.plan.batch_count
        if done < wanted:
            raise ValueError(
                f"{self.folder}: {done} of {wanted} batches are done; the command experiment goes on with the others"
            )

    @property
    def store(self) -> Store:
        """The folder's files."""
        return Store(self.folder)

    @cached_property
    def design(self) -> Design:
        """What was asked for."""
        return self.store.design()

    @cached_property
    def plan(self) -> Plan:
        """Its cells and batches."""
        return Plan(self.design)

    @property
    def cells(self) -> pd.DataFrame:
        """One row a cell: its settings."""
        return self.plan.cells

    @property
    def figures(self) -> list[str]:
        """Names of the key figures."""
        names = self.store.table_schema("runs").names
        return [name for name in names if name not in IDENTITY]

    def runs(self, figures: list[str] | None = None) -> pd.DataFrame:
        """One row a run, by cell and seed: the cell's settings, then `seed`, `onset` and the key figures.

        Args:
            figures: those wanted; by default all.

        Raises:
            ValueError: one is unknown.
        """
        return self._with_cells("runs", self._known(figures), ["cell", "seed"])

    def by_cell(self, figures: Sequence[str]) -> dict[str, NDArray[np.float64]]:
        """Figure → its values, (cells, seeds).

        Raises:
            ValueError: one is unknown.
        """
        table = self._sorted(self.store.table("runs", self._known(list(figures))), ["cell", "seed"])
        shape = (len(self.cells), self.design.seeds)
        return {
            name: table[name].to_numpy().astype(np.float64, copy=False).reshape(shape) for name in figures
        }

    def curves(self) -> pd.DataFrame:
        """One row a run and kept step, or a cell and kept step for quantiles: the settings, then the curves.

        The curve of a lever takes the place of the value at which its cell holds it, which stands in `cells`.

        Raises:
            ValueError: the design keeps none.
        """
        kept = self.design.trajectories
        if kept is None:
            raise ValueError(f"{self.folder}: the design keeps no trajectories")
        return self._with_cells(
            "curves", None, ["cell", "step"] if kept.quantiles else ["cell", "seed", "step"]
        )

    def cadcad(self) -> pd.DataFrame:
        """The curves in cadCAD's frame: the sensors, then simulation, subset, run, substep, timestep.

        A subset is a cell, a run a seed from 1 on; row 0 of each is the beginning, with substep 0, as cadCAD has it.
        Of a timestep in several substeps, the last one is there.

        Raises:
            ValueError: the design does not keep every run's curves.
        """
        kept = self.design.trajectories
        if kept is None or kept.quantiles:
            raise ValueError(
                f"{self.folder}: cadCAD's frame needs every run's curves; write trajectories: {{of: [...]}}"
            )
        table = self._sorted(self.store.table("curves"), ["cell", "seed", "step"]).to_pandas()
        frame = table[list(kept.of)].copy()
        frame["simulation"] = 0
        frame["subset"] = table["cell"]
        frame["run"] = table["seed"] - self.design.first_seed + 1
        substeps = getattr(self.design.subject.economy, "substeps", 1)
        frame["substep"] = (table["step"] > 0).astype("int64") * substeps
        frame["timestep"] = table["step"]
        return frame

    def _known(self, figures: list[str] | None) -> list[str] | None:
        for name in figures or ():
            if name not in self.figures:
                raise ValueError(f"unknown figure {name!r}; there are {', '.join(self.figures)}")
        return None if figures is None else [*IDENTITY, *figures]

    def _with_cells(self, name: str, columns: list[str] | None, order: list[str]) -> pd.DataFrame:
        table = self.store.table(name, columns)
        frame = self._sorted(table, order).to_pandas()
        settings = self.cells.drop(columns=[name for name in self.cells if name in frame])
        return settings.merge(frame, left_index=True, right_on="cell").reset_index(drop=True)

    @staticmethod
    def _sorted(table: pa.Table, order: list[str]) -> pa.Table:
        return table.sort_by([(name, "ascending") for name in order])
