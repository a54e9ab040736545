"""The folder of an experiment: its design, and a pair of Parquet files for every chunk that is done.

    design.yml, cells.parquet, provenance.json
    runs/00000012-00000015.parquet      rows of the runs of these batches
    curves/00000012-00000015.parquet    their curves, where the design keeps them; written first

A file takes its name when it is whole, and the file of the runs is what says that its batches are done. So a process may
be killed at any time: what has a name stays, what has none is removed and done again.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import yaml
from filelock import FileLock, Timeout

from ..writing.files import folder_for, whole, write_atomically
from .batches import Tables
from .design import Design
from .plan import Plan
from .reading import content_of, design_of

FOLDERS = ("runs", "curves")
WORDS = ("question", "limits", "goals", "reliability")
"""What of a design changes no run, and may be another when an experiment goes on."""
SAME = ("version", "torch", "processor", "compiled")
"""What must be the same when an experiment goes on, since its numbers hang on it."""


@dataclass(frozen=True)
class Store:
    """An experiment's folder."""

    folder: Path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else writes meanwhile.

        Raises:
            ValueError: somebody does.
        """
        try:
            with FileLock(self.folder / ".lock", timeout=0):
                yield
        except Timeout:
            raise ValueError(f"{self.folder} is being written by another process") from None

    def begin(self, plan: Plan, provenance: dict[str, Any]) -> None:
        """Makes the folder, or finds the same experiment in it.

        Raises:
            ValueError: it holds another one, or one whose numbers were made by another version.
        """
        folder_for(self.folder)
        if not (self.folder / "design.yml").exists():
            if self.folder.exists() and any(one.name != ".lock" for one in self.folder.iterdir()):
                raise ValueError(f"{self.folder} holds something else; name a new folder")
            write_atomically(self.folder / "provenance.json", json.dumps(provenance, indent=1) + "\n")
            with whole(self.folder / "cells.parquet") as partial:
                pq.write_table(cells_table(plan), partial)
            write_atomically(self.folder / "design.yml", _yaml(plan.design))
        for name in FOLDERS:
            (self.folder / name).mkdir(exist_ok=True)
        self._check_same(plan.design, provenance)
        if self.design() != plan.design:
            write_atomically(self.folder / "design.yml", _yaml(plan.design))

    def _check_same(self, design: Design, provenance: dict[str, Any]) -> None:
        before, now = content_of(self.design()), content_of(design)
        for name, value in now.items():
            if name not in WORDS and before[name] != value:
                raise ValueError(
                    f"{self.folder} holds another experiment: its {name} is {before[name]}, not {value}; name a new folder"
                )
        began = self.provenance()
        for name in SAME:
            if began[name] != provenance[name]:
                raise ValueError(
                    f"{self.folder} was begun with {name} {began[name]}, and this is {provenance[name]}: numbers may "
                    "differ in their last digits; name a new folder"
                )

    def design(self) -> Design:
        """The design that is run here.

        Raises:
            ValueError: there is none.
        """
        file = self.folder / "design.yml"
        if not file.exists():
            raise ValueError(f"{self.folder} holds no experiment; the command experiment makes one")
        return design_of(yaml.safe_load(file.read_text(encoding="utf-8")))

    def provenance(self) -> dict[str, Any]:
        """Where its numbers come from."""
        found: dict[str, Any] = json.loads((self.folder / "provenance.json").read_text(encoding="utf-8"))
        return found

    def clean(self) -> None:
        """Removes what a process left behind that was killed, and files that are damaged."""
        kept = FOLDERS if self.design().trajectories else FOLDERS[:1]
        done = set.intersection(
            *({file.name for file in self.files(name) if _is_whole(file)} for name in kept)
        )
        for name in FOLDERS:
            for file in (self.folder / name).iterdir():
                if file.name not in done:
                    file.unlink()

    def done(self) -> set[int]:
        """Numbers of the batches that are done."""
        return {number for file in self.files("runs") for number in range(*_span(file))}

    def files(self, name: str) -> list[Path]:
        """The files of a folder, in the order of their batches."""
        return sorted(
            file for file in (self.folder / name).glob("*.parquet") if not file.name.startswith(".")
        )

    def write(self, batches: Iterable[int], tables: Tables) -> None:
        """Writes what came out of adjacent batches.

        Raises:
            OSError: the disk is full, say; nothing of it is there then.
        """
        numbers = list(batches)
        name = f"{numbers[0]:08d}-{numbers[-1]:08d}.parquet"
        for folder, table in (("curves", tables.curves), ("runs", tables.runs)):
            if table is not None:
                with whole(self.folder / folder / name) as partial:
                    pq.write_table(table, partial)

    def table(self, name: str, columns: list[str] | None = None) -> pa.Table:
        """All rows of the folder `runs` or `curves`, some or all columns, in the order of batches."""
        return ds.dataset(self.files(name), format="parquet").to_table(columns)

    def rows(self) -> int:
        """Runs that are written."""
        return int(ds.dataset(self.files("runs"), format="parquet").count_rows())

    def table_schema(self, name: str) -> pa.Schema:
        """The columns of the folder `runs` or `curves`."""
        return pq.read_schema(self.files(name)[0])


def cells_table(plan: Plan) -> pa.Table:
    """The cells; a value that is neither number nor word is written as text."""
    cells = plan.cells.reset_index()
    for name in cells.columns:
        if cells[name].dtype == object and not all(isinstance(one, str) for one in cells[name]):
            cells[name] = cells[name].map(str)
    return pa.Table.from_pandas(cells, preserve_index=False)


def _span(file: Path) -> tuple[int, int]:
    first, last = file.stem.split("-")
    return int(first), int(last) + 1


def _is_whole(file: Path) -> bool:
    try:
        return pq.read_metadata(file).num_rows > 0
    except (pa.ArrowInvalid, OSError):
        return False


def _yaml(design: Design) -> str:
    return yaml.safe_dump(content_of(design), sort_keys=False, allow_unicode=True)
