"""How long a training lasts: decisions, seconds of learning, or both."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Budget:
    """What is used of a budget. Evaluation, saving and compilation cost no seconds of it.

    Args:
        steps: decisions in all. seconds: of learning in all, or None; whichever ends first ends the training.
        decisions, trained: used before, by the training that this one resumes.
    """

    def __init__(self, steps: int, seconds: float | None, decisions: int = 0, trained: float = 0.0) -> None:
        self.steps, self.seconds = steps, seconds
        self.decisions, self._trained = decisions, trained
        self._since: float | None = None
        self.resumed_at = (decisions, trained)

    @property
    def trained(self) -> float:
        """Seconds of learning so far."""
        return self._trained + (0.0 if self._since is None else time.monotonic() - self._since)

    @property
    def progress(self) -> float:
        """Share of the budget used."""
        by_steps = self.decisions / self.steps
        return min(1.0, by_steps if self.seconds is None else max(by_steps, self.trained / self.seconds))

    @property
    def left(self) -> bool:
        """Whether there is anything left."""
        return self.progress < 1.0

    @property
    def rate(self) -> float:
        """Decisions per second of learning, since the training began or was resumed."""
        decisions, trained = self.resumed_at
        return (self.decisions - decisions) / max(self.trained - trained, 1e-9)

    @contextmanager
    def learning(self) -> Iterator[None]:
        """Counts the seconds within."""
        self._since = time.monotonic()
        try:
            yield
        finally:
            self._trained, self._since = self.trained, None
