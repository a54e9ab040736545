"""Training, evaluation and the leaderboard, on a short version of the SAFE task."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gymnasium
import numpy as np
import pandas as pd
import pytest
import torch
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import configure
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from agents.policy import load
from agents.registry import controller, rules
from envs import TASKS, register
from envs.adapters.sb3 import EconomyVecEnv
from envs.core.task import Task
from train import benchmark, ppo, reproduce
from train.judging.assess import assess
from train.judging.statistics import estimate, interquartile_mean, mean, profile
from train.learning.callbacks import Horizon, kept_score
from train.learning.hyperparameters import hyperparameters, schedule

SMALL = {"n_envs": 16, "n_steps": 8, "batch_size": 64, "n_epochs": 1, "library": {"every": 5}}


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


def arguments(task: Task, out: Path, **changes: object) -> ppo.Arguments:
    settings = hyperparameters("tokenomics/SafeNetwork-v0") | SMALL
    return ppo.Arguments(task=task.id, steps=512, out=out, overrides=settings, threads=1, **changes)


@pytest.fixture(scope="module")
def trained(task: Task, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished training."""
    return ppo.train(arguments(task, tmp_path_factory.mktemp("run") / "ppo_0"))


def test_training_leaves_checkpoints_and_events(trained: Path) -> None:
    for name in ("best.pt", "last.zip", "settings.json"):
        assert (trained / name).is_file()
    events = EventAccumulator(str(trained))
    events.Reload()
    scalars = set(events.Tags()["scalars"])
    assert {"eval/mean_score", "eval/calm/score", "econ/filled", "cost/closed", "action/reward"} <= scalars
    assert {"rollout/ep_rew_mean", "train/loss", "time/fps"} <= scalars
    assert events.Tags()["images"] == ["eval/dashboard"]
    assert "_hparams_/session_start_info" in events.summary_metadata


def test_same_seed_same_policy(task: Task, trained: Path, tmp_path: Path) -> None:
    again = ppo.train(arguments(task, tmp_path / "again"))
    one, two = load(trained / "last.pt", task), load(again / "last.pt", task)
    observation = torch.linspace(-1, 1, 20 * 5).reshape(5, 20)
    assert torch.equal(one.network(observation), two.network(observation))


def test_an_older_run_is_not_overwritten_but_resumed(task: Task, trained: Path) -> None:
    with pytest.raises(ValueError, match="--resume"):
        ppo.train(arguments(task, trained))
    longer = arguments(task, trained, resume=True)
    longer.steps = 1024
    ppo.train(longer)
    from stable_baselines3 import PPO

    assert PPO.load(trained / "last.pt").num_timesteps >= 1024


def test_a_resumed_run_overwrites_the_best_policy_only_with_a_better_one(task: Task, tmp_path: Path) -> None:
    folder = ppo.train(arguments(task, tmp_path / "run"))
    reached = kept_score(folder / "best.pt")
    assert 0.0 < reached < 1.0
    model = ppo.BudgetPPO.load(folder / "best.pt")
    model.held_out_score = 2.0  # which no policy reaches
    model.save(folder / "best.pt")
    kept = (folder / "best.pt").read_bytes()
    longer = arguments(task, folder, resume=True)
    longer.steps = 1024
    ppo.train(longer)
    assert (folder / "best.pt").read_bytes() == kept


def test_refinement_begins_with_a_policy(task: Task, trained: Path, tmp_path: Path) -> None:
    asked = arguments(task, tmp_path / "refined", refine=trained / "best.pt")
    asked.hyperparameters = tmp_path / "own.yml"
    asked.hyperparameters.write_text(f"{task.id}: {{refine: {{learning_rate: 1.0e-9}}}}")
    asked.overrides = {**asked.overrides, "learning_rate": 1e-9, "averaging": 0.0}
    folder = ppo.train(asked)
    one, two = load(trained / "best.pt", task), load(folder / "last.pt", task)
    observation = torch.linspace(-1, 1, 20 * 5).reshape(5, 20)
    assert torch.allclose(one.network(observation), two.network(observation), atol=1e-5)
    assert kept_score(folder / "best.pt") >= kept_score(trained / "best.pt")
    with pytest.raises(ValueError, match="other networks"):
        ppo.train(replace(asked, out=tmp_path / "wider", overrides={**asked.overrides, "net_arch": [8]}))


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


def test_deviations_may_be_held(task: Task, tmp_path: Path) -> None:
    asked = arguments(task, tmp_path / "held")
    asked.overrides = {**asked.overrides, "log_std_held": -2.0}
    for steps in (512, 1024):  # the second goes on from the first
        asked.steps, asked.resume = steps, steps > 512
        model = ppo.BudgetPPO.load(ppo.train(asked) / "last.zip")
        assert model.num_timesteps >= steps
        assert model.policy.log_std.tolist() == [-2.0, -2.0]


def test_a_seed_is_trained_and_then_refined(tmp_path: Path) -> None:
    asked = reproduce.Arguments(steps=100)
    first, second = reproduce.stages(asked, {"n_timesteps": 1, "refine": {"n_timesteps": 2}}, tmp_path, 3)
    assert "--refine" not in first.command(asked)
    assert second.command(asked)[-2:] == ["--refine", str(tmp_path / "ppo_3" / "first" / "best.pt")]
    (only,) = reproduce.stages(asked, {"n_timesteps": 1, "refine": {}}, tmp_path, 3)
    assert only.folder == second.folder == tmp_path / "ppo_3"
    assert "--refine" not in only.command(asked)
    first.folder.mkdir(parents=True)
    (first.folder / "last.zip").touch()
    assert first.command(asked)[-1] == "--resume"
    assert not first.done
    first.mark.touch()
    assert first.done


def test_an_interrupt_saves(task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupt(BaseCallback):
        def __init__(self, *_: object) -> None:
            super().__init__()

        def _on_step(self) -> bool:
            if self.num_timesteps >= 256:
                raise KeyboardInterrupt
            return True

    monkeypatch.setattr(ppo, "Economics", Interrupt)
    folder = ppo.train(arguments(task, tmp_path / "stopped"))
    assert (folder / "last.zip").is_file()


def test_a_policy_acts_as_its_model_does(task: Task, trained: Path) -> None:
    """As controller on sensors, and in SB3's environment on observations: the same episode."""
    from stable_baselines3 import PPO

    simulation = task.simulation(4, autoreset=False, scenario="calm")
    model, policy = PPO.load(trained / "best.zip"), load(trained / "best.pt", task)
    sensors = simulation.reset(5)
    policy.reset(4)
    for _ in range(5):
        sensors = simulation.step(policy.act(sensors)).sensors
    other = EconomyVecEnv(task.simulation(4, scenario="calm"))
    other.seed(5)
    observation = other.reset()
    for _ in range(5):
        observation, *_ = other.step(model.predict(observation, deterministic=True)[0])
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


@pytest.mark.parametrize("content", [b"", b"not a zip"])
def test_a_damaged_checkpoint_is_named(task: Task, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.zip"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.zip is no readable checkpoint"):
        load(path, task)
    with pytest.raises(ValueError, match="no checkpoint at"):
        load(tmp_path / "missing.zip", task)


def test_everybody_meets_the_same_shocks(task: Task) -> None:
    results = [assess(task, controller(task, name), 2) for name in ("constant", "pid_tuned")]
    one, two = (result.episodes for result in results)
    pd.testing.assert_frame_equal(one[["scenario", "seed", "onset"]], two[["scenario", "seed", "onset"]])
    again = assess(task, controller(task, "pid_tuned"), 2).episodes
    pd.testing.assert_frame_equal(two, again)
    assert not np.array_equal(one["score"], two["score"])


def test_the_ladder_writes_its_results(task: Task, trained: Path, tmp_path: Path) -> None:
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
        len(list((tmp_path / "runs" / "Short-v0" / "leaderboard").iterdir()))
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


@pytest.mark.parametrize("decay", [0.0, 1.0])
def test_what_is_kept_is_the_mean_of_parameters(task: Task, tmp_path: Path, decay: float) -> None:
    asked = arguments(task, tmp_path / "mean")
    asked.overrides["averaging"] = decay
    folder = ppo.train(asked)
    best, last = load(folder / "best.pt", task), load(folder / "last.pt", task)
    observation = torch.linspace(-1, 1, 20 * 5).reshape(5, 20)
    # Without memory the mean is the learner at the end; with nothing else it stays where it began.
    assert torch.equal(best.network(observation), last.network(observation)) == (decay == 0.0)


def test_the_horizon_grows_and_values_keep_their_order(task: Task) -> None:
    class Halfway:
        progress = 0.25

    simulation = task.simulation(4, compile=False)
    environment = EconomyVecEnv(simulation, reward_scale=2.0)
    settings = hyperparameters(task.id) | {"n_steps": 2, "batch_size": 4, "net_arch": [4]}
    model = ppo.learner(environment, settings, 0, "cpu")
    model.set_logger(configure(None, []))
    settings |= {"gamma": 0.9, "gamma_end": 0.999, "gamma_ramp": 0.5, "gae_lambda_end": None}
    horizon = Horizon(settings, Halfway())  # type: ignore[arg-type]
    horizon.init_callback(model)
    horizon.on_training_start({}, {})
    horizon.on_rollout_start()
    assert model.gamma == model.rollout_buffer.gamma == pytest.approx(0.99)
    assert environment.scale == pytest.approx(0.2)
    Halfway.progress = 0.8
    horizon.on_rollout_start()
    assert model.gamma == pytest.approx(0.999)
    assert environment.scale == pytest.approx(0.02)
