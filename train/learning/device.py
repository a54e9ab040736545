"""PPO that never leaves the device, built on rsl_rl, as a learner."""

import sys
from contextlib import redirect_stdout
from io import StringIO
from math import exp
from typing import Any

import numpy as np
import torch
from rsl_rl.runners import OnPolicyRunner
from torch import Tensor
from typing_extensions import override

from agents.network import Shape
from agents.seeds import training
from envs.adapters.rsl_rl import EconomyRslEnv
from envs.core.simulation import Simulation

from .bootstrapped_ppo import BootstrappedPPO, SquashedGaussian
from .learner import SQUASHING, Learner
from .schedules import schedule
from .settings import Settings


class Episodes:
    """Mean return and length of the episodes that ended in an iteration, summed on the device."""

    def __init__(self, batch: int, device: torch.device) -> None:
        self.running = torch.zeros(2, batch, dtype=torch.float64, device=device)
        self.ended = torch.zeros(3, dtype=torch.float64, device=device)

    def add(self, reward: Tensor, done: Tensor) -> None:
        """Counts a decision: rewards (B,) and whether the episode ended, (B,)."""
        self.running = self.running + torch.stack([reward, torch.ones_like(reward)])
        over = (done > 0).to(torch.float64)
        self.ended = self.ended + torch.cat([(self.running * over).sum(1), over.sum()[None]])
        self.running = self.running * (1.0 - over)

    def scalars(self) -> dict[str, float]:
        """The means since the last call; none where no episode ended."""
        total, length, count = self.ended.tolist()
        self.ended = torch.zeros_like(self.ended)
        return {"rollout/ep_rew_mean": total / count, "rollout/ep_len_mean": length / count} if count else {}


def configuration(settings: Settings, mode: str | None = None) -> dict[str, Any]:
    """Hyperparameters in rsl_rl's words, and torch.compile's mode for the learner; None leaves it eager."""
    network = {
        "class_name": "rsl_rl.models:MLPModel",
        "hidden_dims": list(settings.net_arch),
        "activation": {"silu": "swish"}.get(settings.activation, settings.activation),
    }
    law = {"class_name": SquashedGaussian, "init_std": exp(settings.log_std_init)}
    return {
        "num_steps_per_env": settings.n_steps,
        "save_interval": sys.maxsize,
        "check_for_nan": False,
        "torch_compile_mode": mode,
        "obs_groups": {"actor": ["policy"], "critic": ["policy"]},
        "actor": {**network, "distribution_cfg": law},
        "critic": dict(network),
        "algorithm": {
            "class_name": BootstrappedPPO,
            "num_learning_epochs": settings.n_epochs,
            "num_mini_batches": max(1, settings.n_envs * settings.n_steps // settings.batch_size),
            "clip_param": settings.clip_range,
            "gamma": settings.gamma,
            "lam": settings.gae_lambda,
            "value_loss_coef": settings.vf_coef,
            "entropy_coef": settings.ent_coef,
            "learning_rate": schedule(settings.learning_rate, 1.0),
            "max_grad_norm": settings.max_grad_norm,
            "use_clipped_value_loss": False,
            "schedule": "fixed",
            "normalize_advantage_per_mini_batch": True,
        },
    }


class DeviceLearner(Learner):
    """PPO of rsl_rl, on the device of its simulation. The learner is compiled where the simulation is.

    Args:
        simulation: to learn on, with autoreset. seed: of the training, for weights, actions and environments.
    """

    def __init__(self, simulation: Simulation, settings: Settings, seed: int, device: str) -> None:
        torch.manual_seed(seed)
        np.random.seed(seed)  # noqa: NPY002  as a rule of anybody's may draw from it
        self.environment = EconomyRslEnv(
            simulation, settings.reward_offset, settings.reward_scale, training(seed, simulation.batch)
        )
        self.environment.stagger()
        graphs = "reduce-overhead" if simulation.device.type == "cuda" else "default"
        words = configuration(settings, graphs if simulation.compiled else None)
        with redirect_stdout(StringIO()):  # rsl_rl prints its networks
            self.alg: BootstrappedPPO = OnPolicyRunner(self.environment, words, None, device).alg
        self.episodes = Episodes(simulation.batch, simulation.device)
        self.rate = schedule(settings.learning_rate, 1.0)
        self.steps, self.size = settings.n_steps, settings.n_envs * settings.n_steps
        outputs, widths = self.environment.num_actions, tuple(settings.net_arch)
        self.shape = Shape(self.alg.actor.obs_dim, outputs, widths, settings.activation, SQUASHING["rsl_rl"])
        self.alg.prepare()

    def collect(self) -> dict[str, float]:
        """A rollout; the means are those of the episodes that ended in it."""
        self.rollout()
        return self.episodes.scalars()

    @torch.no_grad()
    def rollout(self) -> None:
        """A rollout, with its returns; nothing is asked of the device."""
        environment = self.environment
        observation = environment.get_observations()
        for _ in range(self.steps):
            observation, *rest = environment.step(self.alg.act(observation))
            self.alg.process_env_step(observation, *rest)
            assert environment.transition is not None
            self.episodes.add(environment.transition.reward, rest[1])
        self.alg.compute_returns(observation)

    @override
    def update(self) -> dict[str, float]:
        for group in self.alg.optimizer.param_groups:
            group["lr"] = self.rate
        losses = self.alg.update()
        return {
            "train/value_loss": losses["value"],
            "train/policy_gradient_loss": losses["surrogate"],
            "train/entropy_loss": -losses["entropy"],
        }

    @override
    def discount(self, gamma: float, trace: float) -> None:
        self.alg.gamma, self.alg.lam = gamma, trace

    @override
    def parameters(self) -> dict[str, Tensor]:
        actor, critic = self.alg.actor, self.alg.critic
        named = {f"actor.mlp.{name}": value for name, value in actor.mlp.named_parameters()}
        named |= {f"critic.mlp.{name}": value for name, value in critic.mlp.named_parameters()}
        return named | {"log_std": actor.distribution.log_std_param}

    @override
    def save(self) -> dict[str, Any]:
        return {
            "optimizer": self.alg.optimizer.state_dict(),
            "observation": self.environment.seen,
            "running": self.episodes.running,
        }

    @override
    def load(self, state: dict[str, Any]) -> None:
        self.alg.optimizer.load_state_dict(state["optimizer"])
        device = self.environment.device
        self.environment.seen = state["observation"].to(device)
        self.episodes.running = state["running"].to(device)
