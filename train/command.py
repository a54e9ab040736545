"""One way to be a command: arguments and their ranges, threads, errors, signals, and the list of all commands.

A module of this folder is a command if it ends in `main = command("name", Arguments, run, __doc__)`. Its first line
is what the list shows of it.
"""

import ast
import io
import re
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass, field, fields, is_dataclass
from importlib import import_module
from math import inf, isfinite
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import torch

from envs import TASKS, __version__, load_plugins, task_of
from envs.core.task import Task

from .learning.stopping import interruptible

PROGRAM = "tokenomics-gym"
CLONE = "python -m train"
EXTRAS = {"ray": "ray", "pyarrow": "experiments", "SALib": "experiments", "sklearn": "experiments"}
"""Package that a command may need → the extra that brings it."""
HERE = CLONE if __package__ == "train" else PROGRAM


class UsageError(ValueError):
    """What was asked for cannot be done; the message names the value and what is possible, in one line."""


@dataclass(frozen=True)
class AtLeast:
    """The range of a number: from `least` on, or only `above` it, to `most`; infinity counts where it is allowed."""

    least: float
    above: bool = False
    infinite: bool = False
    most: float = inf

    def check(self, name: str, value: Any) -> None:
        """Refuses a number outside.

        Raises:
            UsageError: naming the option.
        """
        inside = value > self.least if self.above else value >= self.least  # false for nan
        if not inside or value > self.most or not (self.infinite or isfinite(value)):
            kind = "a whole number" if isinstance(value, int) else "a number"
            bound = f"above {self.least:g}" if self.above else f"from {self.least:g} "
            bound += ("" if self.above else "on") if self.most == inf else f"to {self.most:g}"
            shown = value if isinstance(value, int) else f"{value:g}"
            raise UsageError(f"--{name.replace('_', '-')} is {shown}; it must be {kind} {bound}")


Count = Annotated[int, AtLeast(1, most=10**12)]
Step = Annotated[int, AtLeast(0, most=10**12)]
Threads = Annotated[int, AtLeast(1, most=1024)]
Seconds = Annotated[float, AtLeast(0.0, above=True)]


def default_task() -> str:
    """The first task of the registry."""
    return next(iter(TASKS))


@dataclass(kw_only=True)
class Arguments:
    """What every command takes. Numbers are checked against the ranges of their annotations."""

    threads: Threads | None = None
    """Threads of torch on the CPU; by default all cores."""

    def __post_init__(self) -> None:
        check_ranges(self)


@dataclass(kw_only=True)
class OnTask(Arguments):
    """What every command on a task takes."""

    task: str = field(default_factory=default_task)
    """Id of the task; `my_pkg:my/Farm-v0` imports my_pkg before."""

    def chosen_task(self) -> Task:
        """The task of that id.

        Raises:
            ValueError: there is none.
        """
        return task_of(self.task)


def once(option: str, values: Sequence[Any]) -> None:
    """Refuses a value that is given twice, whose episodes would count twice.

    Raises:
        UsageError: naming it.
    """
    for value in values:
        if list(values).count(value) > 1:
            raise UsageError(f"{option} holds {value} more than once")


def check_ranges(arguments: Any) -> None:
    """Checks every number of a dataclass whose annotation says what it may be.

    Raises:
        UsageError: naming the first one that is out of its range.
    """
    hints = get_type_hints(type(arguments), include_extras=True)
    for one in fields(arguments):
        value = getattr(arguments, one.name)
        for entry in value if isinstance(value, tuple) else (value,):
            for rule in _ranges(hints[one.name]):
                if isinstance(entry, int | float) and not isinstance(entry, bool):
                    rule.check(one.name, entry)


def _ranges(hint: Any) -> Iterator[AtLeast]:
    if get_origin(hint) is Annotated:
        yield from (one for one in get_args(hint)[1:] if isinstance(one, AtLeast))
    for part in get_args(hint):
        yield from _ranges(part)


Kind = TypeVar("Kind")


def command(
    name: str, kind: type[Kind], run: Callable[[Kind], object], doc: str | None
) -> Callable[[Sequence[str] | None], int]:
    """The command line of a command: a function from its words, by default the program's, to the exit status.

    Args:
        kind: dataclass of its arguments; a field's docstring is its help.
        run: does it. ValueError and OSError end it with one line and status 2, Ctrl-C, SIGTERM and SIGHUP with
            one line and 128 + the signal's number; a KeyboardInterrupt may say what was kept.
        doc: the command's help, with an example.
    """
    assert is_dataclass(kind)

    def main(words: Sequence[str] | None = None) -> int:
        _plain_streams()
        try:
            with interruptible():
                arguments = parse(name, kind, doc, sys.argv[1:] if words is None else words)
                if isinstance(arguments, Arguments) and arguments.threads:
                    torch.set_num_threads(arguments.threads)
                run(arguments)
        except KeyboardInterrupt as stop:
            said = str(stop) or "nothing that was there before was changed"
            return _end(name, f"stopped; {said}", 128 + getattr(stop, "number", signal.SIGINT))
        except BrokenPipeError:  # whoever read our output has gone
            sys.stdout = io.StringIO()
            return 1
        except (ValueError, MemoryError, RuntimeError) as error:
            if isinstance(error, RuntimeError) and not _out_of_memory(error):
                raise
            text = str(error) if isinstance(error, ValueError) else f"out of memory; ask for less: {error}"
            return _end(name, text, 2)
        except OSError as error:
            return _end(name, f"{error.filename}: {error.strerror}" if error.filename else str(error), 2)
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] in ("envs", "agents", "train", "tokenomics_gym"):
                raise
            return _end(name, _missing(error), 2)
        except SystemExit as end:  # of --help
            return int(end.code or 0)
        return 0

    main.kind = kind  # type: ignore[attr-defined]  # for whoever asks what it takes
    return main


def parse(name: str, kind: type[Kind], doc: str | None, words: Sequence[str]) -> Kind:
    """The arguments that were typed.

    Raises:
        UsageError: a word that the command does not know, or a value that it cannot take.
    """
    import tyro

    told = io.StringIO()
    help = (doc or "").replace(f"{CLONE} ", f"{HERE} ")
    try:
        with redirect_stderr(told):
            return tyro.cli(kind, prog=f"{HERE} {name}", description=help, args=list(words))
    except SystemExit as end:
        if end.code in (0, None):
            raise
        raise UsageError(_said(told.getvalue())) from None


def _said(box: str) -> str:
    """What tyro says in a box of several lines, as one line."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", box)
    rows = [row.strip("│|╭╮╰╯─-+ ") for row in plain.splitlines()]
    text = []
    for row in rows[1:]:
        if row.startswith(("For full helptext", "Argument helptext")):
            break
        text.append(row)
    said = " ".join(" ".join(text).split()).rstrip(".: ")
    return re.sub(r"^Error parsing (?!-)\w+: ", "", said) or "these arguments cannot be used"


def _end(name: str, text: str, status: int) -> int:
    print(f"{' '.join([PROGRAM, *name.split()])}: {' '.join(text.split())}", file=sys.stderr)
    return status


def _out_of_memory(error: RuntimeError) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)


def _missing(error: ModuleNotFoundError) -> str:
    extra = EXTRAS.get((error.name or "").partition(".")[0])
    brings = f"'{PROGRAM}[{extra or 'train'}]' brings it" + ("" if extra else ", or the extra gpu or tune")
    return f"{error.name} is missing; pip install {brings}"


def _plain_streams() -> None:
    """Lets reports be printed where the terminal's encoding lacks some of their letters."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def commands() -> dict[str, tuple[str, str]]:
    """Name of every command → its module and the first line of its help; nothing is imported."""
    found = {}
    for file in sorted(Path(__file__).parent.glob("[!_]*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for node in tree.body:
            made = node.value if isinstance(node, ast.Assign) else None
            if isinstance(made, ast.Call) and isinstance(made.func, ast.Name) and made.func.id == "command":
                name = ast.literal_eval(made.args[0])
                found[name] = (file.stem, (ast.get_docstring(tree) or "").partition("\n")[0])
    return dict(sorted(found.items()))


def listing() -> str:
    """Every command with its first line, and every task."""
    load_plugins()
    known = commands()
    width = max(map(len, known))
    return "\n".join(
        [
            f"{PROGRAM} {__version__}",
            "",
            f"{HERE} COMMAND [--help], with the commands",
            *[f"  {name:<{width}}  {line}" for name, (_, line) in known.items()],
            "",
            "Tasks:",
            *[f"  {task}" for task in TASKS],
        ]
    )


def main(words: Sequence[str] | None = None) -> int:
    """All commands behind one word; without it, the list of them."""
    _plain_streams()
    words = list(sys.argv[1:] if words is None else words)
    known = commands()
    if not words or words[0] in ("-h", "--help", "help"):
        print(listing())
        return 0
    if words[0] == "--version":
        print(f"{PROGRAM} {__version__}")
        return 0
    name, *rest = words
    if name not in known:
        return _end("", f"unknown command {name!r}; there are {', '.join(known)}", 2)
    try:
        module = import_module(f"{__package__}.{known[name][0]}")
    except KeyboardInterrupt:
        return _end(name, "stopped before it began", 130)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("envs", "agents", "train", "tokenomics_gym"):
            raise
        return _end(name, _missing(error), 2)
    status: int = module.main(rest)
    return status
