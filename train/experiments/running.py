"""Running an experiment: what is not done yet, chunk by chunk, each written when it is done."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from envs import __version__

from ..writing.provenance import command, commit, device
from .design import Design
from .engines import Chunk, Engine, Here, processor_kind
from .plan import Plan
from .results import Results
from .store import Store

FILES = 200
"""About as many pairs of files are written, however many batches there are."""


def run(
    design: Design,
    folder: Path | str,
    engine: Engine | None = None,
    *,
    chunk: int | None = None,
    quiet: bool = False,
) -> Results:
    """Runs an experiment, or goes on with it, and returns what came out.

    Killed at any time and called again it goes on where it was: nothing twice, nothing lost. The results are the same
    to the last bit with any engine and any chunk.

    Args:
        folder: of its files, see `store`.
        engine: who computes; by default this process.
        chunk: batches that are computed and written together.
        quiet: shows no progress.

    Raises:
        ValueError: the folder holds another experiment or is being written by somebody else, or a run's figure is no number.
        OSError: nothing more can be written, for want of space, say. What was written before is kept.
    """
    plan, store = Plan(design), Store(Path(folder))
    plan.check()
    store.begin(plan, provenance(plan))
    with store.locked():
        store.clean()
        todo = sorted(set(range(plan.batch_count)) - store.done())
        chunks = list(chunked(plan, todo, chunk or max(1, plan.batch_count // FILES)))
        with _bar(plan, len(todo), quiet) as bar:
            runs = plan.run_count / plan.batch_count

            def progress(batches: Any) -> None:
                bar.update(runs * batches)

            for numbers, tables in (engine or Here()).done(plan, chunks, progress):
                store.write(numbers, tables)
    return Results(store.folder)


def chunked(plan: Plan, batches: Iterable[int], size: int) -> Iterator[Chunk]:
    """Adjacent batches of one group, so many together at most."""
    starts = {group.first for group in plan.groups}
    chunk: list[int] = []
    for number in batches:
        if chunk and (number != chunk[-1] + 1 or number in starts or len(chunk) == size):
            yield chunk
            chunk = []
        chunk.append(number)
    if chunk:
        yield chunk


def _bar(plan: Plan, left: int, quiet: bool) -> Any:
    """Runs done, runs a second and the time left; what was done before counts as done."""
    total = plan.run_count
    return tqdm(
        total=total,
        initial=round(total * (1.0 - left / plan.batch_count)),
        desc=f"{len(plan.cells)} cells",
        unit="run",
        bar_format="{desc}: {percentage:3.0f}%|{bar}| {n:.0f}/{total} runs [{rate_fmt}, {remaining} left]",
        disable=quiet,
    )


def provenance(plan: Plan) -> dict[str, Any]:
    """Where the numbers come from."""
    return {
        "version": __version__,
        "commit": commit(),
        "command": command(),
        "device": device(),
        "torch": str(torch.__version__),
        "processor": processor_kind(),
        "compiled": any(group.compiled for group in plan.groups),
        "width": plan.width,
    }
