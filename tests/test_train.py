"""Training, evaluation and the leaderboard, on a short version of the SAFE task."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import gymnasium
import numpy as np
import pandas as pd
import pytest
import torch

from agents.network import read
from agents.policy import load
from agents.registry import controller, rules
from envs import TASKS, register
from envs.adapters.sb3 import EconomyVecEnv
from envs.core.task import Task
from train import benchmark, ppo, reproduce
from train.judging.assess import assess
from train.judging.statistics import estimate, interquartile_mean, mean, profile
from train.learning.budget import Budget
from train.learning.hyperparameters import hyperparameters
from train.learning.schedules import Schedules, schedule
from train.learning.settings import Settings
from train.learning.training import Training

from .trainings import BACKENDS, ROLLOUT, SMALL, TASK, arguments, events, tags

SHORT = {"n_envs": 16, "n_steps": 8, "batch_size": 64, "n_epochs": 1, "library": {"every": 5}}


@pytest.fixture(scope="module")
def task() -> Iterator[Task]:
    """The SAFE task of 105 days."""
    short = replace(
        TASKS["tokenomics/SafeNetwork-v0"],
        id="test/Short-v0",
        horizon=105,
        onset=(20, 60),
        evaluation_onset=30,
    )
    register(short)
    yield short
    del TASKS[short.id], gymnasium.registry[short.id]


def arguments_of(task: Task, out: Path, **changes: object) -> ppo.Arguments:
    settings = hyperparameters("tokenomics/SafeNetwork-v0") | SHORT
    return ppo.Arguments(task=task.id, steps=512, out=out, overrides=settings, threads=1, **changes)


@pytest.fixture(scope="module")
def trained(task: Task, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished training."""
    return ppo.train(arguments_of(task, tmp_path_factory.mktemp("run") / "ppo_0"))


def test_training_leaves_checkpoints_and_events(trained: Path) -> None:
    for name in ("best.pt", "last.pt", "settings.json"):
        assert (trained / name).is_file()
    logged = events(trained)
    scalars = set(logged.Tags()["scalars"])
    assert {"eval/mean_score", "eval/calm/score", "econ/filled", "cost/closed", "action/reward"} <= scalars
    assert {"rollout/ep_rew_mean", "train/loss", "time/fps"} <= scalars
    assert logged.Tags()["images"] == ["eval/dashboard"]
    assert "_hparams_/session_start_info" in logged.summary_metadata


def test_same_seed_same_policy(task: Task, trained: Path, tmp_path: Path) -> None:
    again = ppo.train(arguments_of(task, tmp_path / "again"))
    one, two = load(trained / "last.pt", task), load(again / "last.pt", task)
    observation = torch.linspace(-1, 1, 20 * 5).reshape(5, 20)
    assert torch.equal(one.network(observation), two.network(observation))


def test_refinement_has_settings_of_its_own() -> None:
    first, second = (
        hyperparameters("tokenomics/SafeNetwork-v0", refining=refining) for refining in (False, True)
    )
    assert second["env"]["reset"] == first["env"]["reset"] == "library"
    assert second["env"]["shaping"] == first["refine"]["env"]["shaping"] != first["env"]["shaping"]
    assert second["library"] == first["library"] | first["refine"]["library"] != first["library"]
    with pytest.raises(ValueError, match="no refine for"):
        hyperparameters("tokenomics/Bostrom-v0", refining=True)


def test_own_settings_stand_on_the_suites(tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text("tokenomics/SafeNetwork-v0: {n_envs: 7}")
    settings = hyperparameters("tokenomics/SafeNetwork-v0", own)
    assert settings == hyperparameters("another") | {"n_envs": 7}
    for text in ("default: {n_env: 7}", "tokenomics/SafeNetwork-v0: {refine: {n_env: 7}}"):
        own.write_text(text)
        with pytest.raises(ValueError, match="unknown n_env; it may set n_envs"):
            hyperparameters("tokenomics/SafeNetwork-v0", own)
    own.write_text("tokenomics/SafeNetwork-v0:")
    with pytest.raises(ValueError, match="SafeNetwork-v0 must map settings to values, not be None"):
        hyperparameters("tokenomics/SafeNetwork-v0", own)


def test_a_seed_is_trained_and_then_refined(tmp_path: Path) -> None:
    asked = reproduce.Arguments(steps=100)
    first, second = reproduce.stages(asked, {"n_timesteps": 1, "refine": {"n_timesteps": 2}}, tmp_path, 3)
    assert "--refine" not in first.command(asked)
    assert second.command(asked)[-2:] == ["--refine", str(tmp_path / "ppo_3" / "first" / "best.pt")]
    (only,) = reproduce.stages(asked, {"n_timesteps": 1, "refine": {}}, tmp_path, 3)
    assert only.folder == second.folder == tmp_path / "ppo_3"
    assert "--refine" not in only.command(asked)
    first.folder.mkdir(parents=True)
    (first.folder / "last.pt").touch()
    assert first.command(asked)[-1] == "--resume"
    assert not first.done
    first.mark.touch()
    assert first.done


def test_a_policy_acts_as_in_training(task: Task, trained: Path) -> None:
    """As controller on sensors, and in SB3's environment on observations: the same episode."""
    simulation = task.simulation(4, autoreset=False, scenario="calm")
    policy = load(trained / "best.pt", task)
    sensors = simulation.reset(5)
    policy.reset(4)
    for _ in range(5):
        sensors = simulation.step(policy.act(sensors)).sensors
    other = EconomyVecEnv(task.simulation(4, scenario="calm"))
    other.seed(5)
    observation = other.reset()
    for _ in range(5):
        observation, *_ = other.step(policy.network(torch.from_numpy(observation)).numpy())
    assert simulation.run is not None
    expected = simulation.observe(sensors, simulation.run).numpy()
    np.testing.assert_allclose(observation, expected, atol=1e-5)


def test_truncation_hands_over_the_final_observation(task: Task) -> None:
    environment = EconomyVecEnv(task.simulation(3, cut=2, compile=False))
    environment.seed(0)
    environment.reset()
    for _ in range(2):
        observation, _, done, infos = environment.step(np.zeros((3, 2), dtype=np.float32))
    assert done.all()
    for i, info in enumerate(infos):
        assert info["TimeLimit.truncated"]
        assert not np.array_equal(info["terminal_observation"], observation[i])
        assert info["episode"]["l"] == 2


def test_everybody_meets_the_same_shocks(task: Task) -> None:
    results = [assess(task, controller(task, name), 2) for name in ("constant", "pid_tuned")]
    one, two = (result.episodes for result in results)
    pd.testing.assert_frame_equal(one[["scenario", "seed", "onset"]], two[["scenario", "seed", "onset"]])
    again = assess(task, controller(task, "pid_tuned"), 2).episodes
    pd.testing.assert_frame_equal(two, again)
    assert not np.array_equal(one["score"], two["score"])


def test_the_leaderboard_writes_its_results(task: Task, trained: Path, tmp_path: Path) -> None:
    episodes = benchmark.run(
        benchmark.Arguments(
            task=task.id, policies=(trained / "best.pt",), draws=2, search=False,
            out=tmp_path / "out", runs=tmp_path / "runs",
        )
    )  # fmt: skip
    assert set(episodes["controller"]) == {rule.name for rule in rules(task)} | {"ppo"}
    assert len(episodes) == episodes["controller"].nunique() * len(task.scenarios) * 2
    assert episodes["score"].between(0.0, 1.0).all()
    text = (tmp_path / "out" / "leaderboard.md").read_text()
    assert "paired difference to pid_tuned" in text
    assert "commit:" in text
    for name in ("episodes.csv", "scores.png", "profile.png"):
        assert (tmp_path / "out" / name).is_file()
    assert (
        len(list((tmp_path / "runs" / "test" / "Short-v0" / "leaderboard").iterdir()))
        == episodes["controller"].nunique()
    )


def test_statistics() -> None:
    scores = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 100.0])
    assert interquartile_mean(scores) == pytest.approx(3.5)
    result = estimate(scores, np.zeros(8, dtype=np.int64), mean)
    assert result.low < result.value < result.high
    assert result.value == pytest.approx(scores.mean())
    each_alone = estimate(scores, np.arange(8), mean)
    assert each_alone.low == each_alone.high == pytest.approx(scores.mean())
    np.testing.assert_allclose(profile(scores, np.array([-1.0, 3.5, 200.0])), [1.0, 0.5, 0.0])


def test_schedules() -> None:
    assert schedule(0.5, 0.1) == 0.5
    assert schedule("lin_4_2", 1.0) == 4.0
    assert schedule("lin_4_2", 0.0) == 2.0
    assert schedule("lin_4", 0.5) == 2.0
    assert schedule("exp_4_1", 0.5) == pytest.approx(2.0)
    assert [schedule("exp_4_1", end) for end in (1.0, 0.0)] == [4.0, 1.0]
    for wrong in ("cos_1", "exp_1", "exp_1_0"):
        with pytest.raises(ValueError, match="lin_A_B"):
            schedule(wrong, 0.5)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("decay", [0.0, 1.0])
def test_what_is_kept_is_the_mean_of_parameters(tmp_path: Path, decay: float, backend: str) -> None:
    folder = ppo.train(arguments(tmp_path / "run", backend, settings={"averaging": decay}))
    best, last = (read(folder / name)["parameters"] for name in ("best.pt", "last.pt"))
    # Without memory the mean is the learner at the end; with nothing else it stays where it began.
    same = all(torch.equal(best[name], last[name]) for name in best)
    assert same == (decay == 0.0)


@pytest.mark.parametrize("backend", BACKENDS)
def test_deviations_may_be_held(backend: str, tmp_path: Path) -> None:
    for rollouts in (2, 4):  # the second goes on from the first
        asked = arguments(
            tmp_path / "run", backend, rollouts, settings={"log_std_held": -2.0}, resume=rollouts > 2
        )
        content = read(ppo.train(asked) / "last.pt")
        assert content["training"]["decisions"] == rollouts * ROLLOUT
        assert content["parameters"]["log_std"].tolist() == [-2.0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_scenarios_follow_the_curriculum(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the first episode on."""
    seen: list[set[int]] = []
    iterate = Training.iterate

    def watched(self: Training) -> None:
        run = self.learner.environment.simulation.run
        assert run is not None
        seen.append(set(run.scenario.tolist()))
        iterate(self)

    monkeypatch.setattr(Training, "iterate", watched)
    stages = {0.0: ["boom"], 0.5: ["calm"]}
    ppo.train(
        arguments(tmp_path / "run", backend, 10, settings={"curriculum": stages, "n_steps": 6, "n_envs": 4})
    )
    assert seen[0] == {1}
    assert seen[-1] == {0}


def test_schedules_reach_learner_rewards_and_simulation() -> None:
    class Recorder:
        environment = SimpleNamespace(scale=1.0)
        rate = 0.0

        def discount(self, gamma: float, trace: float) -> None:
            self.gamma, self.trace = gamma, trace

    own = {"gamma": 0.9, "gamma_end": 0.999, "gamma_ramp": 0.5, "gae_lambda": 0.5, "gae_lambda_end": None}
    own |= {"reward_scale": 2.0, "env": {"shaping": "lin_4_2"}, "learning_rate": "exp_1e-2_1e-4"}
    settings = Settings.of(hyperparameters("another") | SMALL | own, TASK)
    simulation, learner = TASK.simulation(2, compile=False), Recorder()
    schedules = Schedules(settings, simulation)
    assert simulation.dynamics.drawn.tolist() == [0]
    scalars = schedules.before_rollout(learner, 0.25)  # type: ignore[arg-type]
    assert learner.gamma == scalars["train/gamma"] == pytest.approx(0.99)
    assert learner.trace == 0.5
    assert learner.environment.scale == pytest.approx(0.2)
    assert simulation.shaping == 3.5
    schedules.before_update(learner, 0.5)  # type: ignore[arg-type]
    assert learner.rate == pytest.approx(1e-3)
    schedules.before_rollout(learner, 0.8)  # type: ignore[arg-type]
    assert learner.gamma == pytest.approx(0.999)
    assert learner.environment.scale == pytest.approx(0.02)
    assert simulation.dynamics.drawn.tolist() == [0, 1]


def test_fewer_environments_than_scenarios_are_judged_on_all(tmp_path: Path) -> None:
    few = {"n_envs": 1, "batch_size": 4}
    folder = ppo.train(arguments(tmp_path / "run", rollouts=1, settings=few))
    assert {"eval/calm/score", "eval/boom/score"} <= tags(folder)
    assert 0.0 < read(folder / "best.pt")["training"]["held_out_score"] < 1.0


def test_a_budget_of_seconds_counts_learning_alone() -> None:
    budget = Budget(10**9, 0.2, trained=0.1)
    time.sleep(0.05)  # evaluation, say
    assert budget.progress == pytest.approx(0.5)
    with budget.learning():
        time.sleep(0.11)
    assert not budget.left
    assert Budget(100, None, decisions=25).progress == 0.25
