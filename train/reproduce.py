"""The full budget: PPO over five training seeds, then the ladder into results/<task>/.

    python -m train.reproduce

Finished seeds are kept and interrupted ones go on when it is started again.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import tyro

from . import benchmark
from .hyperparameters import FILE, hyperparameters


@dataclass
class Arguments:
    """Train over several seeds with the full budget, then run the ladder."""

    task: str = "tokenomics/SafeNetwork-v0"
    """Id of the task."""
    seeds: int = 5
    """Training seeds, from 0 on."""
    jobs: int = 2
    """Trainings side by side, of one thread each."""
    steps: int | None = None
    """Decisions for each seed; by default the hyperparameters' n_timesteps."""
    draws: int = 64
    """Lives for each scenario in the ladder."""
    evaluate_every: float = 60.0
    """Seconds of training between evaluations on held-out seeds."""
    runs: Path = Path("results/runs")
    """Folder of training runs and TensorBoard events."""


def train(arguments: Arguments, steps: int, home: Path) -> list[Path]:
    """Trains every seed in a process of its own, and returns their best checkpoints."""
    waiting = list(range(arguments.seeds))
    running: dict[int, subprocess.Popen[bytes]] = {}
    done = [home / f"ppo_{seed}" / "finished" for seed in range(arguments.seeds)]
    while waiting or running:
        while waiting and len(running) < arguments.jobs:
            seed = waiting.pop(0)
            folder = home / f"ppo_{seed}"
            if done[seed].is_file():
                continue
            resume = ["--resume"] if (folder / "last.zip").is_file() else []
            command = [sys.executable, "-m", "train.ppo", "--task", arguments.task, "--seed", str(seed),
                       "--steps", str(steps), "--out", str(folder), "--threads", "1", "--backend", "sb3",
                       "--evaluate-every", str(arguments.evaluate_every), *resume]  # fmt: skip
            running[seed] = subprocess.Popen(command)
        for seed, process in list(running.items()):
            try:
                if process.wait(timeout=1.0) != 0:
                    raise ValueError(f"training of seed {seed} failed with code {process.returncode}")
            except subprocess.TimeoutExpired:
                continue
            done[seed].touch()
            del running[seed]
    return [home / f"ppo_{seed}" / "best.zip" for seed in range(arguments.seeds)]


def main() -> None:
    """Command line."""
    arguments = tyro.cli(Arguments, description=__doc__)
    name = arguments.task.rpartition("/")[2]
    try:
        settings = hyperparameters(arguments.task, FILE)
        steps = arguments.steps or int(settings["n_timesteps"])
        policies = train(arguments, steps, arguments.runs / name)
        benchmark.run(
            benchmark.Arguments(
                task=arguments.task, policies=tuple(policies), draws=arguments.draws, runs=arguments.runs
            )
        )
        kept = Path("results") / name / "policies"
        kept.mkdir(parents=True, exist_ok=True)
        for policy in policies:
            shutil.copyfile(policy, kept / f"{policy.parent.name}.zip")
    except ValueError as error:
        sys.exit(f"train.reproduce: {error}")


if __name__ == "__main__":
    main()
