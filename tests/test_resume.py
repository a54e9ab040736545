"""Nothing is lost: a training goes on as if it had never ended, and ends from outside leave a whole checkpoint."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from math import nan
from pathlib import Path
from typing import Any

import pytest
import torch

from agents.network import read
from agents.policy import load
from train import ppo
from train.learning import checkpoint
from train.learning.stopping import Interrupted
from train.learning.training import Training

from .trainings import BACKENDS, OTHER, ROLLOUT, SMALL, TASK, arguments, events

CLOCKS = ("trained", "judged_at")  # the wall clock is nobody's


def differences(one: Any, two: Any, path: str = "") -> list[str]:
    """Where two contents differ."""
    if isinstance(one, dict):
        keys = [key for key in {**one, **two} if key not in CLOCKS]
        return [d for key in keys for d in differences(one.get(key), two.get(key), f"{path}/{key}")]
    if isinstance(one, list | tuple):
        if len(one) != len(two):
            return [path]
        return [
            d for i, pair in enumerate(zip(one, two, strict=True)) for d in differences(*pair, f"{path}/{i}")
        ]
    same = torch.equal(one, two) if isinstance(one, torch.Tensor) else one == two
    return [] if same else [path]


def logged(folder: Path) -> dict[tuple[str, int], list[float]]:
    """All scalars that no clock measures, by tag and step."""
    found: dict[tuple[str, int], list[float]] = {}
    log = events(folder)
    for tag in log.Tags()["scalars"]:
        if not tag.startswith("time/") and not tag.endswith("trained_seconds"):
            for event in log.Scalars(tag):
                found.setdefault((tag, event.step), []).append(event.value)
    return found


def ended_after(count: int, monkeypatch: pytest.MonkeyPatch, end: Callable[[], None]) -> None:
    """Lets something happen in the update after so many whole iterations."""
    iterate, done = Training.iterate, [0]

    def counted(self: Training) -> None:
        if done[0] == count:
            end()
        done[0] += 1
        iterate(self)

    monkeypatch.setattr(Training, "iterate", counted)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("backend", BACKENDS)
def test_resumed_is_uninterrupted(
    backend: str, number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parameters, their mean, best policy, optimizer, episodes, random numbers and logs, to the bit."""
    whole = ppo.train(arguments(tmp_path / "whole", backend, evaluate_every=0.0))
    parts = tmp_path / "parts"
    with monkeypatch.context() as patch:
        ended_after(1, patch, lambda: os.kill(os.getpid(), number))
        with pytest.raises(
            Interrupted, match=f"{number.name} after {2 * ROLLOUT} decisions; --resume goes on"
        ):
            ppo.train(arguments(parts, backend, evaluate_every=0.0))
    torch.rand(7)  # whatever happened since
    ppo.train(arguments(parts, backend, evaluate_every=0.0, resume=True))
    for name in ("last.pt", "best.pt"):
        assert differences(read(whole / name), read(parts / name)) == []
    assert logged(parts) == logged(whole)
    assert all(len(values) == 1 for values in logged(parts).values())


@pytest.mark.parametrize("backend", BACKENDS)
def test_judgement_leaves_learning_alone(backend: str, tmp_path: Path) -> None:
    """It is due by the clock, which no seed knows."""
    often = ppo.train(arguments(tmp_path / "often", backend, evaluate_every=0.0))
    once = ppo.train(arguments(tmp_path / "once", backend))
    one, other = (read(folder / "last.pt") for folder in (often, once))
    assert differences(one["parameters"], other["parameters"]) == []


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_killed_training_logged_after_its_checkpoint_counts_no_more(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Exception):
        pass

    def kill() -> None:
        raise Killed

    whole = ppo.train(arguments(tmp_path / "whole", backend, evaluate_every=0.0))
    parts = tmp_path / "parts"
    write, written = checkpoint.write, []

    def first_alone(path: Path, content: Any) -> None:
        written.append(path)
        if len(written) <= 2:
            write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(
            checkpoint, "write", first_alone
        )  # last.pt after the first iteration, not of the others
        ended_after(3, patch, kill)
        with pytest.raises(Killed):
            ppo.train(arguments(parts, backend, evaluate_every=0.0))
    ppo.train(arguments(parts, backend, evaluate_every=0.0, resume=True))
    assert differences(read(whole / "last.pt"), read(parts / "last.pt")) == []
    assert logged(parts) == logged(whole)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_training_killed_before_its_first_judgement_goes_on(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(Exception):
        pass

    def kill() -> None:
        raise Killed

    whole = ppo.train(arguments(tmp_path / "whole", backend))
    with monkeypatch.context() as patch:
        ended_after(2, patch, kill)
        with pytest.raises(Killed):
            ppo.train(arguments(tmp_path / "parts", backend))
    assert read(tmp_path / "parts" / "last.pt")["training"]["decisions"] == 0
    ppo.train(arguments(tmp_path / "parts", backend, resume=True))
    for name in ("last.pt", "best.pt"):
        assert differences(read(whole / name), read(tmp_path / "parts" / name)) == []
    assert logged(tmp_path / "parts") == logged(whole)


def test_a_best_policy_of_elsewhere_is_neither_kept_nor_lost(tmp_path: Path) -> None:
    other = ppo.train(arguments(tmp_path / "other", rollouts=1, task=OTHER.id))
    kept = (other / "best.pt").read_bytes()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "best.pt").write_bytes(kept)
    with pytest.raises(ValueError, match=r"best\.pt is there without a checkpoint to resume; move it"):
        ppo.train(arguments(tmp_path / "run"))
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["best.pt"]
    run = ppo.train(arguments(tmp_path / "mine", rollouts=1))
    (run / "best.pt").write_bytes(kept)
    with pytest.raises(ValueError, match="was trained on test/Other-v0, not on test/Staking-v0"):
        ppo.train(arguments(run, rollouts=2, resume=True))
    assert (run / "best.pt").read_bytes() == kept


DAMAGED: dict[str, Any] = {
    "settings": 5, "learner": {}, "run": [], "average": {}, "decisions": "x", "trained": nan, "judged_at": None,
    "random_numbers": {},
}  # fmt: skip


@pytest.mark.parametrize("name", [*DAMAGED, "no resume", "observation"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_damaged_checkpoint_is_named(
    backend: str, name: str, finished: dict[str, Path], tmp_path: Path
) -> None:
    content = read(finished[backend] / "last.pt")
    if name in DAMAGED:
        content["resume"][name] = DAMAGED[name]
    elif name == "observation":
        content["resume"]["learner"]["observation"] = torch.zeros(1)
    else:
        content["resume"] = 5
    (tmp_path / "run").mkdir()
    torch.save(content, tmp_path / "run" / "last.pt")
    with pytest.raises(ValueError, match=r"last\.pt is (damaged|a policy without a learner)") as caught:
        ppo.train(arguments(tmp_path / "run", backend, rollouts=2, resume=True))
    assert "\n" not in str(caught.value)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["last.pt"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folder of a training of one rollout, by backend."""
    names = ["sb3"] if find_spec("rsl_rl") is None else ["sb3", "rsl_rl"]
    home = tmp_path_factory.mktemp("finished")
    return {name: ppo.train(arguments(home / name, name, rollouts=1)) for name in names}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_checkpoint_is_tensors_and_plain_values(backend: str, tmp_path: Path) -> None:
    folder = ppo.train(arguments(tmp_path / "run", backend, rollouts=1))
    content = torch.load(folder / "last.pt", weights_only=True)
    assert content["training"]["decisions"] == content["resume"]["decisions"] == ROLLOUT
    assert load(folder / "last.pt", TASK).interval == TASK.interval
    assert {path.name.partition(".")[0] for path in folder.iterdir()} == {
        "best",
        "last",
        "settings",
        "events",
    }


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("settings", "others", "words"),
    [
        ({"learning_rate": 0.5}, {}, r"learning_rate is 0\.5; .*was trained with 'lin_1e-2_1e-4'"),
        ({"n_epochs": 7}, {}, "n_epochs is 7; .*was trained with 2"),
        ({"env": {"compile": False}}, {}, "env is .*shaping"),
        ({}, {"seed": 9}, "seed is 9; .*was trained with 0"),
        ({}, {"task": OTHER.id}, "was trained on test/Staking-v0, not on test/Other-v0"),
    ],
)
def test_other_settings_are_refused_before_anything_is_written(
    backend: str, settings: dict[str, Any], others: dict[str, Any], words: str, tmp_path: Path
) -> None:
    folder = ppo.train(arguments(tmp_path / "run", backend, rollouts=1))
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ValueError, match=words):
        ppo.train(arguments(folder, backend, rollouts=2, settings=settings, resume=True, **others))
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_checkpoint_of_the_other_backend_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("rsl_rl")
    folder = ppo.train(arguments(tmp_path / "run", "sb3", rollouts=1))
    with pytest.raises(ValueError, match=r"backend is 'rsl_rl'; .*was trained with 'sb3'"):
        ppo.train(arguments(folder, "rsl_rl", rollouts=2, resume=True))
    with pytest.raises(ValueError, match="other networks than this training: squash clip, not tanh"):
        refining(tmp_path / "new", "rsl_rl", folder / "best.pt")


def refining(out: Path, backend: str, begin: Path, **changes: Any) -> Path:
    """A refinement, with the hyperparameters of a file that has settings for it."""
    asked = arguments(out, backend, refine=begin, **changes)
    asked.hyperparameters = out.parent / f"{out.name}.yml"
    asked.hyperparameters.write_text(f"{asked.task}: {{refine: {{gamma_ramp: 0.9}}}}")
    return ppo.train(asked)


@pytest.mark.parametrize("backend", BACKENDS)
def test_refinement_begins_with_a_policy(backend: str, tmp_path: Path) -> None:
    first = ppo.train(arguments(tmp_path / "first", backend))
    still = {"learning_rate": 1e-12, "averaging": 0.0}
    folder = refining(tmp_path / "refined", backend, first / "best.pt", settings=still)
    begun, last = read(first / "best.pt")["parameters"], read(folder / "last.pt")["parameters"]
    for name, value in begun.items():
        torch.testing.assert_close(last[name], value, atol=1e-7, rtol=0.0)
    score = read(folder / "best.pt")["training"]["held_out_score"]
    assert score >= read(first / "best.pt")["training"]["held_out_score"]
    for settings, words in (
        ({"net_arch": [9]}, "widths"),
        ({"activation": "elu"}, "activation tanh, not elu"),
    ):
        with pytest.raises(ValueError, match=f"other networks than this training: {words}"):
            refining(tmp_path / "other", backend, first / "best.pt", settings=settings)
    with pytest.raises(ValueError, match="was trained on test/Staking-v0, not on test/Other-v0"):
        refining(tmp_path / "other", backend, first / "best.pt", task=OTHER.id)
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_refinement_that_is_worse_keeps_what_it_began_with(backend: str, tmp_path: Path) -> None:
    first = ppo.train(arguments(tmp_path / "first", backend))
    content = read(first / "best.pt")
    content["training"]["held_out_score"] = 2.0  # which no policy reaches
    torch.save(content, first / "best.pt")
    folder = refining(tmp_path / "refined", backend, first / "best.pt")
    assert (folder / "best.pt").read_bytes() == (first / "best.pt").read_bytes()


def test_a_finished_training_goes_on_with_a_larger_budget_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ppo.train(arguments(tmp_path / "run", rollouts=1))
    with pytest.raises(ValueError, match="holds a training run; pass --resume"):
        ppo.train(arguments(folder, rollouts=2))
    before = (folder / "last.pt").read_bytes()
    ppo.train(arguments(folder, rollouts=1, resume=True))
    assert "nothing is left of the budget of 24 decisions" in capsys.readouterr().out
    assert (folder / "last.pt").read_bytes() == before
    ppo.train(arguments(folder, rollouts=3, resume=True))
    assert read(folder / "last.pt")["training"]["decisions"] == 3 * ROLLOUT
    with pytest.raises(ValueError, match=r"nothing to resume: .* does not exist"):
        ppo.train(arguments(tmp_path / "none", resume=True))
    assert not (tmp_path / "none").exists()
    (folder / "last.pt").write_bytes((folder / "best.pt").read_bytes())
    with pytest.raises(ValueError, match="a policy without a learner"):
        ppo.train(arguments(folder, rollouts=4, resume=True))


def test_the_best_policy_is_replaced_by_a_better_one_only(tmp_path: Path) -> None:
    folder = ppo.train(arguments(tmp_path / "run", rollouts=1))
    content = read(folder / "best.pt")
    assert 0.0 < content["training"]["held_out_score"] < 1.0
    content["training"]["held_out_score"] = 2.0  # which no policy reaches
    torch.save(content, folder / "best.pt")
    kept = (folder / "best.pt").read_bytes()
    ppo.train(arguments(folder, rollouts=2, resume=True))
    assert (folder / "best.pt").read_bytes() == kept


def test_two_trainings_in_one_folder_are_refused(tmp_path: Path) -> None:
    with (
        checkpoint.alone_in(tmp_path / "run"),
        pytest.raises(ValueError, match=r"another training runs in .*run; pass another --out"),
    ):
        ppo.train(arguments(tmp_path / "run"))
    assert not (tmp_path / "run").exists()
    ppo.train(arguments(tmp_path / "run", rollouts=1))


def test_out_must_be_a_folder_to_write_in(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ValueError, match=r"--out is .*; it must be a folder"):
            ppo.train(arguments(out))


def test_an_end_before_the_first_rollout_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compiling(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5.0)

    monkeypatch.setattr("train.learning.training.build", compiling)
    with pytest.raises(Interrupted, match="SIGINT before anything was learned; nothing is saved"):
        ppo.train(arguments(tmp_path / "run"))
    assert not (tmp_path / "run").exists()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_signal_ends_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def twice() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)

    with monkeypatch.context() as patch:
        ended_after(2, patch, twice)
        with pytest.raises(
            Interrupted, match=r"SIGTERM at once; --resume goes on from the checkpoint before, .*last"
        ):
            ppo.train(arguments(tmp_path / "run", evaluate_every=0.0))
    assert read(tmp_path / "run" / "last.pt")["training"]["decisions"] == 2 * ROLLOUT


COMMAND = """
import sys
from pathlib import Path
from tests.trainings import arguments
from train import ppo
from train.command import command
out, backend, resume = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "resume"
asked = arguments(out, backend, rollouts=400, evaluate_every=0.02, resume=resume)
sys.exit(command("train", ppo.Arguments, lambda _: ppo.train(asked), None)([]))
"""


def started(out: Path, backend: str, resume: bool = False) -> subprocess.Popen[str]:
    """A training in a process of its own."""
    command = [sys.executable, "-c", COMMAND, str(out), backend, "resume" if resume else "begin"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def when(file: Path, process: subprocess.Popen[str]) -> None:
    """Waits for a file."""
    for _ in range(6000):
        if file.is_file() or process.poll() is not None:
            return
        time.sleep(0.01)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_killed_training_goes_on(backend: str, tmp_path: Path) -> None:
    """Killed twice without a word, then ended by SIGTERM: every checkpoint on the way is whole."""
    out, decisions = tmp_path / "run", 0
    for delay, resume in ((0.13, False), (0.31, True)):
        process = started(out, backend, resume)
        when(out / "last.pt", process)
        time.sleep(delay)
        process.kill()
        process.communicate()
        state = read(out / "last.pt")
        assert state["training"]["decisions"] >= decisions
        decisions = state["training"]["decisions"]
        for file in out.glob("[!.]*.pt"):
            load(file, TASK)
    process = started(out, backend, resume=True)
    stamp = (out / "last.pt").stat().st_mtime_ns
    while (out / "last.pt").stat().st_mtime_ns == stamp and process.poll() is None:
        time.sleep(0.01)
    process.terminate()
    _, said = process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in said
    line = said.strip().splitlines()[-1]
    found = re.fullmatch(
        rf"tokenomics-gym train: stopped; SIGTERM after (\d+) decisions; .* from {out}/last\.pt", line
    )
    assert found
    assert int(found[1]) == read(out / "last.pt")["training"]["decisions"] > decisions


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_disk_that_takes_no_more_leaves_the_checkpoint_before(backend: str, tmp_path: Path) -> None:
    """Files may not grow beyond 8 kB, checkpoints are larger."""
    folder = ppo.train(arguments(tmp_path / "run", backend, rollouts=1))
    before = (folder / "last.pt").read_bytes()
    assert len(before) > 8192
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)){COMMAND}"
    command = [sys.executable, "-c", limited, str(folder), backend, "resume"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    said = done.stderr.strip().splitlines()
    refusals = (
        rf"{folder}: File too large|cannot write .*\.pt: File too large; the one before it is as it was"
    )
    assert re.fullmatch(rf"tokenomics-gym train: ({refusals})", said[-1])
    assert "Traceback" not in done.stderr
    assert (folder / "last.pt").read_bytes() == before
    assert not list(folder.glob(".*"))
    ppo.train(arguments(folder, backend, rollouts=3, resume=True))


def test_settings_are_recorded(tmp_path: Path) -> None:
    folder = ppo.train(replace(arguments(tmp_path / "run", rollouts=1), seed=3))
    text = (folder / "settings.json").read_text()
    for words in (
        '"seed": 3',
        '"backend": "sb3"',
        '"learning_rate": "lin_1e-2_1e-4"',
        f'"n_envs": {SMALL["n_envs"]}',
    ):
        assert words in text
