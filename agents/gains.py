"""Files of tuned gains: written by the command `tune`, read by the rules.

A file maps the id of a task to `gains` (name of a search → gain → value) and to where they come from.
"""

import json
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

Found = Mapping[str, Mapping[str, float]]
"""Name of a search → gain → value."""


def read_file(file: Path) -> dict[str, Any]:
    """Everything in a file of gains; nothing where there is no file yet.

    Raises:
        ValueError: it is damaged.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    except (OSError, ValueError, RecursionError) as error:
        raise ValueError(f"cannot read gains from {file}: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{file} must map tasks to gains")
    return content


def tuned(file: Path, task: str) -> Found:
    """The gains found on a task.

    Raises:
        ValueError: the file is damaged or holds none for it.
    """
    entry = read_file(file).get(task)
    if entry is None:
        raise ValueError(f"{file} holds no gains for {task}; the command tune finds them")
    found: Any = entry.get("gains") if isinstance(entry, dict) else None
    if not isinstance(found, dict) or not all(_numbers(gains) for gains in found.values()):
        raise ValueError(f"{file}: gains of {task} must map searches to finite numbers by name")
    return dict[str, Mapping[str, float]](found)


def _numbers(gains: Any) -> bool:
    return isinstance(gains, dict) and all(
        isinstance(one, int | float) and not isinstance(one, bool) and isfinite(one) for one in gains.values()
    )
