"""The full budget: PPO over five training seeds, refined where the task asks for it, then the leaderboard.

    python -m train.reproduce

Finished seeds are kept and interrupted ones go on when it is started again.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from . import benchmark
from .learning.hyperparameters import FILE, hyperparameters


@dataclass
class Arguments:
    """Train over several seeds with the full budget, then run the leaderboard."""

    task: str = "tokenomics/SafeNetwork-v0"
    """Id of the task."""
    seeds: int = 5
    """Training seeds, from 0 on."""
    jobs: int = 2
    """Trainings side by side, of one thread each."""
    steps: int | None = None
    """Decisions for each training; by default the hyperparameters' n_timesteps."""
    draws: int = 64
    """Episodes for each scenario in the leaderboard."""
    evaluate_every: float = 30.0
    """Seconds of training between evaluations on held-out seeds."""
    runs: Path = Path("results/runs")
    """Folder of training runs and TensorBoard events."""


@dataclass(frozen=True)
class Stage:
    """A training of a seed, with one thread, for so many decisions; a refinement begins with a policy."""

    folder: Path
    steps: int
    seed: int
    refines: Path | None = None

    @property
    def best(self) -> Path:
        """Its best policy."""
        return self.folder / "best.pt"

    @property
    def mark(self) -> Path:
        """The file that says that it is finished."""
        return self.folder / "finished"

    @property
    def done(self) -> bool:
        """Whether it is finished."""
        return self.mark.is_file()

    def command(self, arguments: "Arguments") -> list[str]:
        """What to run; an interrupted training goes on."""
        asked = {"--task": arguments.task, "--seed": self.seed, "--steps": self.steps, "--out": self.folder,
                 "--threads": 1, "--backend": "sb3", "--evaluate-every": arguments.evaluate_every}  # fmt: skip
        if self.refines:
            asked["--refine"] = self.refines
        options = [str(word) for option in asked.items() for word in option]
        resume = ["--resume"] if (self.folder / "last.pt").is_file() else []
        return [sys.executable, "-m", "train.ppo", *options, *resume]


def stages(arguments: Arguments, settings: dict[str, Any], home: Path, seed: int) -> list[Stage]:
    """The trainings of one seed, in their order: one, and a refinement where there are settings for it."""
    folder, steps = home / f"ppo_{seed}", arguments.steps
    if not settings.get("refine"):
        return [Stage(folder, steps or int(settings["n_timesteps"]), seed)]
    first = Stage(folder / "first", steps or int(settings["n_timesteps"]), seed)
    return [first, Stage(folder, steps or int(settings["refine"]["n_timesteps"]), seed, first.best)]


def train(arguments: Arguments, seeds: list[list[Stage]]) -> None:
    """Trains every seed, each of its stages in a process of its own."""
    waiting, running = list(seeds), list[tuple[list[Stage], subprocess.Popen[bytes]]]()
    while waiting or running:
        while waiting and len(running) < arguments.jobs:
            left = [stage for stage in waiting.pop(0) if not stage.done]
            if left:
                running.append((left, subprocess.Popen(left[0].command(arguments))))
        for one in list(running):
            left, process = one
            try:
                code = process.wait(timeout=1.0)
            except subprocess.TimeoutExpired:
                continue
            if code != 0:
                raise ValueError(f"training in {left[0].folder} failed with code {code}")
            left[0].mark.touch()
            running.remove(one)
            waiting.insert(0, left)


def main() -> None:
    """Command line."""
    arguments = tyro.cli(Arguments, description=__doc__)
    name = arguments.task.rpartition("/")[2]
    try:
        settings, home = hyperparameters(arguments.task, FILE), arguments.runs / name
        seeds = [stages(arguments, settings, home, seed) for seed in range(arguments.seeds)]
        train(arguments, seeds)
        kept = Path("results") / name / "policies"
        kept.mkdir(parents=True, exist_ok=True)
        policies = [kept / f"ppo_{seed}.pt" for seed in range(arguments.seeds)]
        for (*_, last), policy in zip(seeds, policies, strict=True):
            shutil.copyfile(last.best, policy)
        benchmark.run(
            benchmark.Arguments(
                task=arguments.task, policies=tuple(policies), draws=arguments.draws, runs=arguments.runs
            )
        )
    except ValueError as error:
        sys.exit(f"train.reproduce: {error}")


if __name__ == "__main__":
    main()
