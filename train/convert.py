"""Make policies of stable-baselines3 (.zip) into files of tensors and plain values (.pt).

    python -m train convert old/ppo_0.zip old/ppo_1.zip --out results/TASK/policies

A .zip of stable-baselines3 holds pickles, which are code that runs when they are loaded. This command loads none:
it takes the parameters as tensors and the rest from the readable part of the file, and leaves out the optimizer.
"""

import io
import json
import pickle
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import tyro

from agents.network import Shape, content_of, network_of
from agents.policy import Policy, made_for
from envs import task_of
from envs.core.task import Task

from .command import command
from .learning.names import renamed
from .writing.files import folder_for, write_atomically

ACTIVATIONS = {"Tanh": "tanh", "ReLU": "relu", "ELU": "elu", "SiLU": "silu"}  # torch's names
PLAIN = ("n_envs", "n_steps", "batch_size", "n_epochs", "gamma", "gae_lambda", "ent_coef", "vf_coef")


@dataclass
class Arguments:
    """Convert policies of stable-baselines3."""

    policies: tyro.conf.Positional[tuple[Path, ...]]
    """The .zip files; they are left as they are."""
    task: str | None = None
    """Id of the task, where a file does not say for which one it was trained."""
    out: Path | None = None
    """Folder of the .pt files; by default each is put beside its .zip."""


def converted(path: Path, task: Task | None = None) -> dict[str, Any]:
    """The content of a policy's file, from a .zip of stable-baselines3's PPO with separate networks.

    Raises:
        ValueError: it is damaged, no such policy, or does not fit its task as it is now.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            said = json.loads(archive.read("data"))
            stored = torch.load(io.BytesIO(archive.read("policy.pth")), map_location="cpu", weights_only=True)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, RuntimeError, pickle.UnpicklingError) as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(f"{path} is no readable policy of stable-baselines3's PPO: {reason}") from error
    use = said.get("made_for") or {}
    if task is None and "task" not in use:
        raise ValueError(f"{path} does not say for which task it was trained; pass --task")
    task = task or task_of(use["task"])
    if use.get("task", task.id) != task.id:
        raise ValueError(f"{path} was trained on {use['task']}, not on {task.id}")
    try:
        parameters = renamed(stored)
    except ValueError as error:
        raise ValueError(f"{path} is no policy of this suite: {error}") from error
    layers = [value for name, value in parameters.items() if name.startswith("actor.") and value.dim() == 2]
    widths = tuple(len(layer) for layer in layers[:-1])
    shape = Shape(layers[0].shape[1], len(layers[-1]), widths, activation(path, said), "clip")
    network = network_of(shape, parameters)
    purpose = made_for(
        task, use.get("interval") or task.interval, use.get("action"), bool(use.get("show_scenario"))
    )
    actions = Policy(task, network, purpose["interval"], purpose["action"]).action_map.labels
    numbers = (len(purpose["sensors"]), len(actions))
    if not purpose["show_scenario"] and (shape.inputs, shape.outputs) != numbers:
        raise ValueError(
            f"{path} has {shape.inputs} inputs and {shape.outputs} outputs; {task.id} has {numbers[0]} sensors "
            f"and actions of {numbers[1]} numbers now"
        )
    training = {
        "backend": "sb3",
        "seed": said.get("seed"),
        "decisions": said.get("num_timesteps"),
        "held_out_score": said.get("held_out_score"),
        "settings": {name: said[name] for name in PLAIN if isinstance(said.get(name), int | float)},
    }
    return content_of(shape, parameters, purpose, training)


def activation(path: Path, said: dict[str, Any]) -> str:
    """The name of the activation, from the readable description of the policy; SB3's own default is tanh."""
    described = str((said.get("policy_kwargs") or {}).get("activation_fn", "Tanh"))
    name = described.removesuffix("'>").rpartition(".")[2]
    if name not in ACTIVATIONS:
        raise ValueError(f"{path} has the activation {name}; there are {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]


def convert(path: Path, task: Task | None = None, out: Path | None = None) -> Path:
    """Writes the .pt of a .zip and returns its path.

    Raises:
        ValueError: see `converted`.
    """
    target = (out or path.parent) / f"{path.stem}.pt"
    content, buffer = converted(path, task), io.BytesIO()
    torch.save(content, buffer)
    write_atomically(target, buffer.getvalue())
    return target


def run(arguments: Arguments) -> None:
    """Converts every file, once it is sure that all can be read and written."""
    task = None if arguments.task is None else task_of(arguments.task)
    for path in arguments.policies:
        converted(path, task)
        folder_for(arguments.out or path.parent, f"{path.stem}.pt")
    for path in arguments.policies:
        print(f"{path} → {convert(path, task, arguments.out)}")


main = command("convert", Arguments, run, __doc__)

if __name__ == "__main__":
    sys.exit(main())
