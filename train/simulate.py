"""Runs an economy alone, from a parameter file to a table of every step.

python -m train.simulate safe_network --params FILE.params.json --out OUT.csv
"""

import argparse
import csv
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from envs import ECONOMIES, Reference, model_of
from envs.core.chance import Chance, Exact, Expected, Replay, seeds_from
from envs.core.economy import Economy

EPILOG = """\
The parameter file is a JSON object with the keys
  params    the economy's parameters; what it leaves out keeps the published value
  days      (or steps, at the top or in params) how long to run
  columns   optional: which columns to write, and in which order
  mode      optional: "deterministic" takes the mean of every draw
  seeds     optional: run that many seeds and write <column>_mean and <column>_std (sample deviation)
Some economies know more keys; the parameter files in tests/reference/<economy>/ are examples.

example:
  python -m train.simulate safe_network --out i5.csv \\
      --params tests/reference/safe_network/v2_i5_hist.params.json
"""


class UsageError(Exception):
    """Input that cannot be used; the message names the field and the fix."""


def load(path: Path) -> dict[str, Any]:
    """The JSON object in a parameter file."""
    try:
        file = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"--params {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:  # not UTF-8, or not JSON
        raise UsageError(f"--params {path} is not valid JSON: {error}") from None
    if not isinstance(file, dict):
        raise UsageError(f"--params {path} holds a {type(file).__name__}; it must hold a JSON object")
    return file


def whole(file: Mapping[str, Any], names: Sequence[str], default: int | None, least: int) -> int | None:
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
    try:
        reference = model_of(name).reference
    except ValueError as error:
        raise UsageError(str(error)) from None
    if reference is None:
        raise UsageError(f"{name} declares no reference parameter files")
    return reference


def economy_of(name: str, file: Mapping[str, Any]) -> Economy[Any]:
    """The economy that the parameter file describes."""
    try:
        return reference_of(name).read(file)
    except (ValueError, TypeError, OverflowError) as error:
        raise UsageError(str(error)) from None


def read_draws(path: Path, steps: int) -> Replay:
    """Injected draws: a column for each name, and a row for each step."""
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream, strict=True))
        columns = {name: [float(row[name]) for row in rows] for name in rows[0]} if rows else {}
    except OSError as error:
        raise UsageError(f"--draws {path}: {error.strerror}") from None
    except (ValueError, TypeError, csv.Error) as error:
        raise UsageError(f"--draws {path} is not a table of numbers: {error}") from None
    if len(rows) < steps:
        raise UsageError(f"--draws {path} has {len(rows)} rows; {steps} steps need {steps}")
    draws = {name: torch.tensor(values, dtype=torch.float64)[:, None] for name, values in columns.items()}
    for name, values in draws.items():
        if not bool(torch.isfinite(values).all()):
            raise UsageError(f"--draws {path}: column {name} holds a number that is not finite")
    return Replay(draws)


def source(file: Mapping[str, Any], draws: Path | None, steps: int, seed: int, batch: int) -> Chance:
    """Where this run's randomness comes from."""
    if draws is not None:
        if batch > 1:
            raise UsageError("--draws replays one run; leave out seeds")
        return read_draws(draws, steps)
    if file.get("mode") == "deterministic":
        return Expected(batch)
    return Exact(seeds_from(seed, batch))


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


def check_output(out: Path) -> None:
    """Finds out before the run whether the table can be written."""
    if out.is_dir():
        raise UsageError(f"--out {out} is a folder; it must be a file")
    if out.exists() and not out.is_file():
        raise UsageError(f"--out {out} is no regular file")
    if not out.parent.is_dir():
        raise UsageError(f"--out {out}: the folder {out.parent} does not exist")
    if not os.access(out.parent, os.W_OK) or (out.exists() and not os.access(out, os.W_OK)):
        raise UsageError(f"--out {out} cannot be written: permission denied")


def write(out: Path, rows: Iterator[dict[str, float]], columns: Any) -> None:
    """Writes the table beside its place and moves it there when it is whole."""
    partial: Path | None = None
    try:
        handle, name = tempfile.mkstemp(prefix=f".{out.name}.", dir=out.parent)
        partial = Path(name)
        with os.fdopen(handle, "w", newline="", encoding="utf-8") as stream:
            writer, names = csv.writer(stream, lineterminator="\n"), None
            for row in rows:
                if names is None:
                    names = chosen(columns, list(row))
                    writer.writerow(names)
                writer.writerow([f"{row[name]:.17g}" for name in names])
        partial.chmod(0o666 & ~_umask())
        partial.replace(out)
    except OSError as error:
        raise UsageError(f"--out {out}: {error.strerror}") from None
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def run(name: str, params: Path, out: Path, draws: Path | None = None, seed: int = 0) -> None:
    """Everything that the command does.

    Raises:
        UsageError: unusable input, or a run that the economy cannot carry out.
    """
    file = load(params)
    economy = economy_of(name, file)
    steps = whole(file, ("steps", "days"), None, 1)
    if steps is None:
        raise UsageError(f"--params {params} does not say how long to run; add days (or steps)")
    seeds = whole(file, ("seeds",), None, 2)
    check_output(out)
    batch = seeds or 1
    chance = source(file, draws, steps, seed, batch)
    with torch.inference_mode():
        reference = reference_of(name)
        run = reference.rows(economy, steps, chance, batch)
        bar = tqdm(run, total=steps + reference.initial_row, desc=name, unit="step", mininterval=0.5)
        try:
            write(
                out,
                (summary(row, reference.time_column, seeds is not None) for row in bar),
                file.get("columns"),
            )
        except (KeyError, RuntimeError) as error:
            raise UsageError(str(error.args[0])) from None
        finally:
            bar.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m train.simulate",
        description="Run an economy alone, its levers neutral, and write every step to a CSV file.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("economy", help=f"one of {', '.join(sorted(ECONOMIES))}")
    parser.add_argument("--params", type=Path, required=True, help="parameter file, JSON")
    parser.add_argument("--out", type=Path, required=True, help="table to write, CSV; replaced when whole")
    parser.add_argument("--draws", type=Path, help="CSV of injected draws: a column a name, a row a step")
    parser.add_argument("--seed", type=int, default=0, help="first seed of random runs (default 0)")
    given = parser.parse_args(arguments)
    torch.set_num_threads(1)  # one run, or a few: threads would only wait for one another
    try:
        run(given.economy, given.params, given.out, given.draws, given.seed)
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"stopped; {given.out} was not written", file=sys.stderr)
        return 130
    print(f"{given.out} written", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
