"""Pictures of what each scenario does to a task's economy under the neutral constant.

    python -m train.stress --task tokenomics/SafeNetwork-v0

Writes <scenario>-v<version>.png, the scenario beside the calm, and stress.csv with scores and measures.
"""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import tyro
from matplotlib.figure import Figure

from agents.controller import Constant
from envs import task_of
from envs.core.task import Task

from .assess import Assessment, assess
from .benchmark import short
from .files import write_atomically
from .plots import history


@dataclass
class Arguments:
    """Draw the stress library."""

    task: str = "tokenomics/SafeNetwork-v0"
    """Id of the task."""
    horizon: int | None = None
    """Steps of a life; by default the task's."""
    onset: int | None = None
    """Step of the onset; by default the task's for evaluation."""
    out: Path | None = None
    """Folder of the results; by default results/runs/<task>/stress."""


def figure(task: Task, result: Assessment, life: int) -> Figure:
    """The dashboard's curves of a scenario, in colour, over those of the first one, in grey."""
    scenario, calm = task.scenarios[life], task.scenarios[0]
    ours, theirs = history(task, result, life), history(task, result, 0)
    panels = [panel for panel in task.panels if not panel.title.startswith("lever")]
    rows = -(-len(panels) // 2)
    drawn = Figure(figsize=(12.8, 2.6 * rows), layout="constrained")
    drawn.suptitle(
        f"{task.id}, neutral constant, {scenario.versioned} ({scenario.doc}); grey: {calm.versioned}"
    )
    for place, panel in enumerate(panels):
        axes = drawn.add_subplot(rows, 2, place + 1)
        for label, name in panel.curves.items():
            axes.plot(theirs["time"], theirs[name], color="0.7", linewidth=2.2)
            axes.plot(ours["time"], ours[name], label=label, linewidth=1.2)
        axes.axvline(float(result.lives["onset"][life]), color="tab:red", linestyle=":", linewidth=1)
        axes.set_yscale(panel.scale)
        axes.set_title(panel.title, fontsize=9)
        axes.set_xlabel(task.step_unit, fontsize=8)
        if len(panel.curves) > 1:
            axes.legend(fontsize=8)
    return drawn


def main() -> None:
    """Command line."""
    arguments = tyro.cli(Arguments, description=__doc__)
    try:
        task = task_of(arguments.task)
        if arguments.horizon is not None:
            task = replace(task, horizon=arguments.horizon)
        if arguments.onset is not None:
            task = replace(task, evaluation_onset=arguments.onset)
        if not 0 <= task.evaluation_onset < task.horizon:
            raise ValueError(f"onset is {task.evaluation_onset}; it must lie from 0 to below {task.horizon}")
    except ValueError as error:
        sys.exit(f"train.stress: {error}")
    with torch.inference_mode():
        result = assess(task, Constant(task), 1)
    out = arguments.out or Path("results/runs") / short(task) / "stress"
    lives = result.lives.assign(scenario=[scenario.versioned for scenario in task.scenarios])
    write_atomically(out / "stress.csv", lives.to_csv(index=False, float_format="%.9g"))
    for life, scenario in enumerate(task.scenarios):
        figure(task, result, life).savefig(out / f"{scenario.versioned}.png", dpi=80)
    print(lives[["scenario", "onset", "score"]].round(4).to_string(index=False))
    print(f"results in {out}")


if __name__ == "__main__":
    main()
