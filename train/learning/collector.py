"""rsl_rl on a simulation: hyperparameters in its words, rollouts, and the episodes that end in them."""

import sys
from contextlib import redirect_stdout
from io import StringIO
from math import exp
from typing import Any

import torch
from rsl_rl.runners import OnPolicyRunner
from torch import Tensor

from envs.adapters.rsl_rl import EconomyRslEnv

from .bootstrapped_ppo import BootstrappedPPO, SquashedGaussian
from .hyperparameters import schedule


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


def configuration(settings: dict[str, Any], mode: str | None = None) -> dict[str, Any]:
    """Hyperparameters in rsl_rl's words, and torch.compile's mode for the learner; None leaves it eager."""
    network = {
        "class_name": "rsl_rl.models:MLPModel",
        "hidden_dims": settings["net_arch"],
        "activation": {"silu": "swish"}.get(settings["activation"], settings["activation"]),
    }
    law = {"class_name": SquashedGaussian, "init_std": exp(settings["log_std_init"])}
    return {
        "num_steps_per_env": settings["n_steps"],
        "save_interval": sys.maxsize,
        "check_for_nan": False,
        "torch_compile_mode": mode,
        "obs_groups": {"actor": ["policy"], "critic": ["policy"]},
        "actor": {**network, "distribution_cfg": law},
        "critic": dict(network),
        "algorithm": {
            "class_name": BootstrappedPPO,
            "num_learning_epochs": settings["n_epochs"],
            "num_mini_batches": max(1, settings["n_envs"] * settings["n_steps"] // settings["batch_size"]),
            "clip_param": settings["clip_range"],
            "gamma": settings["gamma"],
            "lam": settings["gae_lambda"],
            "value_loss_coef": settings["vf_coef"],
            "entropy_coef": settings["ent_coef"],
            "learning_rate": schedule(settings["learning_rate"], 1.0),
            "max_grad_norm": settings["max_grad_norm"],
            "use_clipped_value_loss": False,
            "schedule": "fixed",
            "normalize_advantage_per_mini_batch": True,
        },
    }


class Collector(OnPolicyRunner):  # type: ignore[misc]
    """rsl_rl's runner on a simulation, with the learner compiled where the simulation is.

    Args:
        environment: the batch to learn on. settings: hyperparameters.
    """

    def __init__(self, environment: EconomyRslEnv, settings: dict[str, Any]) -> None:
        graphs = "reduce-overhead" if environment.device.type == "cuda" else "default"
        mode = graphs if environment.simulation.compiled else None
        with redirect_stdout(StringIO()):  # rsl_rl prints its networks
            super().__init__(environment, configuration(settings, mode), None, str(environment.device))
        self.settings = settings
        self.episodes = Episodes(environment.num_envs, environment.device)

    @torch.no_grad()
    def collect(self) -> None:
        """A rollout, with its returns; nothing is asked of the device."""
        environment = self.env
        observation = environment.get_observations()
        for _ in range(self.settings["n_steps"]):
            observation, *rest = environment.step(self.alg.act(observation))
            self.alg.process_env_step(observation, *rest)
            self.episodes.add(environment.transition.reward, rest[1])
        self.alg.compute_returns(observation)
