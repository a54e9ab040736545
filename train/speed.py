"""Measure steps per second: environment, training, and the model that an economy was ported from.

    python -m train speed --task TASK
    python -m train speed --task TASK --batch 64 4096 --compile eager --training --no-original

Beside the environment at decision interval 1 run Gymnasium's CartPole and, where its model declares one, another
implementation of the economy. Whole runs are set beside the original's speed. The limit is what the memory allows:
bytes that a step must read and write, over measured copy bandwidth.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from tqdm import tqdm

from envs import model_of
from envs.core.table import markdown
from envs.core.task import Task

from .command import Count, OnTask, Seconds, Threads, UsageError, command, once
from .judging.speed import ROUNDS, Clock, Row, bandwidth, beside_original, measure
from .judging.training_speed import Figure, processes, trained
from .writing.files import file_for, publish
from .writing.provenance import lines


@dataclass(kw_only=True)
class Arguments(OnTask):
    """Measure steps per second."""

    batch: tuple[Count, ...] = (1, 64, 4096, 65536)
    """Numbers of environments."""
    compile: tuple[Literal["eager", "compiled"], ...] = ("eager", "compiled")
    """Which forms of the simulation."""
    training: tuple[Count, ...] = (2048,)
    """Numbers of environments for inference and training; none leaves them out."""
    original: bool = True
    """Set whole runs beside the original model, where there is one."""
    seconds: Seconds = 0.2
    """Duration of a round."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the tensors live; auto: a GPU where there is one."""
    threads: Threads = 1
    """Threads of torch on the CPU."""
    out: Path | None = None
    """File for the figures: .json, or .md for the report as it is printed."""


HEAD = (
    "contender",
    "batch",
    "steps/s",
    "× CartPole",
    "× peer",
    "bytes/step",
    "of copy limit",
    "compile s",
    "peak MiB",
)
TRAINING_HEAD = ("contender", "environments", "decisions/s", "steps/s", "first call s")


def table(rows: list[Row], device: str) -> str:
    """The environment and its peers in Markdown."""
    cells: list[tuple[str, ...]] = [
        (
            row.name, f"{row.batch:,}", f"{row.steps_per_second:,.0f}", f"{row.over_cartpole:.2f}",
            shown(row.over_peer, ".2f"), shown(row.bytes_per_step, "d"), shown(row.of_limit, ".0%"),
            shown(row.compile_seconds, ".0f"), f"{row.peak_mebibytes:,.0f}",
        )
        for row in rows
    ]  # fmt: skip
    if device != "cuda":
        cells.append(("on a GPU", "not measured", *[""] * (len(HEAD) - 2)))
    return markdown(HEAD, cells)


def training_table(figures: list[Figure]) -> str:
    """Inference and training in Markdown; a decision lasts the task's own interval."""
    cells: list[tuple[str, ...]] = [
        (
            one.name, f"{one.batch:,}", shown(one.decisions_per_second, ",.0f") or "not measured",
            shown(one.steps_per_second, ",.0f") or "not measured", shown(one.compile_seconds, ".0f"),
        )
        for one in figures
    ]  # fmt: skip
    if not torch.cuda.is_available():
        cells.append(("on a GPU", "", "not measured", "not measured", ""))
    return markdown(TRAINING_HEAD, cells)


def shown(value: float | None, form: str) -> str:
    """A number in that form; nothing where there is none."""
    return "" if value is None else format(value, form)


def run(arguments: Arguments) -> list[Row]:
    """Measures, prints the tables, and writes the file."""
    task = arguments.chosen_task()
    if not arguments.batch or not arguments.compile:
        raise UsageError("--batch needs at least one number, and --compile eager, compiled or both")
    for name in ("batch", "compile", "training"):
        once(f"--{name}", getattr(arguments, name))
    out = None if arguments.out is None else file_for(arguments.out)
    if out is not None and out.suffix not in (".json", ".md"):
        raise UsageError(f"--out {out} ends in {out.suffix!r}; it must be a .json or a .md")
    if arguments.device == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device is cuda; torch finds no GPU here")
    found = "cuda" if torch.cuda.is_available() else "cpu"
    device = found if arguments.device == "auto" else arguments.device
    torch.set_num_threads(arguments.threads)
    clock = Clock(device, arguments.threads)
    copied = bandwidth(clock, device)
    rows: list[Row] = []
    for batch in tqdm(arguments.batch, desc="batch"):
        rows += measure(task, batch, arguments.compile, arguments.seconds, device, clock, copied)
    learning: list[Figure] = []
    for number in arguments.training:
        learning += trained(task, number, device, clock)
    if learning:
        learning.append(processes(task, os.cpu_count() or 1))
    beside = original_of(task, arguments, copied)
    seconds = "CPU seconds of the process" if clock.process else "seconds of the wall clock"
    context = [
        *lines(),
        f"- threads of torch: {arguments.threads}; {seconds}, the best of {ROUNDS} rounds",
        f"- load of the machine (1, 5, 15 min): {', '.join(f'{load:.1f}' for load in os.getloadavg())}",
        f"- copy bandwidth, reads and writes: {copied / 1e9:.1f} GB/s",
    ]
    report = [f"# {task.id}, steps per second", "", *context, "", table(rows, device)]
    if learning:
        report += ["", f"Inference and training, at the task's interval of {task.interval}:", ""]
        report.append(training_table(learning))
    report += ["", beside] if beside else []
    text = "\n".join(report) + "\n"
    print(text, flush=True)
    if out is not None:
        content: dict[str, Any] = {"task": task.id, "context": context, "copy_bytes_per_second": copied}
        content["rows"] = [asdict(row) for row in rows]
        content["training"] = [asdict(one) for one in learning]
        figures = json.dumps(content, indent=1) + "\n"
        publish(out.parent, {out.name: text if out.suffix == ".md" else figures})
    return rows


def original_of(task: Task, arguments: Arguments, copied: float) -> str:
    """Whole runs beside the original; nothing where none is asked for or declared."""
    original = model_of(task).original if arguments.original else None
    if original is None or original.cases is None:
        return ""
    compiled = "compiled" in arguments.compile
    with torch.inference_mode():
        cases = original.cases(task, max(arguments.batch), compiled)
        return beside_original(cases, original.about, copied, arguments.seconds)


main = command("speed", Arguments, run, __doc__)

if __name__ == "__main__":
    sys.exit(main())
