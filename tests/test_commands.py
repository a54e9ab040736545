"""One way to be a command: help, ranges, places for results, signals, and what is written stays."""

import ast
import os
import re
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from importlib import import_module
from math import inf
from pathlib import Path
from types import ModuleType
from typing import get_type_hints

import gymnasium
import pytest
import torch

import envs
from train.command import AtLeast, Count, OnTask, UsageError, _ranges, command, commands, listing, main

ROOT = Path(__file__).parent.parent
NAMES = sorted(commands())
NEEDED = {
    "evaluate": ["--controller", "constant"],
    "experiment": ["design.yml"],
    "export": ["--policy", "best.pt"],
    "simulate": ["safe_network", "--params", "p.json", "--out", "o.csv"],
}
each_command = pytest.mark.parametrize("name", NAMES)


def refused(capsys: pytest.CaptureFixture[str], words: list[str]) -> str:
    """The one line with which a command refuses these words."""
    assert main(words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"tokenomics-gym {words[0]}: ")
    assert told.err.count("\n") == 1, told.err
    return told.err


def test_all_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert {"train", "evaluate", "benchmark", "reproduce", "demo", "tune", "export", "simulate", "published", "speed",
            "stress", "cadence", "horizon", "race", "experiment"} <= set(NAMES)  # fmt: skip
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert shown.strip() == listing()
    for name, (_, line) in commands().items():
        assert re.search(rf"^  {name} +{re.escape(line)}$", shown, re.MULTILINE)
        assert line.endswith((".", "?"))
    for task in envs.TASKS:
        assert f"  {task}\n" in shown + "\n"
    assert main(["banchmark"]) == 2
    assert "unknown command 'banchmark'; there are benchmark" in capsys.readouterr().err


@each_command
def test_help_teaches_by_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    assert f"python -m train {name}" in capsys.readouterr().out.partition("\n\n")[2]


def ranged() -> Iterator[tuple[str, str, str]]:
    """Every option of every command whose numbers have a range, with a value outside."""
    for name in NAMES:
        kind = import_module(f"train.{commands()[name][0]}").main.kind
        hints = get_type_hints(kind, include_extras=True)
        for one in fields(kind):
            for rule in _ranges(hints[one.name]):
                bad = rule.least if rule.above else rule.least - 1
                option = f"--{one.name.replace('_', '-')}"
                yield name, option, f"{bad:g}"
                if rule.most < inf:
                    yield name, option, str(int(rule.most) + 1)
                if rule.above:
                    yield name, option, "nan"


@pytest.mark.parametrize(("name", "option", "value"), list(ranged()))
def test_numbers_outside_their_range(
    name: str, option: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    error = refused(capsys, [name, *NEEDED.get(name, []), option, value])
    assert f"{option} is {value}; it must be" in error


@each_command
def test_words_that_nobody_knows(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "colour" in refused(capsys, [name, *NEEDED.get(name, []), "--colour", "blue"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "--threads", "-1"], "--threads is -1; it must be a whole number from 1 on, or null"),
        (["train", "--threads", "0"], "--threads is 0; it must be a whole number from 1 on, or null"),
        (
            ["cadence", "--draws", "99999999999"],
            "99999999999 seeds are asked for; the block for final figures",
        ),
        (
            ["horizon", "--draws", "99999999999"],
            "99999999999 seeds are asked for; the block for final figures",
        ),
        (["cadence", "--intervals", "7", "30", "7"], "--intervals holds 7 more than once"),
        (["cadence", "--changes", "0.1", "0.1"], "--changes holds 0.1 more than once"),
        (["horizon", "--times", "1", "2", "1"], "--times holds 1 more than once"),
        (["speed", "--batch", "1", "1"], "--batch holds 1 more than once"),
        (["race", "--backends", "sb3", "sb3"], "--backends holds sb3 more than once"),
        (["race", "--backends", "sb3", "--seed", "-1"], "--seed is -1; it must be a whole number from 0"),
        (["race", "--backends", "sb3", "--device", "gpu"], "--device is 'gpu'; it must be one of cpu"),
    ],
)
def test_values_that_cannot_be_meant(
    words: list[str], message: str, brief: envs.Task, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *rest = words
    assert message in refused(capsys, [name, "--task", brief.id, "--out", str(tmp_path / "out"), *rest])
    assert list(tmp_path.iterdir()) == []


WITH_FOLDER = ["benchmark", "cadence", "evaluate", "horizon", "race", "reproduce", "stress"]


@pytest.mark.parametrize("name", WITH_FOLDER)
def test_a_file_in_the_way_is_found_before_the_work(
    name: str,
    brief: envs.Task,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "file").write_text("kept")
    (tmp_path / "folder" / "leaderboard.md").mkdir(parents=True)
    for out in ("file", "file/below"):
        words = [name, "--task", brief.id, *NEEDED.get(name, []), "--out", str(tmp_path / out)]
        assert "file is no folder" in refused(capsys, words)
    assert (tmp_path / "file").read_text() == "kept"


@pytest.mark.parametrize("name", ["published", "speed", "tune", "export"])
def test_a_folder_where_a_file_should_be(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = {"published": ["bostrom"], "tune": ["--task", "tokenomics/Bostrom-v0"]}.get(name, [])
    error = refused(capsys, [name, *NEEDED.get(name, []), *words, "--out", str(tmp_path)])
    assert "is a folder; it must be a file" in error


def test_simulate_does_not_overwrite_what_it_reads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    params = tmp_path / "p.json"
    params.write_text('{"days": 2, "params": {}}')
    words = ["simulate", "safe_network", "--params", str(params), "--out", str(params)]
    assert "is read by the command itself" in refused(capsys, words)
    assert params.read_text() == '{"days": 2, "params": {}}'


@dataclass(kw_only=True)
class Some(OnTask):
    """Options."""

    count: Count = 1
    """How many."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_end_with_one_line(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    def work(arguments: Some) -> None:
        os.kill(os.getpid(), number)
        time.sleep(5.0)
        raise AssertionError("the signal was not heard")

    before = signal.getsignal(number)
    assert command("some", Some, work, "Works.")([]) == 128 + number
    assert (
        capsys.readouterr().err == "tokenomics-gym some: stopped; nothing that was there before was changed\n"
    )
    assert signal.getsignal(number) is before


def test_errors_end_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def fails(error: Exception) -> str:
        def work(arguments: Some) -> None:
            raise error

        assert command("some", Some, work, "Works.")([]) == 2
        return capsys.readouterr().err

    assert fails(UsageError("no\n  such thing")) == "tokenomics-gym some: no such thing\n"
    assert fails(PermissionError(13, "Permission denied", "x.md")).endswith("x.md: Permission denied\n")
    assert "missing; pip install 'tokenomics-gym[train]'" in fails(ModuleNotFoundError("no", name="onnx"))
    assert "out of memory; ask for less: 9 TB" in fails(MemoryError("9 TB"))

    def greedy(arguments: Some) -> None:
        torch.empty(2**55)

    assert command("some", Some, greedy, "Works.")([]) == 2
    assert "out of memory; ask for less" in capsys.readouterr().err

    def broken(arguments: Some) -> None:
        raise KeyError("a mistake of ours")

    with pytest.raises(KeyError):  # which is not hidden
        command("some", Some, broken, "Works.")([])


def test_ctrl_c_during_the_imports_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Imported(ModuleType):
        def __getattr__(self, name: str) -> None:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "train.command", Imported("train.command"))
    with pytest.raises(SystemExit) as end:
        runpy.run_module("train", run_name="__main__")
    assert end.value.code == 130
    assert capsys.readouterr().err == "tokenomics-gym: stopped before it began\n"


def test_ctrl_c_ends_a_process_with_one_line(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "train", "published", "safe_network", "--out", str(tmp_path / "t.md")]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stderr is not None
    told = b""
    while b"hist" not in told:  # the progress bar: it is at work
        told += process.stderr.read1(100)
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=120)
    assert process.returncode == 130
    assert (
        rest.decode()
        .replace("\r", "\n")
        .rstrip()
        .endswith("stopped; nothing that was there before was changed")
    )
    assert b"Traceback" not in rest
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def brief() -> Iterator[envs.Task]:
    """A task of six steps under two scenarios."""
    long = envs.TASKS["tokenomics/ConvictionVotingSeed-v0"]
    task = replace(
        long, id="test/Brief-v0", horizon=6, onset=(1, 3), evaluation_onset=2, scenarios=long.scenarios[:2]
    )
    envs.register(task)
    yield task
    del envs.TASKS[task.id], gymnasium.registry[task.id]


def test_evaluate_keeps_what_it_wrote_and_what_it_found(brief: envs.Task, tmp_path: Path) -> None:
    folder = tmp_path / "test" / "Brief-v0" / "evaluation" / "constant"
    folder.mkdir(parents=True)
    (folder / "mine.txt").write_text("kept")
    words = [
        "evaluate",
        "--task",
        brief.id,
        "--controller",
        "constant",
        "--draws",
        "1",
        "--runs",
        str(tmp_path),
    ]
    for _ in range(2):
        assert main(words) == 0
    names = sorted(path.name for path in folder.iterdir())
    assert {"episodes.csv", "report.md", "scores.png", "profile.png", "mine.txt"} <= set(names)
    assert len([name for name in names if name.startswith("events.out.tfevents")]) == 1


@pytest.mark.parametrize("name", ["evaluate", "benchmark"])
def test_a_task_without_panels_has_pictures_all_the_same(name: str, brief: envs.Task, tmp_path: Path) -> None:
    task = replace(brief, id="test/Bare-v0", panels=())
    envs.register(task)
    try:
        words = {"evaluate": ["--controller", "constant"], "benchmark": ["--no-search"]}[name]
        where = ["--out", str(tmp_path / "out"), "--runs", str(tmp_path / "runs")]
        assert main([name, "--task", task.id, "--draws", "1", *words, *where]) == 0
    finally:
        del envs.TASKS[task.id], gymnasium.registry[task.id]
    assert (tmp_path / "out" / "scores.png").is_file()


BROKEN = {
    "def (": "SyntaxError: invalid syntax",
    "raise RuntimeError('no\\ncan do')": "RuntimeError: no can do",
    "import nothing_such": "needs nothing_such, which is missing",
    "from envs import Nothing": "ImportError: cannot import name 'Nothing'",
    "import sys; sys.exit(3)": "SystemExit: 3",
    "open('/no/such/file')": "FileNotFoundError",
    "from envs import register; register(5)": "5 cannot be registered; it must be a Model or a Task",
    "from envs import Model, register; register(Model(5, ()))": "a model's economy is 5; it must be a class of Economy",
    "from agents import register; register(5)": "5 cannot be registered; it must be a Competition",
    "": "unknown task 'x/Y-v0'",
}


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: text[:20])
def test_a_broken_package_is_one_line(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_package.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    words = [
        "evaluate",
        "--task",
        "broken_package:x/Y-v0",
        "--controller",
        "constant",
        "--out",
        str(tmp_path / "out"),
    ]
    assert BROKEN[text] in refused(capsys, words)
    sys.modules.pop("broken_package", None)
    assert not (tmp_path / "out").exists()


def test_no_command_knows_an_economy_by_name() -> None:
    names = {model.name for model in envs.MODELS.values()} | {task.name for task in envs.TASKS.values()}
    names |= {model.economy.__name__ for model in envs.MODELS.values()} | set(envs.TASKS)
    names = {name for name in names if not name.startswith(("test/", "Brief", "Short"))}
    assert len(names) >= 14
    word = re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, sorted(names))) + r")(?![\w-])")
    named = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in sorted((ROOT / "train").rglob("*"))
        if path.suffix in (".py", ".yml")
        for found in word.finditer(path.read_text(encoding="utf-8"))
    ]
    assert named == []


def test_ranges_are_told() -> None:
    with pytest.raises(UsageError, match=r"--evaluate-every is 0; it must be a number above 0"):
        AtLeast(0.0, above=True).check("evaluate_every", 0.0)


DATA = [path for name in ("published", "original") for path in sorted((ROOT / "envs").glob(f"*/{name}.py"))]


@pytest.mark.parametrize("path", DATA, ids=lambda path: str(path.relative_to(ROOT)))
def test_published_figures_and_originals_only_return_data(path: Path) -> None:
    """Progress bars, provenance, files and command lines are the command's."""
    named = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name).partition(".")[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and not node.level)
    }
    harmless = {
        "collections", "dataclasses", "itertools", "math", "numpy", "random", "time", "torch", "typing",
    }  # fmt: skip
    assert named <= harmless
