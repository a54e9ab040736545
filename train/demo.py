"""From a clone to a trained controller: train PPO, run the leaderboard against it, say where to look.

python -m train demo
python -m train demo --task TASK --seconds 300
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from . import benchmark, ppo
from .command import OnTask, Seconds, command
from .writing.files import folder_for, unused


@dataclass(kw_only=True)
class Arguments(OnTask):
    """Train PPO on a task within a budget, then run the leaderboard."""

    seconds: Seconds = 110.0
    """Seconds of training."""
    seed: int = 0
    """Seed of the training."""
    runs: Path = Path("results/runs")
    """Folder of training runs and TensorBoard events."""


def run(arguments: Arguments) -> None:
    """Trains, then runs the leaderboard; a second demo has folders of its own."""
    begun = time.monotonic()
    task = arguments.chosen_task()
    folder = unused(folder_for(arguments.runs / task.folder, option="--runs") / "demo")
    board = folder / "leaderboard"
    ppo.train(
        ppo.Arguments(
            task=arguments.task, seed=arguments.seed, seconds=arguments.seconds, out=folder, backend="sb3"
        )
    )
    benchmark.run(
        benchmark.Arguments(
            task=arguments.task, policies=(folder / "best.pt",), runs=arguments.runs, out=board
        )
    )
    print(f"\nThe whole demo took {time.monotonic() - begun:.0f} s.")
    print(f"Table and figures: {board}")
    print(f"Curves, dashboards, the leaderboard as comparable runs: tensorboard --logdir {arguments.runs}")
    print("The full budget, five training seeds: make reproduce")


main = command("demo", Arguments, run, __doc__)

if __name__ == "__main__":
    sys.exit(main())
