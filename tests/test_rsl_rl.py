"""The trainer that stays on the device: its critic, its checkpoints, its export."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Normal, TanhTransform, TransformedDistribution

from agents.policy import load
from envs import task_of

pytest.importorskip("rsl_rl", reason="rsl-rl-lib comes with the extra gpu")

from rsl_rl.algorithms import PPO
from rsl_rl.env import VecEnv
from tensordict import TensorDict

from envs.adapters.rsl_rl import EconomyRslEnv
from train.learning.bootstrapped_ppo import BootstrappedPPO
from train.learning.device import configuration
from train.learning.hyperparameters import hyperparameters
from train.learning.settings import Settings
from train.ppo import Arguments, train

from .trainings import arguments, tags

TASK = "tokenomics/SafeNetwork-v0"
GAMMA, STATES, LIMIT = 0.9, 4, 3
VALUES = torch.tensor([1.0, GAMMA**3, GAMMA**2, GAMMA])  # V(s) of the ring below
SMALL: dict[str, Any] = {
    "log_std_init": -1.0, "gamma_end": None, "gae_lambda_end": None, "gamma_ramp": 0.5, "averaging": 0.9,
    "n_envs": 16, "n_steps": 4, "batch_size": 32, "n_epochs": 1, "net_arch": [8], "activation": "tanh",
    "gamma": GAMMA, "gae_lambda": 0.9, "clip_range": 0.2, "vf_coef": 1.0, "ent_coef": 0.0,
    "max_grad_norm": 10.0, "learning_rate": 1e-2,
}  # fmt: skip
BRIEF: dict[str, Any] = {"cut": 4, "compile": False, "interval": 5, "horizon": 40}


class Ring(VecEnv):  # type: ignore[misc]
    """Four states in a ring, a reward on leaving the first, and nothing but a time limit ends an episode."""

    def __init__(self, batch: int) -> None:
        self.num_envs, self.num_actions, self.device, self.cfg = batch, 1, "cpu", {}
        self.max_episode_length = LIMIT
        self.at = torch.arange(batch) % STATES
        self.episode_length_buf = torch.arange(batch) // STATES % LIMIT

    def seen(self, at: Tensor) -> Tensor:
        return torch.nn.functional.one_hot(at, STATES).to(torch.float32)

    def get_observations(self) -> TensorDict:
        return TensorDict({"policy": self.seen(self.at)}, batch_size=[self.num_envs])

    def step(self, actions: Tensor) -> tuple[TensorDict, Tensor, Tensor, dict[str, Any]]:
        reward = (1.0 - GAMMA**STATES) * (self.at == 0)
        following = (self.at + 1) % STATES
        self.episode_length_buf = self.episode_length_buf + 1
        over = self.episode_length_buf >= LIMIT
        self.episode_length_buf = torch.where(over, 0, self.episode_length_buf)
        self.at = torch.where(over, torch.randint(STATES, over.shape), following)
        extras = {"time_outs": over, "final_observations": self.seen(following)}
        return self.get_observations(), reward, over.to(torch.int64), extras


def settings_of(**changes: Any) -> Settings:
    return Settings.of(hyperparameters("another") | SMALL | changes, task_of(TASK))


def critic_error(algorithm: type[PPO]) -> float:
    """Largest error of the critic after learning the ring."""
    torch.manual_seed(0)
    ring = Ring(48)
    settings = settings_of(n_envs=48, n_steps=8, batch_size=384, net_arch=[16])
    words = configuration(settings) | {"multi_gpu": None}
    words["algorithm"]["class_name"] = algorithm
    learner = algorithm.construct_algorithm(ring.get_observations(), ring, words, "cpu")
    rounds = 200
    for turn in range(rounds):
        learner.optimizer.param_groups[0]["lr"] = 2e-2 * (1.0 - turn / rounds)
        observation = ring.get_observations()
        with torch.no_grad():
            for _ in range(8):
                observation, *rest = ring.step(learner.act(observation))
                learner.process_env_step(observation, *rest)
            learner.compute_returns(observation)
        learner.update()
    every = TensorDict({"policy": torch.eye(STATES)}, batch_size=[STATES])
    with torch.no_grad():
        return float((learner.critic(every).squeeze(1) - VALUES).abs().max())


def test_time_limits_leave_the_critic_unbiased() -> None:
    assert critic_error(BootstrappedPPO) < 1e-2


def test_stock_bootstrap_is_biased() -> None:
    assert critic_error(PPO) > 0.03, "rsl_rl has repaired its bootstrap: BootstrappedPPO may go"


def test_loss_is_that_of_the_squashed_law() -> None:
    torch.manual_seed(1)
    ring = Ring(48)
    learner = BootstrappedPPO.construct_algorithm(
        ring.get_observations(), ring, configuration(settings_of()) | {"multi_gpu": None}, "cpu"
    )
    seen, noise = torch.randn(64, STATES), torch.randn(64, 1)

    def log_prob(action: Tensor) -> Tensor:
        law = Normal(learner.actor.mlp(seen), learner.actor.distribution.log_std_param.exp())
        return TransformedDistribution(law, [TanhTransform()]).log_prob(action)

    with torch.no_grad():
        action, x, before, _ = learner.drawn(seen, noise)
        old = log_prob(action)
        for parameter in learner.actor.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
        ratio = torch.exp(log_prob(action) - old)
        advantage, returns = torch.randn(64, 1), torch.randn(64, 1)
        gain = (advantage - advantage.mean()) / advantage.std()
        surrogate = -torch.minimum(gain * ratio, gain * ratio.clamp(0.8, 1.2)).mean()
        value = (returns - learner.critic.mlp(seen)).square().mean()
        total, losses = learner.loss(seen, x, before, advantage, returns)
    torch.testing.assert_close(losses[:2], torch.stack([value, surrogate]), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(total, surrogate + SMALL["vf_coef"] * value, rtol=1e-4, atol=1e-5)


def test_environment_hands_over_what_the_simulation_says() -> None:
    simulation = task_of(TASK).simulation(3, cut=2, compile=False)
    environment = EconomyRslEnv(simulation, reward_offset=0.5, reward_scale=2.0, seed=5)
    for step in range(4):
        _, reward, done, extras = environment.step(torch.zeros(3, 2))
        transition = environment.transition
        assert transition is not None
        assert torch.equal(reward, (2.0 * (transition.reward - 0.5)).to(torch.float32))
        assert bool(done.all()) == (step % 2 == 1)
        assert torch.equal(extras["time_outs"], transition.truncated)
        assert torch.equal(extras["final_observations"], transition.final_observation)
    assert environment.get_observations()["policy"].dtype == torch.float32


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a very short training run."""
    out = tmp_path_factory.mktemp("rsl") / "run"
    overrides = {**SMALL, "env": BRIEF}
    train(Arguments(backend="rsl_rl", device="cpu", steps=128, out=out, overrides=overrides))
    return out


def test_policy_loads_as_a_controller(trained: Path) -> None:
    task = task_of(TASK)
    policy = load(trained / "best.pt", task)
    assert policy.interval == 5
    simulation = task.simulation(5, compile=False)
    levers = policy.act(simulation.reset(0))
    assert set(levers) == {"reward", "cost"}
    (trained / "broken.pt").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="no readable policy"):
        load(trained / "broken.pt", task)


def test_onnx_runtime_gives_the_same_actions(trained: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime comes with the extra gpu")
    pytest.importorskip("onnxscript", reason="onnxscript comes with the extra gpu")
    from train.export import export

    task = task_of(TASK)
    export(task, trained / "best.pt", trained / "policy.onnx")
    policy = load(trained / "best.pt", task)
    simulation = task.simulation(7, compile=False, interval=5)
    sensors = simulation.reset(0)
    assert simulation.run is not None
    with torch.no_grad():
        ours = policy.network(simulation.observe(sensors, simulation.run))
    readings = np.stack([sensors[sensor.name].numpy() for sensor in policy.observed], axis=1)
    session = onnxruntime.InferenceSession(trained / "policy.onnx", providers=["CPUExecutionProvider"])
    (theirs,) = session.run(["action"], {"sensors": readings})
    np.testing.assert_allclose(theirs, ours.numpy(), atol=1e-6)


def test_staggered_episodes_end_at_different_times() -> None:
    torch.manual_seed(0)
    environment = EconomyRslEnv(task_of(TASK).simulation(32, cut=4, compile=False), seed=5)
    environment.stagger()
    ended = torch.stack([environment.step(torch.zeros(32, 2))[2] for _ in range(4)])
    assert torch.equal(ended.sum(0), torch.ones(32, dtype=torch.int64))
    assert bool((ended.sum(1) > 0).all())


def test_both_backends_write_the_same_tags(tmp_path: Path) -> None:
    ours, theirs = (tags(train(arguments(tmp_path / name, name))) for name in ("rsl_rl", "sb3"))
    own = {tag for tag in theirs - ours if tag.startswith("train/")}
    assert theirs - own == ours
    assert {"train/value_loss", "train/gamma", "time/fps", "rollout/ep_rew_mean", "eval/mean_score"} <= ours
