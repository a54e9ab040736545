"""The native vector environment: one batched simulation behind `gymnasium.vector.VectorEnv`."""

from typing import Any

import numpy as np
import torch
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from ..core.chance import seeds_from, whole_seed
from ..core.options import whole
from ..core.simulation import Run, Transition
from ..core.task import Task
from ..registry import task_of
from .options import copied, prescribed, simulation_of
from .spaces import action_space, checked_action, information, observation_space

Array = NDArray[Any]


class EconomyVectorEnv(VectorEnv[Array, Array, Array]):
    """Many token economies in one batch, with SAME_STEP autoreset.

    `infos["final_obs"]` is a dense array of every environment's observation before the autoreset;
    `infos["_final_obs"]` tells whose episode ended. Where one did, `infos["metrics"]` and `infos["ledger"]` are
    the new episode's and `infos["final_info"]` holds the old one's. Environment i of seed s is `EconomyEnv` of seed
    s + i.

    Args:
        task: id, or a task of one's own.
        num_envs: batch.
        with_info: puts metrics, reward terms, costs and ledger into `infos`.
        options: see `Task.simulation` and `Simulation`; `reset_mode` is their `reset`.
    """

    metadata: dict[str, Any] = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": []}

    def __init__(self, task: str | Task, num_envs: int = 1, with_info: bool = True, **options: Any) -> None:
        self.task = task_of(task)
        self.num_envs = whole("num_envs", num_envs, 1)
        if not isinstance(with_info, bool):
            raise TypeError(f"with_info is {with_info!r}; it must be True or False")
        options = {name: copied(value) for name, value in options.items()}
        self.simulation = simulation_of(self.task, self.num_envs, options)
        self.single_observation_space = observation_space(self.simulation)
        self.single_action_space = action_space(self.simulation)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.render_mode = None
        self._with_info = with_info
        self._everyone = np.ones(num_envs, dtype=bool)

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Array, dict[str, Any]]:
        """Begins an episode in every environment. `seed` is one number s (giving s + i) or one for each."""
        scenario, onset = prescribed(self.simulation, options)
        if isinstance(seed, list | tuple):
            if len(seed) != self.num_envs or any(one is None for one in seed):
                raise ValueError(f"seed is {seed!r}; it must hold {self.num_envs} numbers")
            seeds: int | torch.Tensor | None = torch.cat(
                [seeds_from(one, 1) for one in seed if one is not None]
            )
        else:
            seeds = None if seed is None else whole_seed(seed)
            super().reset(seed=seeds)
        if seeds is None and not self.simulation.begun:
            seeds = int(self.np_random.integers(2**31))
        sensors = self.simulation.reset(seeds, scenario, onset)
        run = self.simulation.run
        observation = self.simulation.observe(sensors, run)
        return observation.cpu().numpy(), self._infos(run, None, self._everyone)

    def step(self, actions: Array) -> tuple[Array, Array, Array, Array, dict[str, Any]]:
        """One decision in every environment."""
        values = checked_action(actions, (self.num_envs, len(self.simulation.action_map.labels)))
        transition = self.simulation.act(values.to(self.simulation.device))
        terminated, truncated = transition.terminated.cpu().numpy(), transition.truncated.cpu().numpy()
        done = terminated | truncated
        infos = self._infos(self.simulation.run, transition, ~done)
        if done.any():
            infos["final_obs"] = transition.final_observation.cpu().numpy()
            infos["_final_obs"] = done
            infos["final_info"] = self._infos(self.simulation.last, transition, done)
            infos["_final_info"] = done
        observation = transition.observation.cpu().numpy()
        return observation, transition.reward.cpu().numpy(), terminated, truncated, infos

    def _infos(self, run: Run, transition: Transition | None, decided: Array) -> dict[str, Any]:
        """Everybody's figures in `run`; what the decision brought is valid where `decided`, bool (B,), holds."""
        if not self._with_info:
            return {}
        infos: dict[str, Any] = {}
        for group, values in information(self.simulation, run, transition).items():
            infos[group] = values
            infos[f"_{group}"] = decided if group in ("reward_terms", "cost") else self._everyone
        return infos
