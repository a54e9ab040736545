"""Policies as plain networks: what the checkpoints of the GPU trainer hold, and what is exported."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from envs.core.declarations import Sensor

ACTIVATIONS: dict[str, type[nn.Module]] = {"tanh": nn.Tanh, "relu": nn.ReLU, "elu": nn.ELU, "silu": nn.SiLU}


class SquashedPolicy(nn.Module):
    """A multilayer perceptron and a tanh: the action that a squashed normal law draws about.

    Args:
        inputs, outputs: numbers in an observation and in an action.
        widths: of the hidden layers.
        activation: "tanh", "relu", "elu" or "silu".
    """

    def __init__(self, inputs: int, outputs: int, widths: list[int], activation: str) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for fan_in, fan_out in zip([inputs, *widths], widths, strict=False):
            layers += [nn.Linear(fan_in, fan_out), ACTIVATIONS[activation]()]
        self.mlp = nn.Sequential(*layers, nn.Linear(widths[-1] if widths else inputs, outputs))

    def forward(self, observation: Tensor) -> Tensor:
        """Observation (B, O) → action (B, A)."""
        return torch.tanh(self.mlp(observation))


class Scaled(nn.Module):
    """A policy that reads sensors in their units: the scaling of observations and the network in one.

    Args:
        network: observation (B, O) float32 → action (B, A).
        sensors: the observed ones, in the order of the observation.
    """

    center: Tensor
    scale: Tensor
    limit: Tensor
    log: Tensor

    def __init__(self, network: nn.Module, sensors: list[Sensor]) -> None:
        super().__init__()
        self.network = network
        for name in ("center", "scale", "limit"):
            values = [getattr(sensor, name) for sensor in sensors]
            self.register_buffer(name, torch.tensor(values, dtype=torch.float64))
        self.register_buffer("log", torch.tensor([sensor.log for sensor in sensors]))

    def forward(self, readings: Tensor) -> Tensor:
        """Readings (B, O) float64, in the sensors' units → action (B, A) float32 in [-1, 1]."""
        shown = torch.where(self.log, torch.log(torch.clamp(readings, min=1e-300)), readings)
        scaled = torch.clamp((shown - self.center) / self.scale, -self.limit, self.limit)
        return torch.clamp(self.network(scaled.to(torch.float32)), -1.0, 1.0)


def of_checkpoint(content: dict[str, Any]) -> SquashedPolicy:
    """The network of a checkpoint's content."""
    shape = content["network"]
    network = SquashedPolicy(shape["inputs"], shape["outputs"], shape["widths"], shape["activation"])
    network.load_state_dict({name: content["actor"][name] for name in network.state_dict()})
    return network


def load_network(path: Path) -> tuple[SquashedPolicy, dict[str, Any]]:
    """The network of a checkpoint `.pt`, and what it was made for.

    Raises:
        ValueError: no such checkpoint.
    """
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        return of_checkpoint(content), content["made_for"]
    except Exception as error:
        raise ValueError(
            f"{path} is no readable checkpoint of train.ppo --backend rsl_rl: {error}"
        ) from error
