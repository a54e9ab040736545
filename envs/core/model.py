"""A model: everything that a command may ask of an economy, declared in one object."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from .economy import Economy
from .reference import Reference
from .table import Table
from .task import Task


class Track(Protocol):
    """Shows how far work has come while it is iterated over; the command brings the progress bar."""

    def __call__(self, steps: Iterable[Any], label: str, total: int) -> Iterable[Any]:
        """The same steps."""


def untracked(steps: Iterable[Any], label: str, total: int) -> Iterable[Any]:
    """A `Track` that shows nothing."""
    return steps


@dataclass(frozen=True)
class Case:
    """Whole runs of a batch, to be timed and set beside the implementation that an economy was ported from.

    Attributes:
        name: what runs.
        begin: starts a run, untimed.
        call: goes on; this is what is timed.
        calls: calls in a run.
        steps: environment steps in a call: its steps times the batch.
        original: steps per CPU second of the original, on this machine or as it was published.
        moved: after a call, the least bytes that it had to read and write; None where nobody counted.
    """

    name: str
    begin: Callable[[], object]
    call: Callable[[], object]
    calls: int
    steps: int
    original: Callable[[], float]
    moved: Callable[[], int] | None = None


@dataclass(frozen=True)
class Original:
    """What the speed of an economy is compared with.

    Attributes:
        about: sentences on where the original's figures come from, for the notes of the table.
        peer: name of another implementation that runs in this process, in tables.
        peer_step: economy, batch → a step of the peer under neutral levers, or None where it does not do
            what this economy's settings ask for.
        cases: task, batch, compiled or not → runs to set beside the original.
    """

    about: tuple[str, ...] = ()
    peer: str = ""
    peer_step: Callable[[Any, int], Callable[[], object] | None] | None = None
    cases: Callable[[Task, int, bool], Sequence[Case]] | None = None


@dataclass(frozen=True)
class Model:
    """A published economy, its tasks, and what is known about it. All but the first two may be absent.

    Attributes:
        economy: the class whose fields are the parameters.
        tasks: what can be played on it.
        reference: how parameter files are read and reference columns written (`simulate`).
        published: makes the table of published figures beside ours (`published`).
        original: what its speed is compared with (`speed`).
        hyperparameters: YAML file of PPO settings by task id, in the manner of RL Baselines3 Zoo.
    """

    economy: type[Economy[Any]]
    tasks: tuple[Task, ...]
    reference: Reference | None = None
    published: Callable[[Track], Table] | None = None
    original: Original | None = None
    hyperparameters: Path | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.economy, type) or not issubclass(self.economy, Economy):
            raise TypeError(f"a model's economy is {self.economy!r}; it must be a class of Economy")
        if not isinstance(self.tasks, tuple) or not all(isinstance(one, Task) for one in self.tasks):
            raise TypeError(f"tasks of {self.name} are {self.tasks!r}; they must be a tuple of Tasks")

    @property
    def name(self) -> str:
        """Name of the economy, as commands take it."""
        return self.economy.name
