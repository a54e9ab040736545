"""Run an economy alone, from a parameter file to a table of every step.

    python -m train simulate ECONOMY --params FILE.params.json --out OUT.csv

The parameter file is a JSON object with the keys

    params    the economy's parameters; what it leaves out keeps the published value
    days      (or steps, at the top or in params) how long to run
    columns   optional: which columns to write, and in which order
    mode      optional: "deterministic" takes the mean of every draw
    seeds     optional: run that many seeds and write <column>_mean and <column>_std (sample deviation)

Some economies know more keys, levers and shocks among them, which are neutral elsewhere; the parameter files in
tests/reference/<economy>/ are examples. A cell is empty where a column is not defined.
"""

import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

import torch
import tyro
from torch import Tensor
from tqdm import tqdm

from envs import Reference, model_of
from envs.core.chance import Chance, Exact, Expected, seeds_from
from envs.core.economy import Economy
from envs.core.reference import Conditions, Course

from .command import Arguments as Common
from .command import Threads, UsageError, command
from .judging.draws import read_draws
from .writing.files import file_for, whole

MODES = ("deterministic", "stochastic", "stochastic ensemble")


@dataclass(kw_only=True)
class Arguments(Common):
    """Run an economy alone."""

    economy: tyro.conf.Positional[str]
    """Name of the economy; my_pkg:farm imports my_pkg before."""
    params: Path
    """Parameter file, JSON."""
    out: Path
    """Table to write, CSV; replaced when whole."""
    draws: Path | None = None
    """CSV of injected draws: a column for each name, a row for each step; a column of the steps' numbers may stand
    beside them. Of a recorded run, columns draw.<name>, lever.<name> and shock.<name> are taken, and no others.
    Or a JSON list of records, draw → value or nested list, the first for the initial state."""
    seed: int | None = None
    """First seed of random runs; without it the file's, or 0."""
    threads: Threads | None = 1
    """Threads of torch: one run, or a few, would only make them wait for one another."""


def load(path: Path) -> dict[str, Any]:
    """The JSON object in a parameter file."""
    try:
        file = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"--params {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:  # not UTF-8, or not JSON
        raise UsageError(f"--params {path} is not valid JSON: {error}") from None
    if not isinstance(file, dict):
        raise UsageError(f"--params {path} holds a {type(file).__name__}; it must hold a JSON object")
    return file


def whole_number(
    file: Mapping[str, Any], names: Sequence[str], default: int | None, least: int
) -> int | None:
    """The whole number under the first of `names`, at the top of the file or in its `params`."""
    for place in (file, file.get("params")):
        for name in names:
            if isinstance(place, Mapping) and name in place:
                value = place[name]
                if isinstance(value, bool) or not isinstance(value, int) or value < least:
                    raise UsageError(f"{name} is {value!r}; it must be a whole number from {least} on")
                return value
    return default


def reference_of(name: str) -> Reference:
    """How the economy of that name reads parameter files and writes tables."""
    reference = model_of(name).reference
    if reference is None:
        raise UsageError(f"{name} declares no reference parameter files")
    return reference


def described(reference: Reference, file: Mapping[str, Any]) -> tuple[Economy[Any], Course]:
    """The economy that the parameter file describes, and how it is run."""
    try:
        return reference.read(file), reference.course(file)
    except (TypeError, OverflowError) as error:
        raise UsageError(str(error)) from None


def source(
    file: Mapping[str, Any], course: Course, arguments: Arguments, steps: int, batch: int, time_column: str
) -> tuple[Chance, Conditions | None]:
    """Where this run's randomness comes from, and its levers and shocks."""
    if arguments.draws is not None:
        if batch > 1:
            raise UsageError("--draws replays one run; leave out seeds")
        chance, recorded = read_draws(arguments.draws, steps, time_column)
        return chance, recorded or course.conditions
    if course.draws == "given":
        raise UsageError("the parameter file wants injected draws; give them by --draws")
    mode = file.get("mode")
    if mode not in (None, *MODES):
        raise UsageError(f"mode is {mode!r}; it must be one of {', '.join(MODES)}, or be left out")
    if mode == "deterministic" or course.draws == "mean":
        return Expected(batch), course.conditions
    seed = course.seed if arguments.seed is None else arguments.seed
    return Exact(seeds_from(seed, batch)), course.conditions


def summary(row: Mapping[str, Tensor], clock: str, ensemble: bool) -> dict[str, float]:
    """A row of the table: the values, or the ensemble's mean and sample deviation."""
    if not ensemble:
        return {name: value[0].item() for name, value in row.items()}
    out = {clock: row[clock][0].item()}
    for name, value in row.items():
        if name != clock:
            real = value.to(torch.float64)
            out |= {f"{name}_mean": real.mean().item(), f"{name}_std": real.std().item()}
    return out


def chosen(columns: Any, present: Sequence[str]) -> list[str]:
    """The columns to write: those that the file asks for, or all."""
    if columns is None:
        return list(present)
    if not isinstance(columns, list):
        raise UsageError(f"columns is {columns!r}; it must be a list of names")
    for name in columns:
        if name not in present:
            raise UsageError(f"columns holds {name!r}; there are {', '.join(present)}")
    return columns


def write(out: Path, rows: Iterator[dict[str, float]], columns: Any) -> None:
    """Writes the table beside its place and moves it there when it is whole."""
    with whole(out) as partial, partial.open("w", newline="", encoding="utf-8") as stream:
        writer, names = csv.writer(stream, lineterminator="\n"), None
        for row in rows:
            if names is None:
                names = chosen(columns, list(row))
                writer.writerow(names)
            writer.writerow(["" if isnan(row[name]) else f"{row[name]:.17g}" for name in names])


def run(arguments: Arguments) -> None:
    """Everything that the command does.

    Raises:
        UsageError: unusable input, or a run that the economy cannot carry out.
    """
    reference = reference_of(arguments.economy)
    file = load(arguments.params)
    economy, course = described(reference, file)
    steps = whole_number(file, ("steps", "days"), None, 1)
    if steps is None:
        raise UsageError(f"--params {arguments.params} does not say how long to run; add days (or steps)")
    seeds = course.seeds or whole_number(file, ("seeds",), None, 2)
    inputs = (arguments.params, *([arguments.draws] if arguments.draws else []))
    if not arguments.out.parent.is_dir():
        raise UsageError(f"--out {arguments.out}: the folder {arguments.out.parent} does not exist")
    file_for(arguments.out, *inputs)
    batch = seeds or 1
    chance, conditions = source(file, course, arguments, steps, batch, reference.time_column)
    with torch.inference_mode():
        rows = reference.rows(economy, steps, chance, batch, conditions)
        total = steps + reference.initial_row
        with tqdm(rows, total=total, desc=arguments.economy, unit="step", mininterval=0.5) as bar:
            summaries = (summary(row, reference.time_column, seeds is not None) for row in bar)
            try:
                write(arguments.out, summaries, file.get("columns"))
            except (KeyError, RuntimeError) as error:
                raise UsageError(str(error.args[0])) from None
    print(f"{arguments.out} written", file=sys.stderr)


main = command("simulate", Arguments, run, __doc__)

if __name__ == "__main__":
    sys.exit(main())
