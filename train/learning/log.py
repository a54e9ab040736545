"""Scalars and pictures for TensorBoard."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams

from .learner import Environment


class Log:
    """The events of a training.

    Args:
        folder: of the events.
        begun_at: decisions at which it begins or goes on; what was logged after them, by a training that was
            killed, counts no more.

    Raises:
        OSError: naming the folder, where the disk does not take what its methods write.
    """

    def __init__(self, folder: Path, begun_at: int = 0) -> None:
        self.folder = folder
        threading.excepthook = _told  # the writer has a thread of its own
        self.writer = SummaryWriter(str(folder), flush_secs=10, purge_step=begun_at + 1)

    def settings(self, settings: Mapping[str, Any]) -> None:
        """The settings, for the page HPARAMS."""
        shown = {name: value for name, value in settings.items() if isinstance(value, int | float | str)}
        with self._writing():
            for summary in hparams(shown, {"eval/mean_score": 0.0, "eval/worst_score": 0.0}):
                self.writer._get_file_writer().add_summary(summary)

    def scalars(self, scalars: Mapping[str, float], decisions: int) -> None:
        """Scalars by their tags, after so many decisions."""
        with self._writing():
            for tag, value in scalars.items():
                self.writer.add_scalar(tag, value, decisions)

    def image(self, tag: str, image: Any, decisions: int) -> None:
        """A picture (height, width, 3)."""
        with self._writing():
            self.writer.add_image(tag, image, decisions, dataformats="HWC")

    def close(self) -> None:
        """Writes what is left."""
        with self._writing():
            self.writer.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OSError(error.errno, error.strerror or str(error), str(self.folder)) from error


def _told(failed: threading.ExceptHookArgs) -> None:
    """Says nothing of a disk that takes no more, which the next to write is told, and what is usual of the rest."""
    if not isinstance(failed.exc_value, OSError):
        threading.__excepthook__(failed)


def economics(environment: Environment) -> dict[str, float]:
    """Means over the batch of key figures, costs, rewards and levers, fetched from the device at once."""
    simulation, transition = environment.simulation, environment.transition
    run = simulation.last
    assert transition is not None
    levers = simulation.levers.values(run.positions)
    named = {f"econ/{name}": value for name, value in simulation.economy.metrics(run.state).items()}
    named |= {f"cost/{name}": value for name, value in transition.costs.items()}
    named |= {f"reward/{name}": value for name, value in transition.terms.items()}
    named |= {f"action/{name}": value for name, value in levers.items()}
    means = torch.stack([value.to(torch.float64).mean() for value in named.values()])
    spread = torch.stack([value.std(correction=0) for value in levers.values()])
    scalars = dict(zip(named, means.tolist(), strict=True))
    return scalars | {
        f"action/{name}_deviation": at for name, at in zip(levers, spread.tolist(), strict=True)
    }
