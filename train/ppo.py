"""Trains PPO on a task, with stable-baselines3 on CPU or GPU.

    python -m train.ppo --task tokenomics/SafeNetwork-v0 --seed 1

All environments live in one native batch. Ctrl-C saves and ends; --resume goes on.
"""

import json
import shutil
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import torch
import tyro
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import CallbackList
from stable_baselines3.common.logger import configure
from torch import nn

from agents.library import baseline_library
from agents.network import read
from agents.policy import load, made_for
from agents.seeds import LIBRARY, training
from envs import task_of
from envs.adapters.sb3 import EconomyVecEnv
from envs.core.simulation import Simulation
from envs.core.task import Task

from .learning.callbacks import (
    Clock,
    Curriculum,
    Economics,
    HeldOut,
    Horizon,
    Hyperparameters,
    Saves,
    Shaping,
    save,
)
from .learning.hyperparameters import FILE, hyperparameters, schedule
from .learning.names import renamed
from .writing.files import write_atomically
from .writing.provenance import commit

ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU, "elu": nn.ELU, "silu": nn.SiLU}


@dataclass
class Arguments:
    """Train PPO on a task."""

    task: str = "tokenomics/SafeNetwork-v0"
    """Id of the task."""
    seed: int = 0
    """Seed of weights, actions and environments, from 0 to 2^32 - 1."""
    steps: int | None = None
    """Decisions to train for; by default the hyperparameters' n_timesteps."""
    seconds: float | None = None
    """Seconds to train for, evaluations and compilation apart; ends training, whichever comes first."""
    out: Path | None = None
    """Folder of checkpoints and TensorBoard events; by default results/runs/<task>/ppo_<seed>."""
    resume: bool = False
    """Go on from the last checkpoint in that folder."""
    refine: Path | None = None
    """Begin with the policy of this checkpoint, with the hyperparameters' settings for refinement."""
    device: str = "auto"
    """cpu, cuda, or auto."""
    backend: Literal["auto", "sb3", "rsl_rl"] = "auto"
    """stable-baselines3, or rsl_rl, which never leaves the device; auto: rsl_rl on a GPU, where installed."""
    hyperparameters: Path = FILE
    """YAML file of hyperparameters."""
    evaluate_every: float = 20.0
    """Seconds of training between evaluations on held-out seeds."""
    save_every: float | None = None
    """Seconds of training between saves of the last policy, besides those that evaluations make."""
    threads: int | None = None
    """Threads of torch on the CPU; by default all cores."""
    overrides: dict[str, Any] = field(default_factory=dict)
    """Hyperparameters to change, for use from Python."""


def build(task: Task, settings: dict[str, Any], device: str) -> tuple[Simulation, Simulation]:
    """The training simulation, and a twin of it that runs whole episodes from launch."""
    options = dict(settings["env"])
    flags = {key: options.pop(key) for key in ("reset", "cut", "shaping") if key in options}
    flags["shaping"] = schedule(flags.get("shaping", 0.0), 1.0)
    whole = task.simulation(settings["n_envs"], device=device, autoreset=False, **options)
    if flags.get("reset") == "library":
        LIBRARY.check(whole.batch)
        flags["library"] = baseline_library(task, whole, **settings["library"])
    simulation = whole.twin(autoreset=True, **flags)
    short = simulation.twin(cut=1)  # its first step compiles what training would on its way
    short.reset(0)
    short.act(torch.zeros(whole.batch, len(whole.action_map.labels), device=whole.device))
    return simulation, whole


class BudgetPPO(PPO):
    """PPO whose schedules follow the budget, be it of steps or of seconds; SB3's count steps alone."""

    clock: Clock

    def _update_current_progress_remaining(self, num_timesteps: int, total_timesteps: int) -> None:
        self._current_progress_remaining = 1.0 - self.clock.progress


def learner(environment: EconomyVecEnv, settings: dict[str, Any], seed: int, device: str) -> BudgetPPO:
    """A new learner; the environments get the seeds of training `seed`, not those that SB3 gives them."""
    width = settings["net_arch"]
    model = BudgetPPO(
        "MlpPolicy",
        environment,
        learning_rate=partial(schedule, settings["learning_rate"]),
        n_steps=settings["n_steps"],
        batch_size=settings["batch_size"],
        n_epochs=settings["n_epochs"],
        gamma=settings["gamma"],
        gae_lambda=settings["gae_lambda"],
        clip_range=settings["clip_range"],
        ent_coef=settings["ent_coef"],
        vf_coef=settings["vf_coef"],
        max_grad_norm=settings["max_grad_norm"],
        policy_kwargs={
            "net_arch": {"pi": width, "vf": width},
            "activation_fn": ACTIVATIONS[settings["activation"]],
            "log_std_init": settings["log_std_init"],
        },
        seed=seed,
        device=device,
    )
    environment.seed(training(seed, environment.num_envs))
    return model


def begin_with(model: BudgetPPO, path: Path, task: Task) -> None:
    """Gives a new model actor, critic and deviations of a checkpoint.

    Raises:
        ValueError: the checkpoint is missing, damaged, of another task or of other networks.
    """
    load(path, task)
    stored = read(path)["parameters"]
    live = renamed(model.policy.state_dict())
    if {name: value.shape for name, value in stored.items()} != {n: v.shape for n, v in live.items()}:
        raise ValueError(f"{path} has other networks than the hyperparameters ask for")
    for name, value in live.items():
        value.copy_(stored[name])


def hold_deviation(model: BudgetPPO, log_std: float) -> None:
    """Holds the deviations of all actions at e^log_std, instead of learning them."""
    with torch.no_grad():
        model.policy.log_std.fill_(log_std)
    model.policy.log_std.requires_grad_(False)


def chosen_backend(backend: str, device: str) -> str:
    """The backend that "auto" stands for.

    Raises:
        ValueError: rsl_rl is demanded and not installed.
    """
    installed = find_spec("rsl_rl") is not None
    if backend == "rsl_rl" and not installed:
        raise ValueError("--backend rsl_rl needs the extra gpu: pip install rsl-rl-lib onnx onnxruntime")
    if backend == "auto":
        return "rsl_rl" if device.startswith("cuda") and installed else "sb3"
    return backend


def train(arguments: Arguments) -> Path:
    """Trains, and returns the folder with the best and the last policy: .zip of SB3, .pt of rsl_rl."""
    task = task_of(arguments.task)
    device = arguments.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    backend = chosen_backend(arguments.backend, device)
    if arguments.refine and backend != "sb3":
        raise ValueError("--refine needs --backend sb3")
    refining = arguments.refine is not None
    settings = hyperparameters(task.id, arguments.hyperparameters, backend, refining) | arguments.overrides
    for name in ("curriculum", "log_std_held"):
        if backend != "sb3" and settings[name] not in (None, {}):
            raise ValueError(f"{name} needs --backend sb3")
    first_seed = training(arguments.seed, settings["n_envs"])
    label = "ppo" if backend == "sb3" else "ppo_rsl_rl"
    folder = arguments.out or Path("results/runs") / task.id.rpartition("/")[2] / f"{label}_{arguments.seed}"
    last = folder / ("last.zip" if backend == "sb3" else "last.pt")
    if arguments.resume and not last.is_file():
        raise ValueError(f"nothing to resume: {last} does not exist")
    if last.is_file() and not arguments.resume:
        raise ValueError(f"{folder} holds a training run; pass --resume to go on, or another --out")
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{task.id}: {settings['n_envs']} environments on {device}, checkpoints in {folder}", flush=True)
    started = time.monotonic()
    simulation, whole = build(task, settings, device)
    write_atomically(
        folder / "settings.json",
        json.dumps({**settings, "seed": arguments.seed, "backend": backend, "commit": commit()}, indent=1),
    )
    if backend == "rsl_rl":
        from .learning.ppo_rsl_rl import train as train_on_device  # an extra

        train_on_device(arguments, task, settings, folder, device, (simulation, whole), started)
        return folder
    environment = EconomyVecEnv(simulation, settings["reward_offset"], settings["reward_scale"])
    if arguments.resume:
        model = BudgetPPO.load(last, env=environment, device=device)
        environment.seed(first_seed)
    else:
        model = learner(environment, settings, arguments.seed, device)
        if arguments.refine:
            begin_with(model, arguments.refine, task)
            shutil.copyfile(arguments.refine, folder / "best.pt")  # kept unless a better one comes
    if settings["log_std_held"] is not None:
        hold_deviation(model, settings["log_std_held"])
    action = settings["env"].get("action")
    model.made_for = made_for(task, simulation.interval, action, simulation.show_scenario)  # type: ignore[attr-defined]
    model.set_logger(configure(str(folder), ["tensorboard"]))
    steps = arguments.steps or int(settings["n_timesteps"])
    clock = model.clock = Clock(arguments.seconds, steps, started)
    callbacks = CallbackList(
        [
            HeldOut(task, whole, folder, clock, arguments.evaluate_every, settings["averaging"]),
            Saves(folder, clock, arguments.save_every),
            Horizon(settings, clock),
            Shaping(simulation, settings["env"].get("shaping", 0.0), clock),
            Curriculum(simulation, settings["curriculum"], clock),
            Economics(simulation),
            Hyperparameters(settings, arguments.seed),
            clock,
        ]
    )
    try:
        left = max(0, steps - model.num_timesteps)
        model.learn(left, callback=callbacks, reset_num_timesteps=not arguments.resume)
    except KeyboardInterrupt:
        print("\ninterrupted; saving", file=sys.stderr)
    save(model, last)
    if not (folder / "best.pt").is_file():
        save(model, folder / "best.zip")
    print(f"saved {last} and {folder / 'best.pt'}", flush=True)
    return folder


def main() -> None:
    """Command line."""
    try:
        train(tyro.cli(Arguments, description=__doc__))
    except ValueError as error:
        sys.exit(f"train.ppo: {error}")


if __name__ == "__main__":
    main()
