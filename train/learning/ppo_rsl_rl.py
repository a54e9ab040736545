"""PPO that never leaves the device, built on rsl_rl; `train.ppo --backend rsl_rl` comes here."""

import sys
import time
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams
from tqdm import tqdm

from agents.network import Shape, content_of, network_of
from agents.policy import Policy, made_for
from agents.seeds import training
from envs.adapters.rsl_rl import EconomyRslEnv
from envs.core.dashboard import draw, pixels
from envs.core.simulation import Simulation
from envs.core.task import Task

from ..judging.held_out import episodes
from .collector import Collector
from .hyperparameters import horizon, schedule

if TYPE_CHECKING:
    from ..ppo import Arguments


class Runner(Collector):
    """Learns with metrics once an iteration and this suite's tags, checkpoints and evaluation.

    Evaluated and kept as the best is a running mean of the policy's parameters, as with sb3.

    Args:
        task, environment, whole: what is learned, the batch to learn on, and its twin for whole episodes.
        settings: hyperparameters. folder: of checkpoints and events.
        made_for: what a checkpoint says about its use.
    """

    def __init__(
        self,
        task: Task,
        environment: EconomyRslEnv,
        whole: Simulation,
        settings: dict[str, Any],
        folder: Path,
        made_for: dict[str, Any],
    ) -> None:
        super().__init__(environment, settings)
        self.task, self.whole, self.folder = task, whole, folder
        self.made_for = made_for
        inputs, widths = self.alg.actor.obs_dim, tuple(settings["net_arch"])
        self.shape = Shape(inputs, self.env.num_actions, widths, settings["activation"], "tanh")
        self.best = -inf
        self.decisions, self.evaluating = 0, 0.0
        self.average = {name: value.clone() for name, value in self.alg.actor.state_dict().items()}
        self.writer = SummaryWriter(str(folder), flush_secs=10)

    def learn_for(
        self,
        steps: int,
        seconds: float | None,
        evaluate_every: float,
        save_every: float | None,
        started: float,
    ) -> None:
        """Learns until so many decisions in all or for so many seconds, evaluating and saving now and then."""
        self.alg.prepare()
        begun, resumed = time.monotonic(), self.decisions
        evaluation, save = evaluate_every, save_every or inf
        with tqdm(total=100, desc="training", unit="%", bar_format="{l_bar}{bar}| {elapsed}{postfix}") as bar:
            while (progress := self._progress(steps, seconds, begun)) < 1.0:
                scheduled = self._follow_schedules(progress)
                self.collect()
                losses = self.alg.update()
                self._follow_policy()
                self.current_learning_iteration += 1
                self.decisions += self.settings["n_steps"] * self.env.num_envs
                trained = time.monotonic() - begun - self.evaluating
                scalars = {
                    "train/value_loss": losses["value"],
                    "train/policy_gradient_loss": losses["surrogate"],
                    "train/entropy_loss": -losses["entropy"],
                    "time/trained_seconds": trained,
                    "time/wall_seconds": time.monotonic() - started,
                    "time/fps": (self.decisions - resumed) / trained,
                }
                self._record(scalars | scheduled | self.episodes.scalars() | self._economics())
                bar.update(100 * progress - bar.n)
                if trained >= evaluation:
                    self._evaluate(trained, bar)
                    evaluation = trained + evaluate_every
                if trained >= save:
                    self.save(self.folder / "last.pt")
                    save = trained + (save_every or inf)
            self._evaluate(time.monotonic() - begun - self.evaluating, bar)
            bar.update(100 - bar.n)

    def _progress(self, steps: int, seconds: float | None, begun: float) -> float:
        by_steps = self.decisions / steps
        if seconds is None:
            return min(1.0, by_steps)
        return min(1.0, max(by_steps, (time.monotonic() - begun - self.evaluating) / seconds))

    def _follow_schedules(self, progress: float) -> dict[str, float]:
        """Sets what depends on the share of the budget used."""
        settings = self.settings
        rate = schedule(settings["learning_rate"], 1.0 - progress)
        for group in self.alg.optimizer.param_groups:
            group["lr"] = rate
        self.alg.gamma, self.alg.lam, factor = horizon(settings, progress)
        self.env.scale = settings["reward_scale"] * factor
        self.env.simulation.shaping = schedule(settings["env"].get("shaping", 0.0), 1.0 - progress)
        return {"train/learning_rate": rate, "train/gamma": self.alg.gamma, "train/gae_lambda": self.alg.lam}

    @torch.no_grad()
    def _follow_policy(self) -> None:
        now = self.alg.actor.state_dict()
        for name, mean in self.average.items():
            mean.lerp_(now[name], 1.0 - self.settings["averaging"])

    def _record(self, scalars: dict[str, float]) -> None:
        for tag, value in scalars.items():
            self.writer.add_scalar(tag, value, self.decisions)

    def _economics(self) -> dict[str, float]:
        """Means over the batch, fetched from the device at once."""
        simulation, transition = self.env.simulation, self.env.transition
        named = {
            f"econ/{name}": value for name, value in simulation.economy.metrics(simulation.last.state).items()
        }
        named |= {f"cost/{name}": value for name, value in transition.costs.items()}
        named |= {f"reward/{name}": value for name, value in transition.terms.items()}
        levers = simulation.levers.values(simulation.last.positions)
        named |= {f"action/{name}": value for name, value in levers.items()}
        means = torch.stack([value.to(torch.float64).mean() for value in named.values()])
        spread = torch.stack([value.std() for value in levers.values()])
        named = dict(zip(named, means.tolist(), strict=True))
        return named | {
            f"action/{name}_deviation": at for name, at in zip(levers, spread.tolist(), strict=True)
        }

    def _evaluate(self, trained: float, bar: Any) -> None:
        begun = time.monotonic()
        self.save(self.folder / "last.pt")
        content = self._content(self.average)
        network = network_of(self.shape, content["parameters"]).to(self.env.device)
        policy = Policy(self.task, network, self.made_for["interval"], self.made_for["action"])
        scores, history, onset = episodes(self.task, self.whole, policy)
        mean = sum(scores.values()) / len(scores)
        self._record({f"eval/{name}/score": score for name, score in scores.items()})
        self._record({"eval/mean_score": mean, "eval/worst_score": min(scores.values())})
        self._record({"eval/trained_seconds": trained})
        title = f"{self.task.id}, latest policy"
        image = pixels(draw(self.task.panels, history, title, self.task.step_unit, [onset]))
        self.writer.add_image("eval/dashboard", image, self.decisions, dataformats="HWC")
        if mean > self.best:
            self.best = mean
            self._write(self.folder / "best.pt", content)
        rate = self.decisions / max(trained, 1e-9)
        bar.set_postfix_str(f"score {mean:.4f} best {self.best:.4f} {rate:,.0f} steps/s")
        self.evaluating += time.monotonic() - begun

    def save(self, path: Path, infos: dict[str, Any] | None = None) -> None:
        """Writes a checkpoint of the learner, from which `resume` goes on."""
        self._write(path, self._content(self.alg.actor.state_dict()))

    def _content(self, actor: dict[str, Tensor]) -> dict[str, Any]:
        """A checkpoint of tensors and plain values."""
        named = {f"actor.{name}": value for name, value in actor.items() if name.startswith("mlp.")}
        return content_of(self.shape, named, self.made_for, {"backend": "rsl_rl"}) | {
            "actor": actor,
            "average": self.average,
            "critic": self.alg.critic.state_dict(),
            "optimizer": self.alg.optimizer.state_dict(),
            "decisions": self.decisions,
            "best": self.best,
        }

    def _write(self, path: Path, content: dict[str, Any]) -> None:
        partial = path.with_suffix(".part")
        torch.save(content, partial)
        partial.replace(path)

    def resume(self, path: Path) -> None:
        """Goes on from a checkpoint."""
        content = torch.load(path, map_location=self.device, weights_only=True)
        self.alg.actor.load_state_dict(content["actor"])
        self.alg.critic.load_state_dict(content["critic"])
        self.alg.optimizer.load_state_dict(content["optimizer"])
        self.average, self.decisions = content["average"], content["decisions"]
        best = path.with_name("best.pt")  # written after the last policy that it was compared with
        if best.is_file():
            self.best = torch.load(best, map_location=self.device, weights_only=True)["best"]


def train(
    arguments: "Arguments",
    task: Task,
    settings: dict[str, Any],
    folder: Path,
    device: str,
    simulations: tuple[Simulation, Simulation],
    started: float,
) -> None:
    """Trains into `folder`: `best.pt`, `last.pt` and TensorBoard events."""
    simulation, whole = simulations
    torch.manual_seed(arguments.seed)
    environment = EconomyRslEnv(
        simulation,
        settings["reward_offset"],
        settings["reward_scale"],
        training(arguments.seed, simulation.batch),
    )
    environment.stagger()
    use = made_for(task, simulation.interval, settings["env"].get("action"), simulation.show_scenario)
    runner = Runner(task, environment, whole, settings, folder, use)
    if arguments.resume:
        runner.resume(folder / "last.pt")
    shown = {key: value for key, value in settings.items() if isinstance(value, int | float | str)}
    for summary in hparams(
        shown | {"seed": arguments.seed}, {"eval/mean_score": 0.0, "eval/worst_score": 0.0}
    ):
        runner.writer._get_file_writer().add_summary(summary)
    steps = arguments.steps or int(settings["n_timesteps"])
    try:
        runner.learn_for(steps, arguments.seconds, arguments.evaluate_every, arguments.save_every, started)
    except KeyboardInterrupt:
        print("\ninterrupted; saving", file=sys.stderr)
        runner.save(folder / "last.pt")
        if not (folder / "best.pt").is_file():
            runner.save(folder / "best.pt")
    runner.writer.close()
