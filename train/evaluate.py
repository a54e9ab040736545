"""Evaluates one controller on a task: all scenarios, whole episodes, test seeds.

    python -m train.evaluate --task tokenomics/SafeNetwork-v0 --controller pid_tuned
    python -m train.evaluate --controller results/runs/SafeNetwork-v0/ppo_0/best.pt

Writes episodes.csv, report.md and figures to --out, and a TensorBoard run beside the others.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import torch
import tyro

from agents.controller import Controller
from agents.policy import load
from agents.registry import baseline, controller
from agents.seeds import TEST
from envs import task_of
from envs.core.task import Task

from .benchmark import short
from .judging.assess import assess
from .judging.report import leaderboard
from .writing.files import write_atomically
from .writing.plots import figures
from .writing.tensorboard import show


@dataclass
class Arguments:
    """Evaluate one controller."""

    controller: str
    """Name of a rule, or path of a checkpoint; an unknown name lists the rules."""
    task: str = "tokenomics/SafeNetwork-v0"
    """Id of the task."""
    scenarios: tuple[str, ...] = ()
    """The scenarios, with or without version; by default all of the task's."""
    draws: int = 16
    """Episodes for each scenario."""
    out: Path | None = None
    """Folder of the results; by default results/runs/<task>/evaluation/<controller>."""
    runs: Path = Path("results/runs")
    """Folder of TensorBoard events."""
    threads: int | None = None
    """Threads of torch; by default all cores."""


def chosen(task: Task, name: str) -> Controller:
    """The rule of that name, or the policy at that path.

    Raises:
        ValueError: neither.
    """
    if name.endswith((".zip", ".pt")):
        return load(name, task)
    try:
        return controller(task, name)
    except ValueError as error:
        raise ValueError(f"{error}; a policy is given by the path of its .pt") from None


def main() -> None:
    """Command line."""
    arguments = tyro.cli(Arguments, description=__doc__)
    try:
        task = task_of(arguments.task)
        if arguments.scenarios:
            task = task.under(*arguments.scenarios)
        competitor = chosen(task, arguments.controller)
        if arguments.draws < 1:
            raise ValueError(f"draws is {arguments.draws}; it must be at least 1")
        TEST.check(arguments.draws)
    except ValueError as error:
        sys.exit(f"train.evaluate: {error}")
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    result = assess(task, competitor, arguments.draws)
    label = competitor.name if competitor.name != "ppo" else f"ppo_{Path(arguments.controller).parent.name}"
    out = arguments.out or arguments.runs / short(task) / "evaluation" / label
    out.mkdir(parents=True, exist_ok=True)
    report = leaderboard(task, result.episodes, baseline(task))
    write_atomically(out / "episodes.csv", result.episodes.to_csv(index=False, float_format="%.9g"))
    write_atomically(out / "report.md", report)
    figures(task, [result], result.episodes, out)
    show(task, result, arguments.runs / short(task) / "evaluation" / label)
    print(report)
    print(f"results in {out}; tensorboard --logdir {arguments.runs}")


if __name__ == "__main__":
    main()
