"""The single environment: a batch of one behind `gymnasium.Env`."""

from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils import EzPickle
from numpy.typing import NDArray

from ..core.chance import whole_seed
from ..core.dashboard import draw, pixels
from ..core.task import Task
from ..registry import task_of
from .options import copied, decisions, prescribed, simulation_of
from .spaces import action_space, checked_action, information, observation_space

Observation = NDArray[np.float32]


class EconomyEnv(gymnasium.Env[Observation, NDArray[np.float32]], EzPickle):
    """One token economy.

    Args:
        task: id, or a task of one's own.
        render_mode: "rgb_array" draws the dashboard of the episode so far, "ansi" prints a line.
        options: see `Task.simulation` and `Simulation`; `reset_mode` is their `reset`.
    """

    _spec: EnvSpec | None = None

    metadata: dict[str, Any] = {"render_modes": ["rgb_array", "ansi"], "render_fps": 10}

    def __init__(self, task: str | Task, render_mode: str | None = None, **options: Any) -> None:
        options = {name: copied(value) for name, value in options.items()}
        EzPickle.__init__(self, task=task, render_mode=render_mode, **options)
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise ValueError(f"render_mode is {render_mode!r}; it must be 'rgb_array', 'ansi' or None")
        self.task = task_of(task)
        self.simulation = simulation_of(self.task, 1, options, {"autoreset": False})
        self.observation_space: Any = observation_space(self.simulation)
        self.action_space: Any = action_space(self.simulation)
        self.render_mode = render_mode
        self._history: list[dict[str, float]] = []
        self._over = False

    @property
    def spec(self) -> EnvSpec | None:
        """How Gymnasium made it; `max_episode_steps` are the decisions up to the horizon."""
        return self._spec

    @spec.setter
    def spec(self, spec: EnvSpec | None) -> None:
        self._spec = spec
        if spec is not None and spec.max_episode_steps is None:
            spec.max_episode_steps = decisions(self.simulation)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begins an episode. `options` may hold `scenario` (a name) and `onset` (a step)."""
        super().reset(seed=seed if seed is None else whole_seed(seed))
        scenario, onset = prescribed(self.simulation, options)
        if seed is None and not self.simulation.begun:
            seed = int(self.np_random.integers(2**31))
        sensors = self.simulation.reset(seed, scenario, onset)
        run = self.simulation.run
        self._over, self._history = False, []
        self._remember(sensors)
        return self.simulation.observe(sensors, run)[0].numpy(), self._info(None)

    def step(self, action: NDArray[np.float32]) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """One decision: the action is held for the decision interval."""
        if self._over:
            raise RuntimeError("the episode is over; call reset()")
        values = checked_action(action, (len(self.simulation.action_map.labels),))
        transition = self.simulation.act(values[None])
        terminated, truncated = bool(transition.terminated[0]), bool(transition.truncated[0])
        self._over = terminated or truncated
        self._remember(transition.sensors)
        observation = transition.observation[0].cpu().numpy()
        return observation, float(transition.reward[0]), terminated, truncated, self._info(transition)

    def render(self) -> Any:
        """The dashboard as an image, or the key figures as a line; None without a render mode."""
        if self.render_mode is None:
            gymnasium.logger.warn("render() was called without a render_mode; pass one to gymnasium.make")
            return None
        if not self._history:
            raise RuntimeError("call reset() before render()")
        if self.render_mode == "ansi":
            return self._line()
        history = {name: np.array([row[name] for row in self._history]) for name in self._history[0]}
        title = f"{self.task.id}, {self._scenario()}"
        return pixels(draw(self.task.dashboard, history, title, self.task.step_unit))

    def _scenario(self) -> str:
        run = self.simulation.run
        name: str = self.simulation.scenario_set.names[int(run.scenario[0])]
        return name

    def _line(self) -> str:
        run = self.simulation.run
        metrics = self.simulation.economy.metrics(run.state)
        figures = "  ".join(f"{name} {float(value[0]):.4g}" for name, value in metrics.items())
        return f"{self.task.step_unit} {int(run.state.time[0])}  {figures}"

    def _remember(self, sensors: dict[str, torch.Tensor]) -> None:
        if self.render_mode == "rgb_array" or not self._history:
            run = self.simulation.run
            row = {name: float(value[0]) for name, value in sensors.items()}
            self._history.append(row | {"time": float(run.state.time[0])})

    def _info(self, transition: Any) -> dict[str, Any]:
        run = self.simulation.last
        groups = information(self.simulation, run, transition)
        return {
            group: {name: float(value[0]) for name, value in values.items()}
            for group, values in groups.items()
        }

    def __getstate__(self) -> dict[str, Any]:
        begun = self.simulation.begun
        runs = (self.simulation.run, self.simulation.last) if begun else None
        live = {"runs": runs, "over": self._over}
        return {**EzPickle.__getstate__(self), "live": live, "history": self._history}

    def __setstate__(self, state: dict[str, Any]) -> None:
        live, history = state.pop("live"), state.pop("history")
        EzPickle.__setstate__(self, state)
        if live["runs"] is not None:
            self.simulation.resume(*live["runs"])
        self._over, self._history = live["over"], history
