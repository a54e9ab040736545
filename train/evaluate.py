"""Evaluate one controller on a task: all scenarios, whole episodes, test seeds.

    python -m train evaluate --task TASK --controller constant
    python -m train evaluate --task TASK --controller results/runs/TASK/ppo_0/best.pt
    python -m train evaluate --task my_pkg:my/Farm-v0 --controller my_pkg.rules:Smart

Writes episodes.csv, report.md and figures to --out, and a TensorBoard run beside the others.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from agents.contenders import contenders, labels
from agents.policy import Policy
from agents.registry import baseline
from agents.seeds import TEST

from .command import Count, OnTask, command
from .judging.assess import Assessment, assess
from .judging.report import leaderboard
from .writing.files import folder_for, publish
from .writing.plots import figures
from .writing.tensorboard import show


@dataclass(kw_only=True)
class Arguments(OnTask):
    """Evaluate one controller."""

    controller: str
    """Name of a rule (an unknown one lists them), module:Class of anybody's, or path of a checkpoint."""
    scenarios: tuple[str, ...] = ()
    """The scenarios, with or without version; by default all of the task's."""
    draws: Count = 16
    """Episodes for each scenario."""
    out: Path | None = None
    """Folder of the results; by default <runs>/<task>/evaluation/<controller>."""
    runs: Path = Path("results/runs")
    """Folder of TensorBoard events."""


def run(arguments: Arguments) -> Assessment:
    """Evaluates the controller and writes the results."""
    task = arguments.chosen_task()
    if arguments.scenarios:
        task = task.under(*arguments.scenarios)
    TEST.check(arguments.draws)
    (competitor,) = contenders(task, (arguments.controller,))
    label = competitor.name
    if isinstance(competitor, Policy):
        label = f"{competitor.name}/{labels([Path(arguments.controller)])[0]}"
    events = arguments.runs / task.folder / "evaluation" / label
    out = folder_for(arguments.out or events, "episodes.csv", "report.md")
    folder_for(events, option="--runs")
    result = assess(task, competitor, arguments.draws)
    report = leaderboard(task, result.episodes, baseline(task))
    print(report, flush=True)  # before what may fail
    publish(
        out,
        {
            "episodes.csv": result.episodes.to_csv(index=False, float_format="%.9g"),
            "report.md": report,
            **figures(task, [result], result.episodes),
        },
    )
    show(task, result, events)
    print(f"results in {out}; tensorboard --logdir {arguments.runs}")
    return result


main = command("evaluate", Arguments, run, __doc__)

if __name__ == "__main__":
    sys.exit(main())
