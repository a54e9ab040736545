"""What the commands that study a task share: cadence, horizon, stress."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from matplotlib.figure import Figure

from envs.core.task import Task

from ..command import Count, OnTask
from ..writing.files import folder_for, publish
from ..writing.provenance import lines


@dataclass(kw_only=True)
class Study(OnTask):
    """Options of every study."""

    name: ClassVar[str]

    horizon: Count | None = None
    """Steps of an episode; by default the task's."""
    out: Path | None = None
    """Folder of the results; by default results/<task>/<study>."""

    def subject(self) -> Task:
        """The task, with the horizon asked for."""
        task = self.chosen_task()
        return task if self.horizon is None else replace(task, horizon=self.horizon)

    def folder(self) -> Path:
        """Where the results go, once it is sure that they can."""
        default = Path("results") / self.chosen_task().folder / self.name
        return folder_for(self.out or default, f"{self.name}.md", f"{self.name}.csv")


def report(
    folder: Path, name: str, title: str, parts: list[str], table: str, figures: dict[str, Figure]
) -> None:
    """Writes <name>.md, with where it comes from, <name>.csv and the figures beside it; prints the report."""
    text = "\n\n".join([f"# {title}", "\n".join(lines()), *parts]) + "\n"
    for figure in figures.values():
        figure.set_dpi(75)
    drawn = {f"{file}.png": figure for file, figure in figures.items()}
    print(text, flush=True)  # before what may fail
    publish(folder, {f"{name}.csv": table, f"{name}.md": text, **drawn})
    print(f"results in {folder}")
