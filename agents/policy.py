"""Trained policies as controllers."""

from collections.abc import Callable
from copy import copy
from itertools import zip_longest
from pathlib import Path
from typing import Any, Self

import torch
from torch import Tensor
from typing_extensions import override

from envs.core.declarations import LeverSet
from envs.core.options import whole
from envs.core.task import Task

from .controller import Controller, Sensors, command_for
from .network import interface, network_of, read, shape_of

Network = Callable[[Tensor], Tensor]


class Policy(Controller):
    """A network from scaled observations to actions, behind the controllers' protocol.

    Args:
        task: whose sensors and levers it uses.
        network: float32 (B, O) → (B, A) in [-1, 1].
        interval: steps between decisions that it was trained for.
        action: name of the action_map that it was trained with.
    """

    trained = True

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

    def for_interval(self, interval: int | Tensor) -> Self:
        """The same policy: it decides anew every step, each time for so many steps to come."""
        other = copy(self)
        other.interval, other.action_map = 1, type(self.action_map)(self.lever_set, interval)
        return other

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        columns = [sensor.observe(sensors[sensor.name]) for sensor in self.observed]
        observation = torch.stack(columns, dim=1)
        with torch.no_grad():
            action = torch.clamp(self.network(observation), -1.0, 1.0).to(torch.float64)
        return command_for(self.action_map, self.lever_set, action, sensors)


def load(path: str | Path, task: Task, device: str = "cpu") -> Policy:
    """The policy of a file that `train` or `convert` wrote; nothing in it is executed.

    Raises:
        ValueError: the file is missing, damaged, no policy, or one of another task.
    """
    file = Path(path)
    content = read(file, device)
    check_made_for(file, content["made_for"], task)
    try:
        network = network_of(shape_of(content), content["parameters"])
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{file} is no readable policy: {error}") from error
    made_for, learner = content["made_for"], content["training"].get("backend")
    network = network.to(device).requires_grad_(False)
    name = "gradient" if learner == "gradient" else "ppo"
    return Policy(task, network, made_for["interval"], made_for["action"], name)


def made_for(task: Task, interval: int, action: str | None, show_scenario: bool) -> dict[str, Any]:
    """What a policy's file says of its use, as plain values."""
    return {
        "task": task.id,
        "interval": interval,
        "action": action or next(iter(task.action_maps)),
        "show_scenario": show_scenario,
        **interface(task.economy.sensors, task.economy.levers),
    }


def check_made_for(file: Path, made_for: dict[str, Any], task: Task) -> None:
    """Refuses a policy that cannot act on a task.

    Raises:
        ValueError: it is another task's, sees what controllers do not, or was made for other sensors or levers.
    """
    check_interface(file, made_for, task)
    whole(f"{file}: interval", made_for["interval"], 1)
    if made_for["show_scenario"]:
        raise ValueError(f"{file} was trained with the scenario shown, which controllers do not see")


def check_interface(file: Path, made_for: dict[str, Any], task: Task) -> None:
    """Refuses a policy of another task, or of this one with other sensors, levers or action maps.

    Raises:
        ValueError: naming what differs.
    """
    if made_for["task"] != task.id:
        raise ValueError(f"{file} was trained on {made_for['task']}, not on {task.id}")
    if made_for["action"] not in task.action_maps:
        raise ValueError(
            f"{file} was trained with action {made_for['action']!r}; {task.id} has {', '.join(task.action_maps)}"
        )
    for kind, present in interface(task.economy.sensors, task.economy.levers).items():
        for theirs, ours in zip_longest(made_for[kind], present):
            if theirs != ours:
                raise ValueError(
                    f"{file} was trained with other {kind} than {task.id} has now: {theirs}, now {ours}"
                )
