"""The native vector environment: one batched simulation behind `gymnasium.vector.VectorEnv`."""

from collections.abc import Mapping
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
    """Many token economies in one batch.

    With SAME_STEP autoreset `infos["final_obs"]` is a dense array of every environment's observation before the autoreset;
    `infos["_final_obs"]` tells whose episode ended. Where one did, `infos["metrics"]` and `infos["ledger"]` are
    the new episode's and `infos["final_info"]` holds the old one's. With NEXT_STEP the step after an episode's end
    begins the next one, whatever the action, with reward 0. With DISABLED one calls
    `reset(options={"reset_mask": ...})`. Environment i of seed s is `EconomyEnv` of seed s + i.

    Args:
        task: id, or a task of one's own.
        num_envs: batch.
        with_info: puts metrics, reward terms, costs and ledger into `infos`.
        autoreset_mode: Gymnasium's `AutoresetMode`, or its value.
        max_episode_steps: decisions after which an episode is truncated, as `cut`.
        options: see `Task.simulation` and `Simulation`; `reset_mode` is their `reset`.
    """

    metadata: dict[str, Any] = {"autoreset_mode": AutoresetMode.SAME_STEP, "render_modes": []}

    def __init__(
        self,
        task: str | Task,
        num_envs: int = 1,
        with_info: bool = True,
        autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
        max_episode_steps: int | None = None,
        **options: Any,
    ) -> None:
        self.task = task_of(task)
        self.num_envs = whole("num_envs", num_envs, 1)
        if not isinstance(with_info, bool):
            raise TypeError(f"with_info is {with_info!r}; it must be True or False")
        self.autoreset_mode = mode_of(autoreset_mode)
        self.metadata = self.metadata | {"autoreset_mode": self.autoreset_mode}
        options = {name: copied(value) for name, value in options.items()}
        if max_episode_steps is not None:
            most = whole("max_episode_steps", max_episode_steps, 1)
            options["cut"] = most if options.get("cut") is None else min(most, options["cut"])
        own = {"autoreset": self.autoreset_mode == AutoresetMode.SAME_STEP}
        self.simulation = simulation_of(self.task, self.num_envs, options, own)
        self.single_observation_space = observation_space(self.simulation)
        self.single_action_space = action_space(self.simulation)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.render_mode = None
        self._with_info = with_info
        self._everyone = np.ones(num_envs, dtype=bool)
        self._over = ~self._everyone

    def reset(
        self, *, seed: int | list[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Array, dict[str, Any]]:
        """Begins an episode in every environment. `seed` is one number s (giving s + i) or one for each.

        `options` may hold `scenario` and `onset`, and `reset_mask`, bool (B,): where an episode begins.
        """
        asked = dict(options) if isinstance(options, Mapping) else options
        mask = self._mask(asked.pop("reset_mask", None) if asked else None)
        scenario, onset = prescribed(self.simulation, asked)
        seeds = self._seeds(seed, self._everyone if mask is None else mask)
        if mask is None:
            sensors = self.simulation.reset(seeds, scenario, onset)
            observation = self.simulation.observe(sensors, self.simulation.run)
        else:
            observation = self.simulation.renew(torch.from_numpy(mask), seeds, scenario, onset)
        begun = self._everyone if mask is None else mask
        self._over = self._over & ~begun
        return observation.cpu().numpy(), self._infos(self.simulation.run, None, ~self._everyone, begun)

    def _mask(self, mask: Any) -> Array | None:
        if mask is None:
            return None
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.shape != (self.num_envs,):
            raise ValueError(f"reset_mask is {mask!r}; it must be an array of {self.num_envs} booleans")
        if not mask.any():
            raise ValueError(f"reset_mask is {mask!r}; it must hold True for one environment at least")
        return mask.copy()

    def _seeds(self, seed: int | list[int | None] | None, begun: Array) -> torch.Tensor | None:
        """Seeds int64 (B,), of which those count where `begun` holds; None to go on."""
        if isinstance(seed, list | tuple):
            if len(seed) != self.num_envs or any(
                one is None and new for one, new in zip(seed, begun, strict=True)
            ):
                raise ValueError(f"seed is {seed!r}; it must hold {self.num_envs} numbers")
            return torch.cat([seeds_from(0 if one is None else one, 1) for one in seed])
        first = None if seed is None else whole_seed(seed)
        super().reset(seed=first)
        if first is None and not self.simulation.begun:
            first = int(self.np_random.integers(2**31))
        return None if first is None else seeds_from(first, self.num_envs)

    def step(self, actions: Array) -> tuple[Array, Array, Array, Array, dict[str, Any]]:
        """One decision in every environment.

        Raises:
            RuntimeError: an episode is over, and autoreset is disabled.
        """
        values = checked_action(actions, (self.num_envs, len(self.simulation.action_map.labels)))
        if self.autoreset_mode == AutoresetMode.DISABLED and self._over.any():
            raise RuntimeError(
                "an episode is over; call reset(options={'reset_mask': terminated | truncated})"
            )
        transition = self.simulation.act(values.to(self.simulation.device))
        begun, observation = self._over, transition.observation
        if begun.any():
            observation = self.simulation.renew(torch.from_numpy(begun))
        reward = np.where(begun, 0.0, transition.reward.cpu().numpy())
        terminated = transition.terminated.cpu().numpy() & ~begun
        truncated = transition.truncated.cpu().numpy() & ~begun
        done = terminated | truncated
        same_step = self.autoreset_mode == AutoresetMode.SAME_STEP
        decided = ~done if same_step else ~begun
        infos = self._infos(self.simulation.run, transition, decided, self._everyone)
        if not same_step:
            self._over = done
        elif done.any():
            infos["final_obs"] = transition.final_observation.cpu().numpy()
            infos["_final_obs"] = done
            infos["final_info"] = self._infos(self.simulation.last, transition, done, self._everyone)
            infos["_final_info"] = done
        return observation.cpu().numpy(), reward, terminated, truncated, infos

    def _infos(self, run: Run, transition: Transition | None, decided: Array, there: Array) -> dict[str, Any]:
        """Figures in `run`, valid where `there`, bool (B,), holds; what the decision brought where `decided` does."""
        if not self._with_info:
            return {}
        infos: dict[str, Any] = {}
        for group, values in information(self.simulation, run, transition).items():
            infos[group] = values
            infos[f"_{group}"] = decided if group in ("reward_terms", "cost") else there
        return infos


def mode_of(mode: Any) -> AutoresetMode:
    """Gymnasium's mode of that name or value.

    Raises:
        ValueError: there is none.
    """
    try:
        return AutoresetMode(mode)
    except ValueError:
        possible = ", ".join(repr(one.value) for one in AutoresetMode)
        raise ValueError(f"autoreset_mode is {mode!r}; it must be one of {possible}") from None
