"""Print the published figures of an economy beside ours, as a Markdown table.

python -m train published ECONOMY --out FILE.md
python -m train published --task TASK
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import tyro
from tqdm import tqdm

from envs import MODELS, load_plugins, model_of, task_of

from .command import Arguments as Common
from .command import Threads, UsageError, command
from .writing.files import file_for, write_atomically
from .writing.provenance import lines


@dataclass(kw_only=True)
class Arguments(Common):
    """Print published figures beside ours."""

    economy: tyro.conf.Positional[str | None] = None
    """Name of the economy; my_pkg:farm imports my_pkg before."""
    task: str | None = None
    """Id of a task, whose economy is meant."""
    out: Path | None = None
    """File to write the table to, too."""
    threads: Threads | None = 1
    """Threads of torch: small batches would only make them wait for one another."""


def track(steps: Iterable[Any], label: str, total: int) -> Iterable[Any]:
    """The steps, with a progress bar."""
    return tqdm(steps, desc=label, total=total, mininterval=0.5)


def run(arguments: Arguments) -> str:
    """Makes the table, prints it with where it comes from, and writes it; returns what was printed."""
    if (arguments.economy is None) == (arguments.task is None):
        load_plugins()
        known = ", ".join(name for name, model in MODELS.items() if model.published)
        raise UsageError(f"name one economy, or a task by --task; published figures declare {known}")
    model = model_of(arguments.economy or task_of(arguments.task or ""))
    if model.published is None:
        raise UsageError(f"{model.name} declares no published figures")
    out = None if arguments.out is None else file_for(arguments.out)
    with torch.inference_mode():
        table = model.published(track)
    text = table.markdown() + "\n" + "\n".join(lines()) + "\n"
    print(text)
    if out is not None:
        write_atomically(out, text)
    return text


main = command("published", Arguments, run, __doc__)

if __name__ == "__main__":
    sys.exit(main())
