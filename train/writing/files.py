"""Files that are either whole or not there."""

import os
from pathlib import Path
from typing import Any


def write_atomically(path: Path, text: str) -> None:
    """Writes a file beside its name and moves it there, so that a failure leaves the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def save(model: Any, path: Path) -> None:
    """Writes a stable-baselines3 model beside its name and moves it there."""
    partial = path.with_suffix(".part.zip")
    try:
        model.save(partial, exclude=["logger", "clock"])
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
