"""Models in cadCAD's style: the frame of the real cadCAD, row by row, and an environment of Gymnasium."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pandas as pd
import pytest
import torch
from gymnasium.utils.env_checker import check_env

from envs import TASKS
from envs.adapters.cadcad import sweep, task_from
from train.experiments import Processes, design_of, run

from . import robot

TASK = "tests.experiments.robot_task:robot/Arm-v0"
STEERED = "tests.experiments.robot_task:robot/SteeredArm-v0"
NAMES = list(robot.INITIAL)


@pytest.fixture(scope="module")
def wanted() -> pd.DataFrame:
    """What cadCAD 0.5.3 gives (`python robot.py`), the last substep of every timestep."""
    return last_substeps(pd.read_csv(robot.FILE))


def last_substeps(frame: pd.DataFrame) -> pd.DataFrame:
    kept = frame[(frame["substep"] == len(robot.BLOCKS)) | (frame["timestep"] == 0)]
    return kept.sort_values(["subset", "run", "timestep"]).reset_index(drop=True)


def swept(task: str, **changed: Any) -> Any:
    steered = "Steered" in task
    entry = sweep(robot.PARAMETERS, levers=["pace"] if steered else [])
    return design_of(
        {"task": task, "seeds": 2, "vary": [entry], "trajectories": {"of": NAMES}, "measures": False}
        | changed
    )


@pytest.mark.parametrize("task", [TASK, STEERED])
def test_cadcads_frame_row_by_row(task: str, wanted: pd.DataFrame, tmp_path: Path) -> None:
    """Also where a parameter is a lever that is held."""
    found = run(swept(task), tmp_path / "out", quiet=True).cadcad()
    assert list(found) == list(wanted)
    pd.testing.assert_frame_equal(found, wanted, rtol=1e-12, check_dtype=False)


def test_cadcads_frame_now(wanted: pd.DataFrame) -> None:
    pytest.importorskip("cadCAD", reason="needs cadCAD; its recorded frame is compared all the same")
    pd.testing.assert_frame_equal(last_substeps(pd.DataFrame(robot.recorded())), wanted, check_dtype=False)


def test_the_same_over_processes(wanted: pd.DataFrame, tmp_path: Path) -> None:
    found = run(swept(TASK), tmp_path / "out", Processes(2), quiet=True).cadcad()
    pd.testing.assert_frame_equal(found, wanted, rtol=1e-12, check_dtype=False)


def test_it_is_an_environment() -> None:
    env = gymnasium.make(STEERED)
    check_env(env.unwrapped, skip_render_check=True)
    assert env.observation_space.shape == (2,)
    env.reset(seed=0)
    state, total = dict(robot.INITIAL) | {"timestep": 0}, []
    for _ in range(robot.STEPS):
        _, reward, terminated, truncated, _ = env.step(np.zeros(1, np.float32))
        total.append(reward)
        state = plain(state, {"pace": 0.5, "leak": 0.01, "label": "arm"})
        assert reward == pytest.approx(robot.balance(state), abs=1e-6)
    assert truncated
    assert not terminated
    assert total[-1] > total[0]


def plain(state: dict[str, Any], p: dict[str, Any]) -> dict[str, Any]:
    """A timestep written out."""
    moved = robot.arm(p, 1, [], state)["to_b"] + robot.people(p, 1, [], state)["to_b"]
    b, time = state["box_b"] + moved, state["timestep"] + 1
    b = b * (1 - p["leak"]) + 0.001 * time
    return {
        "box_a": state["box_a"] - moved,
        "box_b": b,
        "moved": state["moved"] + abs(moved),
        "timestep": time,
    }


def test_ppo_learns_on_it() -> None:
    sb3 = pytest.importorskip("stable_baselines3")
    policy = sb3.PPO(
        "MlpPolicy", gymnasium.make(STEERED), n_steps=80, batch_size=40, n_epochs=1, seed=0, device="cpu"
    )
    before = [one.clone() for one in policy.policy.parameters()]
    policy.learn(160)
    assert any(not torch.equal(one, two) for one, two in zip(before, policy.policy.parameters(), strict=True))


def drawn(p: Any, substep: Any, history: Any, s: Any, signals: Any) -> tuple[str, float]:
    s["x"] = 1e9  # no trap: what functions get are copies
    return "x", np.random.normal() + random.random()  # noqa: NPY002


def drawing(**changed: Any) -> Any:
    options = {
        "initial_state": {"x": 0.0},
        "blocks": [{"variables": {"x": drawn}}],
        "horizon": 3,
        "parameters": {"p": 1.0},
    }
    return task_from("robot/Drawing-v0", **options | changed)


def test_draws_follow_the_seed_and_nothing_else() -> None:
    task = drawing()
    np.random.seed(7)  # noqa: NPY002
    untouched = np.random.get_state()[1].copy()  # noqa: NPY002
    found = {}
    for batch in (1, 4):
        simulation = task.simulation(batch, autoreset=False, compile=False)
        simulation.reset(torch.arange(batch) + 3)
        rows = []
        for _ in range(3):
            simulation.step({})
            rows.append(simulation.run.state.values[:, 0].clone())
        found[batch] = torch.stack(rows)
    assert torch.equal(found[1][:, 0], found[4][:, 0])
    assert len(found[4].unique()) == 12
    assert found[4].abs().max() < 10.0
    assert np.array_equal(np.random.get_state()[1], untouched)  # noqa: NPY002


def test_functions_of_tensors_are_called_once_for_all() -> None:
    calls = []

    def grown(p: Any, substep: Any, history: Any, s: Any, signals: Any) -> tuple[str, Any]:
        calls.append(1)
        return "x", s["x"] * (1 + p["rate"]) + s["timestep"]

    options: dict[str, Any] = {
        "initial_state": {"x": 1.0}, "blocks": [{"variables": {"x": grown}}], "horizon": 4,
        "parameters": {"rate": [0.1]}, "reward": lambda s: 1 / (1 + s["x"] * s["x"]),
    }  # fmt: skip
    ends = []
    for tensors in (False, True):
        calls.clear()
        task = task_from("robot/Grown-v0", tensors=tensors, **options)
        economy = task.economy.variant(rate=torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64))
        simulation = task.simulation(3, economy=economy, autoreset=False, compile=False)
        simulation.reset(torch.arange(3))
        rewards = [simulation.step({}).reward for _ in range(4)]
        ends.append((simulation.run.state.values[:, 0].clone(), torch.stack(rewards)))
        assert len(calls) == (4 if tensors else 12)
    torch.testing.assert_close(ends[0], ends[1], rtol=1e-12, atol=0.0)
    assert len(ends[0][0].unique()) == 3


MISTAKES: list[tuple[Callable[[], Any], str]] = [
    (lambda: drawing(initial_state={"x": "much"}), "state variable 'x' begins as 'much'; it must be a number"),
    (lambda: drawing(levers={"q": (0, 1)}), "lever 'q' is no parameter that is a number; there are p"),
    (lambda: drawing(sensors=["y"]), "sensor 'y' is no state variable; there are x"),
    (lambda: drawing(parameters={"step": 1.0}), "a parameter cannot be called 'step' here"),
    (lambda: stepped(lambda p, n, h, s, i: ("y", 1.0)), "the function of 'x' gives 'y', which is no state variable"),
    (lambda: stepped(lambda p, n, h, s, i: ("x", "much")), "state variable 'x' is 'much'; it must be a number"),
    (lambda: stepped(lambda p, n, h, s, i: ("x", h[-1])), "the history of states is not kept"),
    (lambda: stepped(lambda p, n, h, s, i: ("x", 1.0), reward=lambda s: 2.0), "reward is 2.0; it must be a number from 0 to 1"),
]  # fmt: skip


def stepped(function: Callable[..., Any], **changed: Any) -> None:
    simulation = drawing(blocks=[{"variables": {"x": function}}], **changed).simulation(2, compile=False)
    simulation.reset(torch.arange(2))
    simulation.step({})


@pytest.mark.parametrize(("wrong", "message"), MISTAKES, ids=[message[:40] for _, message in MISTAKES])
def test_what_cannot_be_had_is_one_line(wrong: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        wrong()
    assert "\n" not in str(error.value)


def test_nothing_is_registered_by_making_a_task() -> None:
    drawing()
    assert "robot/Drawing-v0" not in TASKS
