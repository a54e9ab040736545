"""What happens besides learning: the clock, evaluation on held-out seeds, economic scalars."""

import time
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import HParam, Image
from tqdm import tqdm

from agents.network import read
from agents.policy import Policy
from envs.core.dashboard import draw, pixels
from envs.core.simulation import Simulation
from envs.core.task import Task

from ..convert import convert
from ..judging.held_out import episodes
from .hyperparameters import horizon, schedule


class Clock(BaseCallback):
    """A progress bar, and the end of training after so many seconds.

    Args:
        seconds: of training, evaluations apart; None trains for all steps.
        steps: decisions in all.
        started: `time.monotonic()` at which the work began, for the wall-clock scalar.
    """

    def __init__(self, seconds: float | None, steps: int, started: float) -> None:
        super().__init__()
        self.seconds, self.steps, self.started = seconds, steps, started
        self.paused = 0.0
        self.begun = started

    @property
    def trained(self) -> float:
        """Seconds of training so far."""
        return time.monotonic() - self.begun - self.paused

    @property
    def progress(self) -> float:
        """Share of the budget used."""
        by_steps = self.num_timesteps / self.steps
        return min(1.0, by_steps if self.seconds is None else max(by_steps, self.trained / self.seconds))

    def _init_callback(self) -> None:
        self.begun = time.monotonic()

    def _on_training_start(self) -> None:
        self.bar = tqdm(total=100, desc="training", unit="%", bar_format="{l_bar}{bar}| {elapsed}{postfix}")

    def _on_step(self) -> bool:
        return self.progress < 1.0

    def _on_rollout_end(self) -> None:
        self.bar.update(100 * self.progress - self.bar.n)
        self.logger.record("time/trained_seconds", self.trained)
        self.logger.record("time/wall_seconds", time.monotonic() - self.started)

    def _on_training_end(self) -> None:
        self.bar.update(100 - self.bar.n)
        self.bar.close()


class HeldOut(BaseCallback):
    """Runs whole episodes on held-out seeds under every scenario; keeps the best and the last policy.

    Evaluated and kept as the best is a running mean of the policy's parameters, which does not
    share the jitter of single updates; the last policy is the learner itself.

    Args:
        simulation: from launch, without autoreset; its batch is shared out among the scenarios.
        every: seconds of training between evaluations.
        decay: of the mean, for each rollout; 0 evaluates the learner itself.
    """

    def __init__(
        self, task: Task, simulation: Simulation, folder: Path, clock: Clock, every: float, decay: float
    ) -> None:
        super().__init__()
        self.task, self.simulation, self.folder = task, simulation, folder
        self.clock, self.every, self.decay = clock, every, decay
        self.best, self.due = kept_score(folder / "best.pt"), every

    def _on_training_start(self) -> None:
        self.average = deepcopy(self.model.policy)

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        self._follow()
        if self.clock.trained >= self.due and self.num_timesteps > 0:
            self._evaluate()
            self.due = self.clock.trained + self.every

    def _on_training_end(self) -> None:
        self._follow()
        self._evaluate()

    @torch.no_grad()
    def _follow(self) -> None:
        for mean, now in zip(self.average.parameters(), self.model.policy.parameters(), strict=True):
            mean.lerp_(now, 1.0 - self.decay)

    def _evaluate(self) -> None:
        begun = time.monotonic()
        save(self.model, self.folder / "last.zip")
        learner, self.model.policy = self.model.policy, self.average
        try:
            self._judge()
        finally:
            self.model.policy = learner
        self.clock.paused += time.monotonic() - begun

    def _judge(self) -> None:
        scores, history, onset = episodes(self.task, self.simulation, of_model(self.model, self.task))
        for name, score in scores.items():
            self.logger.record(f"eval/{name}/score", score)
        mean = float(np.mean(list(scores.values())))
        self.logger.record("eval/mean_score", mean)
        self.logger.record("eval/worst_score", min(scores.values()))
        self.logger.record("eval/trained_seconds", self.clock.trained)
        figure = draw(
            self.task.panels, history, f"{self.task.id}, latest policy", self.task.step_unit, [onset]
        )
        image = Image(pixels(figure), "HWC")
        self.logger.record("eval/dashboard", image, exclude=("stdout", "log", "json", "csv"))
        self.logger.dump(self.num_timesteps)
        if mean > self.best:
            self.best = self.model.held_out_score = mean
            save(self.model, self.folder / "best.zip")
        rate = self.num_timesteps / max(self.clock.trained, 1e-9)
        self.clock.bar.set_postfix_str(f"score {mean:.4f} best {self.best:.4f} {rate:,.0f} steps/s")


class Saves(BaseCallback):
    """Writes the last policy every so many seconds of training, without judging it; None never does."""

    def __init__(self, folder: Path, clock: Clock, every: float | None) -> None:
        super().__init__()
        self.folder, self.clock = folder, clock
        self.every = self.due = every or np.inf

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        if self.clock.trained >= self.due:
            save(self.model, self.folder / "last.zip")
            self.due = self.clock.trained + self.every


def kept_score(best: Path) -> float:
    """The held-out score that a best policy was kept for; -∞ where there is no such file or score."""
    if not best.is_file():
        return -np.inf
    score = read(best)["training"].get("held_out_score")
    return -np.inf if score is None else float(score)


def of_model(model: Any, task: Task) -> Policy:
    """The deterministic policy of a stable-baselines3 model."""

    def network(observation: torch.Tensor) -> torch.Tensor:
        mode: torch.Tensor = model.policy.get_distribution(observation.to(model.device)).mode()
        return mode.to(observation.device)

    return Policy(task, network, model.made_for["interval"], model.made_for["action"])


def save(model: Any, path: Path) -> None:
    """Writes a model as a .zip, to go on from, and as a policy's .pt beside it."""
    partial = path.with_suffix(".part.zip")
    try:
        model.save(partial, exclude=["logger", "clock"])
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    convert(path)


class Shaping(BaseCallback):
    """The weight of the training signal, by the share of the budget left."""

    def __init__(self, simulation: Simulation, weight: float | str, clock: Clock) -> None:
        super().__init__()
        self.simulation, self.weight, self.clock = simulation, weight, clock

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        self.simulation.shaping = schedule(self.weight, 1.0 - self.clock.progress)


class Curriculum(BaseCallback):
    """The scenarios that episodes begin under, by the share of the budget used.

    Args:
        stages: share of the budget from which on → names of scenarios; none leaves them as they are.
    """

    def __init__(self, simulation: Simulation, stages: Mapping[float, Sequence[str]], clock: Clock) -> None:
        super().__init__()
        self.simulation, self.stages, self.clock = simulation, stages, clock
        for names in stages.values():
            for name in names:
                simulation.scenario_set.index(name)

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        due = [share for share in self.stages if share <= self.clock.progress]
        if due:
            self.simulation.draw_from(self.stages[max(due)])


class Horizon(BaseCallback):
    """Lets γ and GAE's λ change with the share of the budget used, and scales rewards to match; see `horizon`."""

    def __init__(self, settings: dict[str, Any], clock: Clock) -> None:
        super().__init__()
        self.settings, self.clock = settings, clock

    def _on_training_start(self) -> None:
        self.scale = self.training_env.scale

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        gamma, trace, factor = horizon(self.settings, self.clock.progress)
        self.model.gamma = self.model.rollout_buffer.gamma = gamma
        self.model.gae_lambda = self.model.rollout_buffer.gae_lambda = trace
        self.training_env.scale = self.scale * factor
        self.logger.record("train/gamma", gamma)
        self.logger.record("train/gae_lambda", trace)


class Economics(BaseCallback):
    """Means over the batch of key figures, costs and levers, once for every rollout."""

    def __init__(self, simulation: Simulation) -> None:
        super().__init__()
        self.simulation = simulation

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        run = self.simulation.last
        transition = self.training_env.transition
        assert run is not None
        for name, value in self.simulation.economy.metrics(run.state).items():
            self.logger.record(f"econ/{name}", float(value.mean()))
        for name, value in transition.costs.items():
            self.logger.record(f"cost/{name}", float(value.mean()))
        for name, value in transition.terms.items():
            self.logger.record(f"reward/{name}", float(value.mean()))
        for name, value in self.simulation.levers.values(run.positions).items():
            self.logger.record(f"action/{name}", float(value.mean()))
            self.logger.record(f"action/{name}_deviation", float(value.std()))


class Hyperparameters(BaseCallback):
    """The settings, for TensorBoard's HPARAMS page."""

    def __init__(self, settings: dict[str, Any], seed: int) -> None:
        super().__init__()
        self.settings, self.seed = settings, seed

    def _on_training_start(self) -> None:
        shown = {key: value for key, value in self.settings.items() if isinstance(value, int | float | str)}
        metrics: dict[str, float | int] = {"eval/mean_score": 0.0, "eval/worst_score": 0.0}
        exclude = ("stdout", "log", "json", "csv")
        self.logger.record("hparams", HParam(shown | {"seed": self.seed}, metrics), exclude=exclude)

    def _on_step(self) -> bool:
        return True
