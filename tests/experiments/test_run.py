"""Running: the same numbers whatever the engine and the chunks, and nothing twice or lost whenever it is killed."""

import contextlib
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from agents.contenders import contender
from agents.seeds import EXPERIMENTS
from envs import TASKS, task_of
from train.command import main
from train.experiments import Engine, Here, Processes, Ray, Results, design_of, run
from train.experiments.batches import Bench
from train.experiments.engines import Chunk, clean_processes, computed
from train.experiments.plan import Plan
from train.judging.episodes import rollout, simulation_under

from .files import TASK, content, design

KEPT = {"of": ["level"], "every": 5}


def same(one: Results, other: Results) -> None:
    """All runs and curves are equal, to the last bit."""
    pd.testing.assert_frame_equal(one.runs(), other.runs(), check_exact=True)
    if one.design.trajectories is not None:
        pd.testing.assert_frame_equal(one.curves(), other.curves(), check_exact=True)


class Backwards:
    """Chunks in the opposite order, each by a bench of its own."""

    def done(self, plan: Plan, chunks: Any, progress: Callable[[int], object]) -> Any:
        for chunk in reversed(list(chunks)):
            yield chunk, computed(Bench(plan), chunk, progress)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """An experiment run in this process, chunk by chunk."""
    return run(design(trajectories=KEPT), tmp_path_factory.mktemp("whole") / "out", quiet=True)


@pytest.mark.parametrize(
    ("engine", "chunk"), [(Here(), 3), (Backwards(), 1), (Backwards(), 2), (Processes(2), 1)]
)
def test_the_same_numbers_to_the_last_bit(engine: Engine, chunk: int, whole: Results, tmp_path: Path) -> None:
    assert len(whole.runs()) == whole.plan.run_count == 560
    same(run(whole.design, tmp_path / "out", engine, chunk=chunk, quiet=True), whole)


class Hunted(Ray):
    """Kills a worker of its cluster after the first chunk."""

    def done(self, plan: Plan, chunks: Any, progress: Any) -> Any:
        for number, found in enumerate(super().done(plan, chunks, progress)):
            if number == 0:
                object.__setattr__(self, "killed", ray_workers())
                os.kill(self.killed[0], signal.SIGKILL)  # type: ignore[attr-defined]
            yield found


def ray_workers() -> list[int]:
    """Processes that Ray has begun for this one, and that compute chunks."""
    parents, workers = {}, []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if (entry / "cmdline").read_text().startswith("ray::_ray_work"):
                workers.append(int(entry.name))
    return [worker for worker in workers if os.getpid() in ancestors(worker, parents)]


def ancestors(process: int, parents: dict[int, int]) -> list[int]:
    """The processes that began it, or began those."""
    found = []
    while (process := parents.get(process, 0)) > 1:
        found.append(process)
    return found


@pytest.mark.slow
def test_the_same_numbers_on_a_ray_cluster_that_loses_a_worker(whole: Results, tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="needs the extra ray")
    engine = Hunted(workers=2)
    same(run(whole.design, tmp_path / "out", engine, chunk=1, quiet=True), whole)
    assert engine.killed  # type: ignore[attr-defined]


HORIZONS = {"tokenomics/ConvictionVoting-v0": 2, "tokenomics/ConvictionVotingSeed-v0": 2}


@pytest.mark.parametrize("task", sorted(TASKS))
def test_a_run_does_not_ask_who_runs_beside_it(task: str, tmp_path: Path) -> None:
    """In every economy: other batches, and other places in them, change no bit."""
    names, horizon = [scenario.name for scenario in task_of(task).scenarios[:2]], HORIZONS.get(task, 12)
    small = {"task": task, "seeds": 40, "horizon": horizon, "measures": horizon > 2, "compile": False}
    found = []
    for batch, scenarios in ((128, names), (64, names[::-1])):
        results = run(
            design_of(small | {"scenarios": scenarios, "batch": batch}), tmp_path / str(batch), quiet=True
        )
        runs = results.runs().drop(columns="cell").sort_values(["scenario", "seed"])
        found.append(runs.reset_index(drop=True))
    assert len(found[0]) == 40 * len(names)
    pd.testing.assert_frame_equal(*found, check_exact=True)


def test_figures_are_those_of_whole_episodes(whole: Results) -> None:
    """A cell is what the runner of episodes gives for its parameters, levers and seeds."""
    cell = whole.cells.query("controller == 'constant' and scenario == 'gusts' and `lever.tap` == 1.5").iloc[
        -1
    ]
    task = task_of(TASK)
    economy = task.economy.variant(porous=float(cell["parameter.porous"]), wood=cell["parameter.wood"])
    seeds = EXPERIMENTS.seeds(torch.arange(5))
    controller = contender(task, "constant")
    controller.values["tap"] = 1.5  # type: ignore[attr-defined]
    simulation = simulation_under(task, controller, 5, compile=False)
    simulation = task.simulation(5, economy=economy, interval=1, autoreset=False, compile=False)
    gusts = torch.full((5,), simulation.scenario_set.index("gusts"))
    wanted = rollout(simulation, controller, seeds, gusts, None, ("level",))
    ours = whole.runs().query("cell == @cell.name")
    assert ours["seed"].tolist() == [0, 1, 2, 3, 4]
    assert ours["onset"].tolist() == wanted.onset.tolist()
    np.testing.assert_allclose(ours["score"], wanted.scores, rtol=1e-14)
    np.testing.assert_allclose(ours["level_end"], wanted.trace["level"][-1], rtol=1e-14)
    np.testing.assert_allclose(ours["end/level"], wanted.trace["level"][-1], rtol=1e-14)
    np.testing.assert_allclose(ours["measure/least"], wanted.trace["level"].amin(0), rtol=1e-14)
    np.testing.assert_allclose(ours["dry"], (wanted.trace["level"] <= 5.0).double().mean(0), rtol=1e-14)
    curves = whole.curves().query("cell == @cell.name and seed == 2")
    assert curves["step"].tolist() == [0, 5, 10, 12]
    np.testing.assert_allclose(
        curves["level"], [10.0, *wanted.trace["level"][[4, 9, 11], 2].tolist()], rtol=1e-14
    )


def test_cells_meet_the_same_shocks(whole: Results) -> None:
    onsets = whole.runs().pivot_table("onset", "seed", "cell")
    assert (onsets.nunique(axis=1) == 1).all()
    assert onsets[0].nunique() > 1
    runs = whole.runs().query(
        "controller == 'constant' and scenario == 'calm' and `parameter.wood` == 'oak' and `point.2` == 3"
    )
    level = runs.pivot_table("level_end", "seed", "lever.tap")
    assert np.corrcoef(level[0.5], level[1.5])[0, 1] > 0.99


def test_a_lever_that_is_held_is_taken_from_the_controller(whole: Results, tmp_path: Path) -> None:
    plain = {"vary": [], "scenarios": ["calm"], "trajectories": {"of": ["lever.tap"]}}
    arms = {"free": None, "held": {"levers": {"tap": 2.0}}, "own": {"controller": "constant"}}
    results = run(
        design(**plain, arms=arms, controllers=["tests.experiments.tanks:Refill"]),
        tmp_path / "out",
        quiet=True,
    )
    end = results.curves().query("step == 12").groupby("arm")["lever.tap"].mean()
    assert end["held"] == 2.0
    assert end["own"] == 1.0
    assert end["free"] not in (1.0, 2.0)


def test_bands_are_the_quantiles_of_the_runs(whole: Results, tmp_path: Path) -> None:
    banded = design(trajectories=KEPT | {"quantiles": [0.1, 0.5]})
    bands = run(banded, tmp_path / "out", quiet=True).curves()
    wanted = whole.curves().groupby(["cell", "step"])["level"].quantile(0.1)
    np.testing.assert_allclose(bands.set_index(["cell", "step"])["level@0.1"], wanted, rtol=1e-12)
    many = design(seeds=100, trajectories=KEPT | {"quantiles": [0.5]}, vary=[], scenarios=["calm"])
    assert Plan(many).width == 128
    assert len(run(many, tmp_path / "many", quiet=True).curves()) == 2 * 4


def test_cadcads_frame(whole: Results) -> None:
    frame = whole.cadcad()
    assert list(frame) == ["level", "simulation", "subset", "run", "substep", "timestep"]
    assert frame.query("timestep == 0")["substep"].eq(0).all()
    assert frame.query("timestep > 0")["substep"].eq(1).all()
    assert frame["run"].unique().tolist() == [1, 2, 3, 4, 5]
    wanted = whole.runs().query("cell == 7 and seed == 3")["level_end"].iloc[0]
    assert frame.query("subset == 7 and run == 4 and timestep == 12")["level"].iloc[0] == wanted


class Stopping(Here):
    """Stops after a few chunks, as Ctrl-C does."""

    def done(self, plan: Plan, chunks: Any, progress: Any) -> Any:
        for number, found in enumerate(super().done(plan, chunks, progress)):
            if number == 3:
                raise KeyboardInterrupt
            yield found


class Counting(Here):
    """Remembers what it was asked for."""

    def done(self, plan: Plan, chunks: Any, progress: Any) -> Any:
        chunks = list(chunks)
        object.__setattr__(self, "asked", [number for chunk in chunks for number in chunk])
        return super().done(plan, chunks, progress)


def test_it_goes_on_where_it_was(whole: Results, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        run(whole.design, out, Stopping(), chunk=1, quiet=True)
    with pytest.raises(ValueError, match=r"3 of \d+ batches are done"):
        Results(out)
    (out / "runs" / ".00000003-00000003.123.parquet").write_bytes(b"half")
    (out / "curves" / "00000003-00000003.parquet").write_bytes(b"its runs were never written")
    (out / "runs" / "00000001-00000001.parquet").write_bytes(b"damaged")
    counting = Counting()
    same(run(whole.design, out, counting, chunk=2, quiet=True), whole)
    assert counting.asked == [1, *range(3, whole.plan.batch_count)]  # type: ignore[attr-defined]
    again = Counting()
    run(whole.design, out, again, quiet=True)
    assert again.asked == []  # type: ignore[attr-defined]


def test_another_experiment_is_not_mixed_in(whole: Results, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds another experiment: its seeds is 5, not 6"):
        run(design(trajectories=KEPT, seeds=6), whole.folder, quiet=True)
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(ValueError, match="holds something else"):
        run(whole.design, tmp_path, quiet=True)
    with pytest.raises(ValueError, match="holds no experiment"):
        Results(tmp_path)
    with whole.store.locked(), pytest.raises(ValueError, match="is being written by another process"):
        run(whole.design, whole.folder, quiet=True)


def test_goals_may_change_without_a_run(whole: Results, tmp_path: Path) -> None:
    out, counting = tmp_path / "out", Counting()
    run(whole.design, out, quiet=True)
    results = run(
        design(trajectories=KEPT, goals={"level_end": {"at_least": 9.0}}), out, counting, quiet=True
    )
    assert counting.asked == []  # type: ignore[attr-defined]
    assert list(results.design.goals) == ["level_end"]


def test_a_figure_that_is_no_number_stops_it(tmp_path: Path) -> None:
    bad = design(goals={"measure/never": {"at_least": 1.0}})
    with pytest.raises(
        ValueError, match=r"figure 'measure/never' is no number in cell 0 \(point.1 0, .*\), seed 0; narrow"
    ):
        run(bad, tmp_path / "out", quiet=True)
    kept = run(design(goals={"measure/never": {"at_least": 1.0}}, nan="keep"), tmp_path / "kept", quiet=True)
    assert kept.runs()["measure/never"].isna().all()


class Dying(Processes):
    """Kills one of its workers after the first chunk."""

    def _once(self, plan: Plan, chunks: list[Chunk]) -> Any:
        import concurrent.futures.process as process

        for number, found in enumerate(super()._once(plan, chunks)):
            if number == 0 and not hasattr(self, "killed"):
                object.__setattr__(self, "killed", True)
                worker = next(iter(process._threads_wakeups)).executor_reference  # type: ignore[attr-defined]
                os.kill(next(iter(worker()._processes)), signal.SIGKILL)
            yield found


def test_a_worker_that_dies_costs_a_repetition(whole: Results, tmp_path: Path) -> None:
    engine = Dying(2)
    same(run(whole.design, tmp_path / "out", engine, chunk=1, quiet=True), whole)
    assert hasattr(engine, "killed")


def child(asked: dict[str, Any], out: Path) -> None:
    """Runs an experiment in a process that is to be killed."""
    run(design_of(asked), out, chunk=1, quiet=True)


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """kill -9 again and again, a little later each time; at the end nothing is twice or lost."""
    asked = content(horizon=60, seeds=8, scenarios=["gusts"], trajectories=KEPT)
    out, draw, kills = tmp_path / "out", np.random.default_rng(0), 0
    for number in range(8):
        process = clean_processes().Process(target=child, args=(asked, out))  # type: ignore[attr-defined]
        process.start()
        until = time.monotonic() + 60
        while len(list(out.glob("runs/0*"))) < number - 1 and process.is_alive() and time.monotonic() < until:
            time.sleep(0.001)
        time.sleep(draw.uniform(0.0, 0.1))
        process.kill()
        process.join()
        kills += process.exitcode == -signal.SIGKILL
    assert kills > 4
    finished = run(design_of(asked), out, quiet=True)
    same(finished, run(design_of(asked), tmp_path / "at_once", quiet=True))
    assert not finished.runs().duplicated(["cell", "seed"]).any()


def full(words: list[str], told: Path) -> None:
    """The command in a process that can write files of 16 kB at most."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (16_000, 16_000))
    with told.open("w") as stream, contextlib.redirect_stderr(stream):
        sys.exit(main(words))


def test_a_full_disk_is_one_line_and_what_is_there_is_kept(tmp_path: Path) -> None:
    file, out, told = tmp_path / "design.yml", tmp_path / "out", tmp_path / "told.txt"
    file.write_text(yaml.safe_dump(content(trajectories={"of": ["level"]}, horizon=40)))
    words = ["experiment", str(file), "--out", str(out), "--chunk", "1"]
    process = clean_processes().Process(target=full, args=(words, told))  # type: ignore[attr-defined]
    process.start()
    process.join()
    assert process.exitcode == 2
    last = told.read_text().strip().splitlines()[-1]
    assert last.startswith(
        f"tokenomics-gym experiment: {out} cannot be written: File too large; the same command"
    )
    assert not list(out.glob("*/.*"))
    assert main(words) == 0


def large(out: Path, told: Path) -> None:
    """A million runs of a hundred steps, and the most memory that they took, in MB."""
    asked = design(
        horizon=100, seeds=1000, batch=8192, scenarios=["gusts"], controllers=["constant"], measures=False,
        vary=[{"method": "random", "points": 1000, "parameters": {"porous": {"low": 0.05, "high": 0.3}}}],
    )  # fmt: skip
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    run(asked, out, quiet=True)
    told.write_text(f"{before / 1024:.0f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")


@pytest.mark.slow
def test_a_million_runs_in_less_than_two_gigabytes(tmp_path: Path) -> None:
    told = tmp_path / "told.txt"
    process = clean_processes().Process(target=large, args=(tmp_path / "out", told))  # type: ignore[attr-defined]
    process.start()
    process.join()
    before, most = map(int, told.read_text().split())
    assert Results(tmp_path / "out").store.rows() == 10**6
    assert most < 2000, f"{most} MB, of which {before} before the first run"
