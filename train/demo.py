"""From a clone to a trained controller: trains PPO, runs the leaderboard against it, says where to look.

python -m train.demo
"""

import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import tyro

from . import benchmark, ppo


@dataclass
class Arguments:
    """Train PPO on a task within a budget, then run the leaderboard."""

    task: str = "tokenomics/SafeNetwork-v0"
    """Id of the task."""
    seconds: float = 110.0
    """Seconds of training."""
    seed: int = 0
    """Seed of the training."""
    runs: Path = Path("results/runs")
    """Folder of training runs and TensorBoard events."""


def main() -> None:
    """Command line."""
    arguments = tyro.cli(Arguments, description=__doc__)
    begun = time.monotonic()
    home = arguments.runs / arguments.task.rpartition("/")[2]
    folder = home / "demo"
    shutil.rmtree(folder, ignore_errors=True)  # the demo owns this folder and begins anew
    try:
        ppo.train(
            ppo.Arguments(
                task=arguments.task,
                seed=arguments.seed,
                seconds=arguments.seconds,
                out=folder,
                backend="sb3",
            )
        )
        benchmark.run(
            benchmark.Arguments(
                task=arguments.task,
                policies=(folder / "best.pt",),
                runs=arguments.runs,
                out=home / "demo_ladder",
            )
        )
    except ValueError as error:
        sys.exit(f"train.demo: {error}")
    print(f"\nThe whole demo took {time.monotonic() - begun:.0f} s.")
    print(f"Table and figures: {home / 'demo_ladder'}")
    print(f"Curves, dashboards, the leaderboard as comparable runs: tensorboard --logdir {arguments.runs}")
    print("The full budget, five training seeds: make reproduce")


if __name__ == "__main__":
    main()
