"""Policies as data: networks, and the files of tensors and plain values that hold them."""

import warnings
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from envs.core.declarations import Lever, Sensor

ACTIVATIONS: dict[str, type[nn.Module]] = {"tanh": nn.Tanh, "relu": nn.ReLU, "elu": nn.ELU, "silu": nn.SiLU}
SQUASHING = ("clip", "tanh")
FORMAT = 1  # of the files
CONTENT: dict[str, dict[str, type]] = {
    "network": {"inputs": int, "outputs": int, "widths": list, "activation": str, "squash": str},
    "parameters": {},
    "made_for": {
        "task": str, "interval": int, "action": str, "show_scenario": bool, "sensors": list, "levers": list,
    },
    "training": {},
}  # fmt: skip
"""What a file holds besides its format, and of which kind."""
WIDEST = 65536


@dataclass(frozen=True)
class Shape:
    """A multilayer perceptron, and how its output becomes an action.

    Attributes:
        inputs, outputs: numbers in an observation and in an action.
        widths: of the hidden layers.
        activation: "tanh", "relu", "elu" or "silu".
        squash: "clip", for the mean of a normal law that is clipped to [-1, 1], or "tanh".
    """

    inputs: int
    outputs: int
    widths: tuple[int, ...]
    activation: str
    squash: str


def perceptron(inputs: int, outputs: int, widths: tuple[int, ...], activation: str) -> nn.Sequential:
    """Linear layers with activations between them, whose parameters are to be loaded: no random number is drawn."""
    layers: list[nn.Module] = []
    for fan_in, fan_out in zip((inputs, *widths), (*widths, outputs), strict=True):
        layers += [nn.Linear(fan_in, fan_out, device="meta"), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1]).to_empty(device="cpu")


class PolicyNetwork(nn.Module):
    """The deterministic action of a policy."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.mlp = perceptron(shape.inputs, shape.outputs, shape.widths, shape.activation)

    def mean(self, observation: Tensor) -> Tensor:
        """Observation (B, O) → (B, A) before squashing."""
        mean: Tensor = self.mlp(observation)
        return mean

    def forward(self, observation: Tensor) -> Tensor:
        """Observation (B, O) → action (B, A) in [-1, 1]."""
        mean = self.mean(observation)
        return torch.tanh(mean) if self.shape.squash == "tanh" else torch.clamp(mean, -1.0, 1.0)


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


def interface(sensors: tuple[Sensor, ...], levers: tuple[Lever, ...]) -> dict[str, Any]:
    """What a policy's numbers stand for, as plain values: a file says so, and a task is compared with it."""
    return {
        "sensors": [
            [one.name, float(one.center), float(one.scale), float(one.limit), bool(one.log)]
            for one in sensors
            if one.observed
        ],
        "levers": [
            [one.name, float(one.low), float(one.high), float(one.neutral), one.scale, float(one.slew)]
            for one in levers
        ],
    }


def content_of(
    shape: Shape, parameters: dict[str, Tensor], made_for: dict[str, Any], training: dict[str, Any]
) -> dict[str, Any]:
    """What a policy's file holds.

    Args:
        parameters: `actor.mlp.…`, and, for trainings that begin with this policy, `critic.mlp.…` and `log_std`.
        made_for: task, interval, action, show_scenario and what `interface` gives.
        training: where it comes from.
    """
    network = asdict(shape) | {"widths": list(shape.widths)}
    kept = {name: value.detach().to("cpu").clone() for name, value in parameters.items()}
    return {
        "format": FORMAT,
        "network": network,
        "parameters": kept,
        "made_for": made_for,
        "training": training,
    }


def read(path: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """The content of a policy's file; nothing in it is executed.

    Raises:
        ValueError: no such file, or no policy.
    """
    if path.suffix == ".zip":
        raise ValueError(
            f"{path} is a policy of stable-baselines3, which is code; python -m train convert {path} makes a .pt of it"
        )
    if not path.is_file():
        raise ValueError(f"no policy at {path}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on pickles of others, which are refused anyway
            content = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # torch raises what it likes
        reason = str(error).partition("\n")[0]
        raise ValueError(f"{path} is no readable policy: {reason}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise ValueError(f"{path} is no policy of this suite's format {FORMAT}")
    for part, entries in CONTENT.items():
        held = content.get(part)
        if not isinstance(held, dict):
            raise ValueError(f"{path} is no policy of this suite: it has no {part}")
        for name, kind in entries.items():
            if type(held.get(name)) is not kind:
                found = f"{held[name]!r:.80}" if name in held else "missing"
                raise ValueError(f"{path} is no policy of this suite: {name} of {part} is {found}")
    for name, value in content["parameters"].items():
        if not isinstance(name, str) or not isinstance(value, Tensor) or not value.is_floating_point():
            raise ValueError(f"{path} is no policy of this suite: its parameter {name} holds no real numbers")
    return content


def shape_of(content: dict[str, Any]) -> Shape:
    """The network that a file declares.

    Raises:
        ValueError: there can be none such.
    """
    declared = {name: content["network"][name] for name in CONTENT["network"]}
    shape = Shape(**declared | {"widths": tuple(declared["widths"])})
    known = {"squash": SQUASHING, "activation": tuple(ACTIVATIONS)}
    for name, possible in known.items():
        if declared[name] not in possible:
            raise ValueError(f"{name} is {declared[name]!r}; it must be one of {', '.join(possible)}")
    for number in (shape.inputs, shape.outputs, *shape.widths):
        if type(number) is not int or not 1 <= number <= WIDEST:
            raise ValueError(f"a layer is {number!r} wide; it must be a whole number from 1 to {WIDEST}")
    return shape


def network_of(shape: Shape, parameters: dict[str, Tensor]) -> PolicyNetwork:
    """The network with these parameters, which must fit and be finite.

    Raises:
        ValueError: they do not fit, or are not finite.
    """
    network = PolicyNetwork(shape)
    actor = {
        name.removeprefix("actor."): value for name, value in parameters.items() if name.startswith("actor.")
    }
    try:
        network.load_state_dict(actor)
    except RuntimeError as error:
        raise ValueError(f"parameters do not fit the network declared: {error}") from error
    if not all(bool(value.isfinite().all()) for value in actor.values()):
        raise ValueError("its parameters are not finite: the training diverged")
    return network
