"""The batched simulation behind rsl_rl's `VecEnv`: tensors in, tensors out, on one device."""

from typing import Any

import torch
from rsl_rl.env import VecEnv
from tensordict import TensorDict
from torch import Tensor

from ..core.simulation import Simulation, Transition
from .options import check_learnable


class EconomyRslEnv(VecEnv):  # type: ignore[misc]
    """All environments of a simulation as one rsl_rl environment; nothing leaves the device.

    `extras` of a step holds `time_outs` (B,), true where the time limit and not the economy ended the
    episode, and `final_observations` (B, O), what was seen before the autoreset.

    Args:
        simulation: with autoreset.
        reward_offset, reward_scale: the learner sees (reward − offset) · scale.
        seed: of the first episodes; environment i gets seed + i.
    """

    def __init__(
        self, simulation: Simulation, reward_offset: float = 0.0, reward_scale: float = 1.0, seed: int = 0
    ) -> None:
        check_learnable(type(self).__name__, simulation, reward_offset, reward_scale)
        self.simulation = simulation
        self.num_envs = simulation.batch
        self.num_actions = len(simulation.action_map.labels)
        limit = -(-simulation.horizon // simulation.interval)
        self.max_episode_length = limit if simulation.cut is None else min(limit, simulation.cut)
        self.device = simulation.device
        self.cfg: dict[str, Any] = {}
        self.transition: Transition | None = None
        self.offset, self.scale = reward_offset, reward_scale
        sensors = simulation.reset(seed)
        self.seen = simulation.observe(sensors, simulation.run)

    def stagger(self) -> None:
        """Gives environments different shares of their first episode, so that a cut does not end all at once."""
        simulation = self.simulation
        run = simulation.run
        if simulation.cut is not None:
            done = torch.randint_like(run.decisions, simulation.cut)
            simulation.resume(run._replace(decisions=done), None)

    @property
    def episode_length_buf(self) -> Tensor:
        """Decisions since each environment's reset, int64 (B,); setting it moves what `cut` counts."""
        return self.simulation.run.decisions

    @episode_length_buf.setter
    def episode_length_buf(self, decisions: Tensor) -> None:
        run = self.simulation.run
        self.simulation.resume(
            run._replace(decisions=decisions.to(run.decisions).expand_as(run.decisions).clone())
        )

    def get_observations(self) -> TensorDict:
        """The present observation (B, O), as the group "policy"."""
        return TensorDict({"policy": self.seen}, batch_size=[self.num_envs])

    def step(self, actions: Tensor) -> tuple[TensorDict, Tensor, Tensor, dict[str, Any]]:
        """One decision in every environment, for actions (B, A)."""
        self.transition = transition = self.simulation.act(actions)
        self.seen = transition.observation
        reward = ((transition.reward - self.offset) * self.scale).to(torch.float32)
        done = (transition.terminated | transition.truncated).to(torch.int64)
        extras = {"time_outs": transition.truncated, "final_observations": transition.final_observation}
        return self.get_observations(), reward, done, extras
