"""Runs the leaderboard of a task: every rule, the best constant, and trained policies, over the same shocks.

    python -m train.benchmark --task tokenomics/SafeNetwork-v0

Writes results/<task>/ (episodes.csv, leaderboard.md, figures) and TensorBoard runs in results/runs/<task>/leaderboard/.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch
import tyro
from tqdm import tqdm

from agents.controller import Controller
from agents.policy import load
from agents.registry import baseline, rules, search
from agents.seeds import TEST
from envs import task_of
from envs.core.simulation import Simulation
from envs.core.task import Task

from .judging.assess import Assessment, assess
from .judging.report import leaderboard
from .judging.search import best_constant
from .writing.files import write_atomically
from .writing.plots import figures
from .writing.tensorboard import show


@dataclass
class Arguments:
    """Run the leaderboard of a task."""

    task: str = "tokenomics/SafeNetwork-v0"
    """Id of the task."""
    policies: tuple[Path, ...] = ()
    """Checkpoints; by default every best.pt in results/runs/<task>/ppo_*."""
    scenarios: tuple[str, ...] = ()
    """The scenarios, with or without version; by default all of the task's."""
    draws: int = 64
    """Episodes for each scenario, with their own seeds and onsets."""
    search: bool = True
    """Search for the best constant."""
    out: Path | None = None
    """Folder of the results; by default results/<task>."""
    runs: Path = Path("results/runs")
    """Folder of training runs and TensorBoard events."""
    threads: int | None = None
    """Threads of torch; by default all cores."""


def short(task: Task) -> str:
    """The id without its namespace, for folders."""
    return task.id.rpartition("/")[2]


def competitors(task: Task, arguments: Arguments, simulation: Simulation | None) -> list[Controller]:
    """Rules, the best constant, then one policy for each checkpoint."""
    known = rules(task)
    if arguments.search:
        found = best_constant(task, simulation, **search(task))
        values = ", ".join(f"{name} {value:.4g}" for name, value in found.values.items())
        tqdm.write(f"best constant: {values}")
        known.insert(2, found)
    runs = arguments.runs / short(task)
    paths = arguments.policies or tuple(sorted(runs.glob("ppo_*/best.pt")))
    for path in paths:
        policy = load(path, task)
        seed = path.parent.name if path.stem in ("best", "last") else path.stem
        policy.name = f"ppo/{seed}" if len(paths) > 1 else "ppo"
        known.append(policy)
    return known


def run(arguments: Arguments, simulation: Simulation | None = None) -> pd.DataFrame:
    """Runs the leaderboard and writes its results; returns all episodes.

    Args:
        simulation: of batch scenarios · draws, to share its compiled graphs.
    """
    task = task_of(arguments.task)
    if arguments.scenarios:
        task = task.under(*arguments.scenarios)
    if arguments.draws < 1:
        raise ValueError(f"draws is {arguments.draws}; it must be at least 1")
    TEST.check(arguments.draws)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    out = arguments.out or Path("results") / short(task)
    events = arguments.runs / short(task) / "leaderboard"
    batch = len(task.scenarios) * arguments.draws
    if simulation is None or simulation.batch != batch:
        simulation = task.simulation(batch, autoreset=False)
    assessments: list[Assessment] = []
    for controller in tqdm(competitors(task, arguments, simulation), desc="leaderboard", unit="controller"):
        whole = assess(task, controller, arguments.draws, simulation)
        assessments.append(whole.shown(len(task.scenarios)))
        score = whole.episodes["score"].mean()
        tqdm.write(f"{controller.name:>16}  mean score {score:.4f}")
    episodes = pd.concat([assessment.episodes for assessment in assessments], ignore_index=True)
    table = leaderboard(task, episodes, baseline(task))
    out.mkdir(parents=True, exist_ok=True)
    write_atomically(out / "episodes.csv", episodes.to_csv(index=False, float_format="%.9g"))
    write_atomically(out / "leaderboard.md", table)
    figures(task, assessments, episodes, out)
    for assessment in assessments:
        show(task, assessment, events / assessment.name.replace("/", "_"))
    print(table)
    print(f"results in {out}, TensorBoard: tensorboard --logdir {arguments.runs}", flush=True)
    return episodes


def main() -> None:
    """Command line."""
    try:
        run(tyro.cli(Arguments, description=__doc__))
    except ValueError as error:
        sys.exit(f"train.benchmark: {error}")


if __name__ == "__main__":
    main()
