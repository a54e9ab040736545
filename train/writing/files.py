"""Where results go: found out before the work, and files that are either whole or not there."""

import io
import os
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from matplotlib.figure import Figure

HELD = {signal.SIGINT, signal.SIGTERM} | ({signal.SIGHUP} if hasattr(signal, "SIGHUP") else set())


def folder_for(folder: Path, *names: str, option: str = "--out") -> Path:
    """A folder, once it is sure that files of these names can be written there; nothing is left behind.

    Raises:
        ValueError: a file is in the way, or the folder cannot be made or written.
    """
    for one in (folder, *folder.parents):
        if one.exists() or one.is_symlink():
            if not one.is_dir():
                raise ValueError(f"{option} {folder}: {one} is no folder")
            break
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ValueError(f"{option} {folder} cannot be written: {error.strerror}") from None
    finally:
        for one in made:
            if one.is_dir():
                one.rmdir()
    for name in names:
        if (folder / name).is_dir():
            raise ValueError(f"{option} {folder}: {name} in it is a folder; it must be free for a file")
    return folder


def file_for(file: Path, *inputs: Path, option: str = "--out") -> Path:
    """A file, once it is sure that it can be written and is none of the command's inputs.

    Raises:
        ValueError: it is not so.
    """
    if file.is_dir():
        raise ValueError(f"{option} {file} is a folder; it must be a file")
    if file.exists() and not file.is_file():
        raise ValueError(f"{option} {file} is no regular file")
    if file.is_symlink() and not file.exists():
        raise ValueError(f"{option} {file} is a link that leads nowhere")
    for one in inputs:
        if one.exists() and file.exists() and file.samefile(one):
            raise ValueError(f"{option} {file} is read by the command itself; it must be another file")
    folder_for(file.parent, option=option)
    return file


def unused(folder: Path) -> Path:
    """That folder, or the first of <folder>_2, <folder>_3, ... that does not exist yet."""
    number, free = 1, folder
    while free.exists():
        number += 1
        free = folder.with_name(f"{folder.name}_{number}")
    return free


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file to write beside `path`; it takes its place when it is whole, and a failure leaves the old one.

    Where `path` is a link, the file that it leads to is replaced.

    Raises:
        OSError: naming `path`, where the disk does not take it.
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        if error.filename not in (None, str(partial), partial):  # another file's
            raise
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        partial.unlink(missing_ok=True)


def write_atomically(path: Path, content: str | bytes) -> None:
    """Writes a file, text as UTF-8, so that a failure leaves the old one."""
    with whole(path) as partial:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)


def publish(folder: Path, files: Mapping[str, str | bytes | Figure]) -> None:
    """Writes files that belong together: all are whole before the first takes its place, and signals wait."""
    made = {name: _drawn(one) if isinstance(one, Figure) else one for name, one in files.items()}
    with uninterrupted(), ExitStack() as places:
        for name, content in made.items():
            partial = places.enter_context(whole(folder / name))
            partial.write_bytes(content.encode() if isinstance(content, str) else content)


def _drawn(figure: Figure) -> bytes:
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi="figure")
    return drawn.getvalue()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Signals that end a command wait until what is inside is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
