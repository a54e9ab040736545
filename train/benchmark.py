"""Run the leaderboard of a task: every rule, the best constant, and trained policies, over the same shocks.

    python -m train benchmark --task TASK
    python -m train benchmark --task my_pkg:my/Farm-v0 --controllers my_pkg.rules:Smart --draws 16

Writes episodes.csv, leaderboard.md and figures to --out, and TensorBoard runs to <runs>/<task>/leaderboard/.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from agents.contenders import contenders, distinct
from agents.registry import baseline, rules, search
from agents.seeds import TEST
from envs.core.control import Constant, Controller
from envs.core.simulation import Simulation
from envs.core.task import Task

from .command import Count, OnTask, command
from .judging.assess import Assessment, assess
from .judging.report import leaderboard
from .judging.search import best_constant, best_lever_pid
from .writing.files import folder_for, publish
from .writing.plots import figures
from .writing.tensorboard import show


@dataclass(kw_only=True)
class Arguments(OnTask):
    """Run the leaderboard of a task."""

    controllers: tuple[str, ...] = ()
    """Who competes beside the task's own rules: my_pkg.rules:Smart, a class or function of a task."""
    policies: tuple[Path, ...] = ()
    """Checkpoints; by default the best policy of every <runs>/<task>/ppo_* and gradient_*."""
    scenarios: tuple[str, ...] = ()
    """The scenarios, with or without version; by default all of the task's."""
    draws: Count = 64
    """Episodes for each scenario, with their own seeds and onsets."""
    search: bool = True
    """Search for the best constant, and for the gains of a PID lever by lever where the task declares targets."""
    out: Path | None = None
    """Folder of the results; by default results/<task>."""
    runs: Path = Path("results/runs")
    """Folder of training runs and TensorBoard events."""


def competitors(task: Task, arguments: Arguments, simulation: Simulation | None) -> list[Controller]:
    """Rules, the best constant, the PID lever by lever, whoever is named, then one policy for each checkpoint."""
    home = arguments.runs / task.folder
    trained = [path for method in ("ppo", "gradient") for path in sorted(home.glob(f"{method}_*/best.pt"))]
    paths = arguments.policies or tuple(trained)
    known = rules(task)
    asked = contenders(task, (*arguments.controllers, *map(str, paths)))
    distinct([*known, *asked])
    if arguments.search:
        held = [one for one in known if type(one) is Constant]
        found = best_constant(task, simulation, **{"known": held, **search(task)})
        tqdm.write(str(found), file=sys.stderr)
        known.insert(2, found.constant)
        if task.targets:
            known.append(best_lever_pid(task))
    return distinct([*known, *asked])


def run(arguments: Arguments, simulation: Simulation | None = None) -> pd.DataFrame:
    """Runs the leaderboard and writes its results; returns all episodes.

    Args:
        simulation: of batch scenarios · draws, to share its compiled graphs.
    """
    task = arguments.chosen_task()
    if arguments.scenarios:
        task = task.under(*arguments.scenarios)
    TEST.check(arguments.draws)
    out = folder_for(arguments.out or Path("results") / task.folder, "episodes.csv", "leaderboard.md")
    events = folder_for(arguments.runs / task.folder / "leaderboard", option="--runs")
    batch = len(task.scenarios) * arguments.draws
    if simulation is None or simulation.batch != batch:
        simulation = task.simulation(batch, autoreset=False)
    playing = competitors(task, arguments, simulation)
    assessments: list[Assessment] = []
    for controller in tqdm(playing, desc="leaderboard", unit="controller"):
        whole = assess(task, controller, arguments.draws, simulation)
        assessments.append(whole.shown(len(task.scenarios)))
        score = whole.episodes["score"].mean()
        tqdm.write(f"{controller.name:>16}  mean score {score:.4f}", file=sys.stderr)
    episodes = pd.concat([assessment.episodes for assessment in assessments], ignore_index=True)
    table = leaderboard(task, episodes, baseline(task))
    print(table, flush=True)  # before what may fail
    publish(
        out,
        {
            "episodes.csv": episodes.to_csv(index=False, float_format="%.9g"),
            "leaderboard.md": table,
            **figures(task, assessments, episodes),
        },
    )
    for assessment in assessments:
        show(task, assessment, events / assessment.name)
    print(f"results in {out}, TensorBoard: tensorboard --logdir {arguments.runs}", flush=True)
    return episodes


main = command("benchmark", Arguments, run, __doc__)

if __name__ == "__main__":
    sys.exit(main())
