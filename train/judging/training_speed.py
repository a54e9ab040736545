"""What a task's decisions cost in training, for the tables of `speed`.

A decision lasts the task's own interval; hyperparameters are those of `train`, but for the number of
environments, and for the number of steps, which keeps a rollout's size. Episodes begin at launch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from time import perf_counter
from typing import Any

import gymnasium
import numpy as np

from envs.adapters.sb3 import EconomyVecEnv
from envs.core.simulation import Simulation
from envs.core.task import Task

from ..learning.hyperparameters import hyperparameters
from ..learning.learner import Learner
from ..learning.sb3 import Sb3Learner
from ..learning.settings import Settings


@dataclass
class Figure:
    """Figures of one contender at one batch; nothing but the name where it could not be measured."""

    name: str
    batch: int
    decisions_per_second: float | None = None
    steps_per_second: float | None = None  # decisions × their interval
    compile_seconds: float | None = None  # of the wall clock, of the first call


@dataclass
class Contender:
    """Something that takes `decisions` decisions a call."""

    figure: Figure
    call: Callable[[], Any]
    decisions: int


def settings_at(task: Task, batch: int, backend: str, overrides: dict[str, Any]) -> Settings:
    """A backend's hyperparameters for so many environments, with rollouts of the same size."""
    settings = hyperparameters(task.id, backend=backend) | overrides
    steps = max(1, settings["n_envs"] * settings["n_steps"] // batch)
    options = {name: value for name, value in settings["env"].items() if name not in ("reset", "shaping")}
    size = min(settings["batch_size"], batch * steps)
    here = {"n_envs": batch, "n_steps": steps, "batch_size": size, "env": options}
    return Settings.of(settings | here, task)


def iteration(learner: Learner) -> None:
    """A rollout and an update."""
    learner.collect()
    learner.update()


def on_device(simulation: Simulation, settings: Settings) -> list[Contender]:
    """Rollouts and whole iterations of rsl_rl."""
    from ..learning.device import DeviceLearner

    learner, batch = DeviceLearner(simulation, settings, 0, str(simulation.device)), simulation.batch

    def collect() -> None:
        learner.collect()
        learner.alg.storage.clear()

    return [
        Contender(Figure("environment + inference", batch), collect, learner.size),
        Contender(Figure("training, rsl_rl", batch), lambda: iteration(learner), learner.size),
    ]


def with_sb3(simulation: Simulation, settings: Settings, device: str) -> list[Contender]:
    """The batched adapter alone, and whole iterations of stable-baselines3."""
    environment = EconomyVecEnv(simulation, settings.reward_offset, settings.reward_scale)
    environment.reset()
    learner, batch = Sb3Learner(simulation.sharing_graphs(), settings, 0, device), simulation.batch
    action = np.zeros((batch, len(simulation.action_map.labels)), dtype=np.float32)
    return [
        Contender(Figure("SB3's VecEnv", batch), lambda: environment.step(action), batch),
        Contender(Figure("training, SB3", batch), lambda: iteration(learner), learner.size),
    ]


def rate(contender: Contender, clock: Callable[[], float], seconds: float) -> float:
    """Decisions per second, over at least so many seconds and one call."""
    begun, calls = clock(), 0
    while calls == 0 or clock() - begun < seconds:
        contender.call()
        calls += 1
    return calls * contender.decisions / (clock() - begun)


def trained(
    task: Task,
    batch: int,
    device: str,
    clock: Callable[[], float],
    seconds: float = 1.0,
    rounds: int = 3,
    overrides: dict[str, Any] | None = None,
) -> list[Figure]:
    """Figures of inference and training at one batch; contenders take turns, and the best round counts.

    Args:
        clock: seconds from some moment on. seconds: of a round.
        overrides: hyperparameters to change.
    """
    stock, fast = (settings_at(task, batch, backend, overrides or {}) for backend in ("sb3", "rsl_rl"))
    simulation = task.simulation(batch, device=device, **stock.env)
    contenders = with_sb3(simulation.sharing_graphs(), stock, device)
    if find_spec("rsl_rl") is not None:
        contenders += on_device(simulation.sharing_graphs(), fast)
    for contender in contenders:
        begun = perf_counter()
        contender.call()
        contender.figure.compile_seconds = perf_counter() - begun
    for _ in range(rounds):
        for contender in contenders:
            figure, found = contender.figure, rate(contender, clock, seconds)
            figure.decisions_per_second = max(found, figure.decisions_per_second or 0.0)
            figure.steps_per_second = figure.decisions_per_second * simulation.interval
    figures = [contender.figure for contender in contenders]
    if len(figures) == 2:
        figures += [Figure("environment + inference", batch), Figure("training, rsl_rl", batch)]
    return figures


def processes(task: Task, count: int, seconds: float = 1.0, rounds: int = 3) -> Figure:
    """Decisions per second, on the wall clock, of one Gymnasium environment in each of `count` processes."""
    environment = gymnasium.make_vec(task.id, num_envs=count, vectorization_mode="async")
    try:
        environment.reset(seed=0)
        action = np.zeros(environment.action_space.shape, dtype=np.float32)
        name = f"AsyncVectorEnv, {count} processes, wall clock"
        contender = Contender(Figure(name, count), lambda: environment.step(action), count)
        contender.call()
        found = max(rate(contender, perf_counter, seconds) for _ in range(rounds))
        contender.figure.decisions_per_second = found
        contender.figure.steps_per_second = found * task.interval
    finally:
        environment.close()
    return contender.figure
