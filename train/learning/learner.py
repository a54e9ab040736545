"""What the loop of training asks of a learner, whichever library it is made of."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from math import sqrt
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from agents.network import Shape, read
from agents.policy import load
from envs.core.records import Transition
from envs.core.simulation import Simulation
from envs.core.task import Task

from ..judging.episodes import Rollout
from .settings import Settings

SQUASHING = {"sb3": "clip", "rsl_rl": "tanh", "gradient": "clip"}  # by backend


class Environment(Protocol):
    """What the loop asks of the batch that a learner learns on."""

    simulation: Simulation
    transition: Transition | None
    scale: float


class Learner(ABC):
    """It collects a rollout and learns from it.

    Attributes:
        environment: the batch that it learns on. shape: of its policy's network.
        size: decisions in a rollout. rate: the learning rate of the next update.
    """

    environment: Environment
    shape: Shape
    size: int
    rate: float

    @abstractmethod
    def collect(self) -> dict[str, float]:
        """A rollout; mean return and length of episodes that ended, as scalars for the log."""

    @abstractmethod
    def update(self) -> dict[str, float]:
        """Learns from the rollout; scalars for the log."""

    @abstractmethod
    def discount(self, gamma: float, trace: float) -> None:
        """Sets γ and GAE's λ."""

    @abstractmethod
    def parameters(self) -> dict[str, Tensor]:
        """`actor.mlp.…`, `critic.mlp.…` and `log_std`, the tensors in use."""

    @abstractmethod
    def save(self) -> dict[str, Any]:
        """What `load` needs besides parameters, the run and random numbers: tensors and plain values."""

    @abstractmethod
    def load(self, state: dict[str, Any]) -> None:
        """Goes on from what `save` gave."""


@torch.no_grad()
def set_parameters(learner: Learner, parameters: Mapping[str, Tensor]) -> None:
    """Copies parameters into a learner.

    Raises:
        ValueError: they are of other networks.
    """
    live = learner.parameters()
    theirs, ours = ({name: tuple(at.shape) for name, at in some.items()} for some in (parameters, live))
    if theirs != ours:
        name = next(name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name))
        raise ValueError(f"{name} has shape {theirs.get(name)}, not {ours.get(name)}")
    for name, value in live.items():
        value.copy_(parameters[name])


def refinable(path: Path, task: Task, settings: Settings, backend: str) -> dict[str, Tensor]:
    """Actor, critic and deviations of a policy to begin with.

    Raises:
        ValueError: the policy is missing, damaged, of another task, or of other networks than the settings ask for.
    """
    load(path, task)
    content = read(path)
    asked = {
        "widths": list(settings.net_arch),
        "activation": settings.activation,
        "squash": SQUASHING[backend],
    }
    for name, ours in asked.items():
        theirs = content["network"][name]
        if theirs != ours:
            raise ValueError(f"{path} has other networks than this training: {name} {theirs}, not {ours}")
    action = settings.env.get("action") or next(iter(task.action_maps))
    if content["made_for"]["action"] != action:
        raise ValueError(f"{path} was trained with action {content['made_for']['action']!r}, not {action!r}")
    if not {"log_std", "critic.mlp.0.weight"} <= content["parameters"].keys():
        raise ValueError(f"{path} holds no critic and deviations to go on with")
    return dict(content["parameters"])


def orthogonal(mlp: nn.Module, last: float) -> None:
    """Orthogonal weights of gain √2, in the last layer of gain `last`; no biases."""
    layers = [layer for layer in mlp if isinstance(layer, nn.Linear)]  # type: ignore[attr-defined]
    for layer in layers:
        nn.init.orthogonal_(layer.weight, last if layer is layers[-1] else sqrt(2.0))
        nn.init.zeros_(layer.bias)


@torch.no_grad()
def discounted(lived: Rollout, interval: int, settings: Settings, gamma: float) -> Tensor:
    """Returns (T, B), float32, of every decision of whole episodes, in the rewards that a learner sees.

    Beyond the horizon, where nothing is known, a survivor goes on as on the average.
    """
    alive = lived.decided(interval)
    reward = (lived.score / interval - settings.reward_offset) * settings.reward_scale * alive
    value = reward.mean(0) / (1.0 - gamma) * (lived.alive >= lived.horizon)
    returns = torch.empty_like(reward)
    for decision in reversed(range(len(reward))):
        value = returns[decision] = reward[decision] + gamma * value
    return returns.to(torch.float32)


@torch.no_grad()
def hold_deviation(learner: Learner, log_std: float) -> None:
    """Holds the deviations of all actions at e^log_std, instead of learning them."""
    held = learner.parameters()["log_std"]
    held.fill_(log_std)
    held.requires_grad_(False)
