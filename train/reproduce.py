"""Spend the full budget: PPO over five training seeds, refined where the task asks for it, then the leaderboard.

    python -m train reproduce --task TASK
    python -m train reproduce --task TASK --backend gradient --seeds 3  # the leaderboard keeps PPO's policies

Finished seeds are kept and interrupted ones go on when it is started again.
"""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from . import benchmark
from .command import Count, OnTask, Seconds, UsageError, command
from .learning.hyperparameters import FILE, hyperparameters
from .ppo import LABELS
from .writing.files import folder_for, write_atomically


@dataclass(kw_only=True)
class Arguments(OnTask):
    """Train over several seeds with the full budget, then run the leaderboard."""

    backend: Literal["sb3", "gradient"] = "sb3"
    """Who learns: PPO, or what follows the score's own gradient through the economy."""
    seeds: Count = 5
    """Training seeds, from 0 on."""
    jobs: Count = 2
    """Trainings side by side, of one thread each."""
    steps: Count | None = None
    """Decisions for each training; by default the hyperparameters' n_timesteps."""
    draws: Count = 64
    """Episodes for each scenario in the leaderboard."""
    evaluate_every: Seconds = 30.0
    """Seconds of training between evaluations on held-out seeds."""
    out: Path | None = None
    """Folder of the results; by default results/<task>."""
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
                 "--threads": 1, "--backend": arguments.backend, "--evaluate-every": arguments.evaluate_every}  # fmt: skip
        if self.refines:
            asked["--refine"] = self.refines
        options = [str(word) for option in asked.items() for word in option]
        resume = ["--resume"] if (self.folder / "last.pt").is_file() else []
        return [sys.executable, "-m", f"{__package__}.ppo", *options, *resume]


def stages(arguments: Arguments, settings: dict[str, Any], home: Path, seed: int) -> list[Stage]:
    """The trainings of one seed, in their order: one, and a refinement where there are settings for it."""
    folder, steps = home / f"{LABELS[arguments.backend]}_{seed}", arguments.steps
    if arguments.backend != "sb3" or not settings.get("refine"):
        return [Stage(folder, steps or int(settings["n_timesteps"]), seed)]
    first = Stage(folder / "first", steps or int(settings["n_timesteps"]), seed)
    return [first, Stage(folder, steps or int(settings["refine"]["n_timesteps"]), seed, first.best)]


def train(arguments: Arguments, seeds: list[list[Stage]]) -> None:
    """Trains every seed, each of its stages in a process of its own; whatever ends this ends them, too."""
    waiting, running = list(seeds), list[tuple[list[Stage], subprocess.Popen[bytes]]]()
    try:
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
                    raise UsageError(f"training in {left[0].folder} failed with code {code}")
                left[0].mark.touch()
                running.remove(one)
                waiting.insert(0, left)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("trainings saved what they had; started again, they go on") from None
    finally:
        for _, process in running:
            process.terminate()
        for _, process in running:
            process.wait()


def run(arguments: Arguments) -> None:
    """Trains all seeds, keeps their policies, and runs the leaderboard."""
    task = arguments.chosen_task()
    out = folder_for(arguments.out or Path("results") / task.folder, "episodes.csv", "leaderboard.md")
    kept = folder_for(out / "policies")
    settings, home = (
        hyperparameters(task.id, FILE, arguments.backend),
        folder_for(arguments.runs / task.folder, option="--runs"),
    )
    seeds = [stages(arguments, settings, home, seed) for seed in range(arguments.seeds)]
    train(arguments, seeds)
    label = LABELS[arguments.backend]
    for seed, (*_, last) in enumerate(seeds):
        write_atomically(kept / f"{label}_{seed}{last.best.suffix}", last.best.read_bytes())
    ours = [kept / f"{label}_{seed}.pt" for seed in range(arguments.seeds)]
    others = [path for path in sorted(kept.glob("*.pt")) if not path.stem.startswith(f"{label}_")]
    policies = sorted([*ours, *others], key=lambda path: (not path.stem.startswith("ppo"), path.stem))
    benchmark.run(
        benchmark.Arguments(
            task=arguments.task,
            policies=tuple(policies),
            draws=arguments.draws,
            out=out,
            runs=arguments.runs,
            threads=arguments.threads,
        )
    )


main = command("reproduce", Arguments, run, __doc__)

if __name__ == "__main__":
    sys.exit(main())
