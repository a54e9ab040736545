"""What the commands that study a task share: train.cadence, train.horizon, train.stress."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, TypeVar

import torch
import tyro
from matplotlib.figure import Figure

from agents.controller import Controller
from agents.policy import Policy
from envs import task_of
from envs.core.task import Task

from .evaluate import chosen
from .writing.files import write_atomically
from .writing.provenance import lines


@dataclass
class Study:
    """Options of every study."""

    name: ClassVar[str]

    task: str = "tokenomics/SafeNetwork-v0"
    """Id of the task."""
    horizon: int | None = None
    """Steps of a episode; by default the task's."""
    out: Path | None = None
    """Folder of the results; by default results/<task>/<study>."""
    threads: int | None = None
    """Threads of torch; by default all cores."""

    def subject(self) -> Task:
        """The task, with the horizon asked for."""
        task = task_of(self.task)
        return task if self.horizon is None else replace(task, horizon=self.horizon)

    def folder(self) -> Path:
        """Where the results go."""
        return self.out or Path("results") / self.task.rpartition("/")[2] / self.name


Kind = TypeVar("Kind", bound=Study)


def contenders(task: Task, names: tuple[str, ...]) -> list[Controller]:
    """Rules by their names and policies by their paths; of several policies, each `ppo/<file or folder>`.

    Raises:
        ValueError: neither.
    """
    found = [chosen(task, name) for name in names]
    learned = [(one, Path(name)) for one, name in zip(found, names, strict=True) if isinstance(one, Policy)]
    for policy, path in learned:
        label = path.parent.name if path.stem in ("best", "last") else path.stem
        policy.name = f"ppo/{label}" if len(learned) > 1 else "ppo"
    return found


def publish(folder: Path, name: str, title: str, parts: list[str], figures: dict[str, Figure]) -> None:
    """Writes <name>.md, with where it comes from, and the figures beside it; prints the report."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, figure in figures.items():
        figure.savefig(folder / f"{file}.png", dpi=75)
    report = "\n\n".join([f"# {title}", "\n".join(lines()), *parts]) + "\n"
    write_atomically(folder / f"{name}.md", report)
    print(report)
    print(f"results in {folder}")


def command(kind: type[Kind], run: Callable[[Kind], None], description: str | None) -> None:
    """The command line of a study."""
    arguments = tyro.cli(kind, description=description)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    try:
        with torch.inference_mode():
            run(arguments)
    except ValueError as error:
        sys.exit(f"train.{kind.name}: {error}")
