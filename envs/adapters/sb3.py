"""The batched simulation behind stable-baselines3's `VecEnv`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env.base_vec_env import VecEnv

from ..core.chance import whole_seed
from ..core.simulation import Simulation
from .options import check_learnable, prescribed
from .spaces import action_space, checked_action, observation_space


class EconomyVecEnv(VecEnv):
    """All environments of a simulation as one SB3 environment; nothing is copied between processes.

    At an episode's end `info` holds `terminal_observation`, `TimeLimit.truncated` and `episode`
    (return and length in decisions), as SB3's algorithms and its Monitor expect.

    Args:
        simulation: with autoreset.
        reward_offset, reward_scale: the learner sees (reward − offset) · scale; `episode` does not.
    """

    def __init__(self, simulation: Simulation, reward_offset: float = 0.0, reward_scale: float = 1.0) -> None:
        check_learnable(type(self).__name__, simulation, reward_offset, reward_scale)
        self.simulation = simulation
        self.render_mode = None
        super().__init__(simulation.batch, observation_space(simulation), action_space(simulation))
        self.offset, self.scale = reward_offset, reward_scale
        self.returns = np.zeros(self.num_envs)
        self.lengths = np.zeros(self.num_envs, dtype=np.int64)
        self._action: Any = None
        self._seed: int | None = None

    def reset(self) -> Any:
        """Begins an episode in every environment; observation (B, O).

        `set_options` may prescribe `scenario` and `onset`, as `gymnasium.Env.reset` takes them.
        """
        sensors = self.simulation.reset(self._seed, *prescribed(self.simulation, self._asked()))
        self._seed = None
        self._reset_options()
        self.returns[:], self.lengths[:] = 0.0, 0
        run = self.simulation.run
        return self.simulation.observe(sensors, run).cpu().numpy()

    def _asked(self) -> dict[str, list[Any]]:
        """The options of `set_options` by name, one value for each environment."""
        names = {name for one in self._options for name in one}
        if any(set(one) != names for one in self._options):
            raise ValueError(
                f"options must name {', '.join(sorted(names))} for every environment, or for none"
            )
        return {name: [one[name] for one in self._options] for name in names}

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Environment i gets seed + i at the next reset."""
        self._seed = int(np.random.default_rng().integers(2**31)) if seed is None else whole_seed(seed)
        return [self._seed + i for i in range(self.num_envs)]

    def step_async(self, actions: Any) -> None:
        """Takes the actions of the next `step_wait`."""
        self._action = checked_action(actions, (self.num_envs, len(self.simulation.action_map.labels)))

    def step_wait(self) -> Any:
        """One decision in every environment."""
        if self._action is None:
            raise RuntimeError("call step_async() before step_wait()")
        self.transition = transition = self.simulation.act(self._action.to(self.simulation.device))
        reward = transition.reward.cpu().numpy()
        truncated = transition.truncated.cpu().numpy()
        done = transition.terminated.cpu().numpy() | truncated
        self.returns += reward
        self.lengths += 1
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        if done.any():
            final = transition.final_observation.cpu().numpy()
            for i in np.flatnonzero(done):
                episode = {"r": float(self.returns[i]), "l": int(self.lengths[i]), "t": 0.0}
                infos[i] = {
                    "terminal_observation": final[i],
                    "TimeLimit.truncated": bool(truncated[i]),
                    "episode": episode,
                }
            self.returns[done], self.lengths[done] = 0.0, 0
        shown = ((reward - self.offset) * self.scale).astype(np.float32)
        return transition.observation.cpu().numpy(), shown, done, infos

    def close(self) -> None:
        """Nothing to close."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """An attribute of this object, once for each environment."""
        return [getattr(self, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Sets an attribute for all environments."""
        setattr(self, attr_name, value)

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        """Calls a method of this object, once for all environments."""
        result = getattr(self, method_name)(*args, **kwargs)
        return [result] * len(list(self._get_indices(indices)))

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """No wrapper stands before a single environment."""
        return [False] * len(list(self._get_indices(indices)))
