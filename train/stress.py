"""The stress library of a task: what each scenario does under the neutral constant, and how to use it.

    python -m train stress --task TASK

Writes stress.md, stress.csv with scores and measures, and for each scenario <name>-v<version>.png, it beside the
calm, to --out.
"""

import sys
from dataclasses import dataclass, replace

import pandas as pd
import torch
from matplotlib.figure import Figure

from envs.core.control import Constant
from envs.core.dashboard import draw
from envs.core.table import markdown
from envs.core.task import Task

from .command import Step, command
from .judging.assess import Assessment, assess
from .judging.study import Study, report
from .writing.plots import history

USE = """\
A scenario is named by its name, or by name and version (`{example}`); what a versioned name stands for never changes.

- **Evaluation split**: `task_of("{task}").under("{example}", "calm")` is the task with these
  scenarios alone, on the same seeds and shocks as in the whole; from the command line
  `tokenomics-gym evaluate --task {task} --controller NAME --scenarios {example} calm`, and the same option
  of `benchmark`. A scenario that is to be held out is left out of the training mixture.
- **Training mixture**: `gymnasium.make_vec("{task}", num_envs=64, scenario=["calm", "{example}"])` draws
  each episode's scenario uniformly from the list, and one named twice comes twice as often. For `train` the list is
  `env: {{scenario: [...]}}` in its file of hyperparameters.
- **Curriculum stage**: `curriculum: {{0.0: [calm], 0.3: [calm, {example}]}}` in its file of hyperparameters begins episodes under
  these scenarios from that share of the training budget on; `Simulation.draw_from` does it by hand.\
"""


@dataclass(kw_only=True)
class Stress(Study):
    """Draw the stress library."""

    name = "stress"

    onset: Step | None = None
    """Step of the onset; by default the task's for evaluation."""


def figure(task: Task, result: Assessment, episode: int) -> Figure:
    """A scenario's dashboard without the levers over the first scenario's, in grey.

    Shown are the steps round the onset, a ninth of the episode before it and two thirds after it, or the whole episode where
    the scenario does not wait for its onset.
    """
    scenario, calm = task.scenarios[episode], task.scenarios[0]
    ours, theirs = history(task, result, episode), history(task, result, 0)
    onset = float(result.episodes["onset"][episode])
    timed = bool(scenario.windows or scenario.series)
    begin, end = (onset - task.horizon / 9, onset + task.horizon / 1.5) if timed else (0.0, task.horizon)
    shown = (ours["time"] >= begin) & (ours["time"] <= end)
    return draw(
        [panel for panel in task.dashboard if not panel.levers],
        {name: curve[shown] for name, curve in ours.items()},
        f"{task.id}, levers neutral, {scenario.versioned}: {scenario.doc} (grey: {calm.versioned})",
        task.step_unit,
        [onset] if timed else [],
        {name: curve[shown] for name, curve in theirs.items()},
    )


def table(task: Task, episodes: pd.DataFrame) -> str:
    """Score and terms of the neutral constant's episode under each scenario."""
    terms = [column for column in episodes if column.startswith("term/")]
    rows = [
        [
            episode["scenario"],
            task.scenarios[number].doc,
            *[f"{episode[name]:.4f}" for name in ("score", *terms)],
        ]
        for number, episode in episodes.iterrows()
    ]
    return markdown(["scenario", "what happens", "score", *[term[5:] for term in terms]], rows)


def run(arguments: Stress) -> pd.DataFrame:
    """Draws the library and writes its report; returns one episode for each scenario."""
    task = arguments.subject()
    if arguments.onset is not None:
        task = replace(task, evaluation_onset=arguments.onset)
    if not 0 <= task.evaluation_onset < task.horizon:
        raise ValueError(f"onset is {task.evaluation_onset}; it must lie from 0 to below {task.horizon}")
    folder = arguments.folder()
    with torch.inference_mode():
        result = assess(task, Constant(task), 1)
    episodes = result.episodes.assign(scenario=[scenario.versioned for scenario in task.scenarios])
    figures = {
        scenario.versioned: figure(task, result, episode) for episode, scenario in enumerate(task.scenarios)
    }
    example = task.scenarios[-1].versioned
    note = (
        f"One episode of {task.horizon} {task.step_unit}s under each scenario, levers neutral, onset on {task.step_unit} "
        f"{task.evaluation_onset}. Score and terms are means per {task.step_unit}; measures are in stress.csv."
    )
    pictures = "\n\n".join(f"![{name}]({name}.png)" for name in figures)
    parts = [
        note,
        table(task, episodes),
        "## Use",
        USE.format(task=task.id, example=example),
        "## Pictures",
        pictures,
    ]
    csv = episodes.to_csv(index=False, float_format="%.9g")
    report(folder, "stress", f"{task.id}: the stress library", parts, csv, figures)
    return episodes


main = command("stress", Stress, run, __doc__)

if __name__ == "__main__":
    sys.exit(main())
