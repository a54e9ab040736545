"""Ends that are asked for from outside: Ctrl-C, SIGTERM, SIGHUP."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """A training was ended from outside; the message says what is saved.

    Args:
        number: of the signal.
    """

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number


class Stop:
    """Notes signals. Until `learning` is set the first one interrupts at once; from then on it is for the loop
    to end where everything can be saved, and only a second one interrupts.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self.learning = False
        self._before: dict[int, Any] = {}

    @property
    def asked(self) -> bool:
        """Whether the training is to end."""
        return self.number is not None

    @property
    def name(self) -> str:
        """Name of the signal."""
        return signal.Signals(self.number or 0).name

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for one in SIGNALS:
                if signal.getsignal(one) is not signal.SIG_IGN:  # as under nohup
                    self._before[one] = signal.signal(one, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one, handler in self._before.items():
            signal.signal(one, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        again, self.number = self.asked, number
        if again or not self.learning:
            raise Interrupted(number, f"interrupted by {self.name}")


TOLD = (signal.SIGTERM, signal.SIGHUP) if hasattr(signal, "SIGHUP") else (signal.SIGTERM,)


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM and SIGHUP end what is inside like Ctrl-C; one that was ignored before (nohup) stays so."""

    def stop(number: int, frame: object) -> None:
        error = KeyboardInterrupt()
        error.number = number  # type: ignore[attr-defined]
        raise error

    before = {}
    try:
        for one in TOLD:
            if signal.getsignal(one) is not signal.SIG_IGN:
                before[one] = signal.signal(one, stop)
    except ValueError:  # not in the main thread, which alone may handle signals
        pass
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
