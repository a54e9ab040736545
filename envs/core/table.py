"""Tables: rows of cells, and the one way to write them as Markdown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


def markdown(head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table of any cells."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines
    )


@dataclass(frozen=True)
class Table:
    """A table and what one has to know to read it.

    Attributes:
        head: names of the columns.
        rows: as many cells each, ready to be shown.
        notes: a sentence or a few each.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.head):
                raise ValueError(f"row {row} has {len(row)} cells; the table has {len(self.head)} columns")

    def markdown(self) -> str:
        """The table, then the notes as a list."""
        listed = "\n".join(f"- {note}" for note in self.notes)
        return "\n\n".join(part for part in (markdown(self.head, self.rows), listed) if part) + "\n"
