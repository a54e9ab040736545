"""PPO of stable-baselines3 as a learner: its `learn()` is a loop over two methods, which are called in the open."""

import sys
from typing import Any

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.utils import safe_mean
from torch import Tensor
from typing_extensions import override

from agents.network import ACTIVATIONS, Shape
from agents.seeds import training
from envs.adapters.sb3 import EconomyVecEnv
from envs.core.simulation import Simulation

from .learner import SQUASHING, Learner
from .names import renamed
from .schedules import schedule
from .settings import Settings


class Sb3Learner(Learner):
    """PPO of Stable-Baselines3.

    Args:
        simulation: to learn on, with autoreset. seed: of the training, for weights, actions and environments.
    """

    def __init__(self, simulation: Simulation, settings: Settings, seed: int, device: str) -> None:
        self.environment = EconomyVecEnv(simulation, settings.reward_offset, settings.reward_scale)
        self.rate = schedule(settings.learning_rate, 1.0)
        width = list(settings.net_arch)
        self.ppo = PPO(
            "MlpPolicy",
            self.environment,
            learning_rate=self.rate,
            n_steps=settings.n_steps,
            batch_size=settings.batch_size,
            n_epochs=settings.n_epochs,
            gamma=settings.gamma,
            gae_lambda=settings.gae_lambda,
            clip_range=settings.clip_range,
            ent_coef=settings.ent_coef,
            vf_coef=settings.vf_coef,
            max_grad_norm=settings.max_grad_norm,
            policy_kwargs={
                "net_arch": {"pi": width, "vf": width},
                "activation_fn": ACTIVATIONS[settings.activation],
                "log_std_init": settings.log_std_init,
            },
            seed=seed,
            device=device,
        )
        self.environment.seed(training(seed, simulation.batch))  # SB3 has just given them others
        self.ppo.lr_schedule = lambda _: self.rate
        self.ppo.set_logger(Logger(None, []))
        _, self._callback = self.ppo._setup_learn(sys.maxsize)
        self.size = settings.n_envs * settings.n_steps
        inputs, outputs = (space.shape[0] for space in (self.ppo.observation_space, self.ppo.action_space))
        self.shape = Shape(inputs, outputs, tuple(width), settings.activation, SQUASHING["sb3"])

    def collect(self) -> dict[str, float]:
        """A rollout; the means are those of the last hundred episodes."""
        ppo = self.ppo
        ppo.collect_rollouts(self.environment, self._callback, ppo.rollout_buffer, ppo.n_steps)
        if not ppo.ep_info_buffer:
            return {}
        return {
            f"rollout/ep_{name}_mean": float(safe_mean([episode[key] for episode in ppo.ep_info_buffer]))
            for name, key in (("rew", "r"), ("len", "l"))
        }

    @override
    def update(self) -> dict[str, float]:
        self.ppo.train()
        logger = self.ppo.logger
        scalars = {tag: float(value) for tag, value in logger.name_to_value.items()}
        logger.dump()
        return scalars

    @override
    def discount(self, gamma: float, trace: float) -> None:
        self.ppo.gamma = self.ppo.rollout_buffer.gamma = gamma
        self.ppo.gae_lambda = self.ppo.rollout_buffer.gae_lambda = trace

    @override
    def parameters(self) -> dict[str, Tensor]:
        return renamed(dict(self.ppo.policy.named_parameters()))

    @override
    def save(self) -> dict[str, Any]:
        ppo, environment = self.ppo, self.environment
        return {
            "optimizer": ppo.policy.optimizer.state_dict(),
            "decisions": ppo.num_timesteps,
            "updates": ppo._n_updates,
            "observation": torch.as_tensor(ppo._last_obs),
            "begun": torch.as_tensor(ppo._last_episode_starts),
            "returns": torch.as_tensor(environment.returns),
            "lengths": torch.as_tensor(environment.lengths),
            "episodes": [[float(one["r"]), int(one["l"])] for one in ppo.ep_info_buffer or ()],
        }

    @override
    def load(self, state: dict[str, Any]) -> None:
        ppo, environment = self.ppo, self.environment
        ppo.policy.optimizer.load_state_dict(state["optimizer"])
        ppo.num_timesteps, ppo._n_updates = int(state["decisions"]), int(state["updates"])
        for name, present in (("observation", ppo._last_obs), ("begun", ppo._last_episode_starts)):
            if state[name].shape != present.shape:  # type: ignore[union-attr]
                raise ValueError(f"{name} has shape {tuple(state[name].shape)}")
        ppo._last_obs, ppo._last_episode_starts = state["observation"].numpy(), state["begun"].numpy()
        environment.returns[:], environment.lengths[:] = state["returns"].numpy(), state["lengths"].numpy()
        assert ppo.ep_info_buffer is not None
        ppo.ep_info_buffer.extend({"r": total, "l": length, "t": 0.0} for total, length in state["episodes"])
        assert isinstance(ppo._last_obs, np.ndarray)
