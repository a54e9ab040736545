"""Trained policies as controllers."""

from collections.abc import Callable
from copy import copy
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor

from envs.core.declarations import LeverSet
from envs.core.task import Task

from .controller import Controller, Sensors, steered
from .network import load_network

Network = Callable[[Tensor], Tensor]


class Policy(Controller):
    """A network from scaled observations to actions, behind the controllers' protocol.

    Args:
        task: whose sensors and levers it uses.
        network: float32 (B, O) → (B, A) in [-1, 1].
        interval: steps between decisions that it was trained for.
        action: name of the action_map that it was trained with.
    """

    def __init__(
        self,
        task: Task,
        network: Network,
        interval: int | None = None,
        action: str | None = None,
        name: str = "ppo",
    ) -> None:
        self.name = name
        self.network = network
        self.interval = interval or task.interval
        self.lever_set = LeverSet(task.economy.levers)
        chosen = action or next(iter(task.action_maps))
        self.action_map = task.action_maps[chosen](self.lever_set, self.interval)
        self.observed = [sensor for sensor in task.economy.sensors if sensor.observed]

    def paced(self, interval: int | Tensor) -> Self:
        """See `Controller.paced`: decides anew every step, each time for so many steps to come."""
        other = copy(self)
        other.interval, other.action_map = 1, type(self.action_map)(self.lever_set, interval)
        return other

    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        """See `Controller.act`."""
        columns = [sensor.observe(sensors[sensor.name]) for sensor in self.observed]
        observation = torch.stack(columns, dim=1)
        with torch.no_grad():
            action = torch.clamp(self.network(observation), -1.0, 1.0).to(torch.float64)
        return steered(self.action_map, self.lever_set, action, sensors)


def load(path: str | Path, task: Task, device: str = "cpu") -> Policy:
    """The policy of a checkpoint of `train.ppo`: `.zip` of stable-baselines3, `.pt` of rsl_rl.

    Raises:
        ValueError: the file is missing, damaged, or of another task.
    """
    file = Path(path)
    if not file.is_file():
        raise ValueError(f"no checkpoint at {file}")
    if file.suffix == ".pt":
        network, made_for = load_network(file)
        _check_task(file, made_for, task)
        network.to(device)
        return Policy(task, network, made_for.get("interval"), made_for.get("action"))
    from stable_baselines3 import PPO  # heavy to import; only its policies need it

    try:
        model: Any = PPO.load(file, device=device)
    except Exception as error:
        raise ValueError(f"{file} is no readable checkpoint of stable-baselines3's PPO: {error}") from error
    _check_task(file, getattr(model, "made_for", {}), task)
    return of_model(model, task)


def _check_task(file: Path, made_for: dict[str, Any], task: Task) -> None:
    if made_for.get("task", task.id) != task.id:
        raise ValueError(f"{file} was trained on {made_for['task']}, not on {task.id}")
    if made_for.get("show_scenario"):
        raise ValueError(f"{file} was trained with the scenario shown, which controllers do not see")


def of_model(model: Any, task: Task) -> Policy:
    """The deterministic policy of a stable-baselines3 model."""
    made: dict[str, Any] = getattr(model, "made_for", {})

    def network(observation: Tensor) -> Tensor:
        return model.policy.get_distribution(observation.to(model.device)).mode().to(observation.device)  # type: ignore[no-any-return]

    return Policy(task, network, made.get("interval"), made.get("action"))
