"""The stress library of a task: what each scenario does under the neutral constant, and how to use it.

    python -m train.stress --task tokenomics/SafeNetwork-v0

Writes stress.md, stress.csv with scores and measures, and for each scenario <name>-v<version>.png, it beside the
calm, to --out.
"""

from dataclasses import dataclass, replace

import pandas as pd
from matplotlib.figure import Figure

from agents.controller import Constant
from envs.core.task import Task

from .assess import Assessment, assess
from .files import write_atomically
from .plots import history
from .report import markdown
from .study import Study, command, publish

USE = """\
A scenario is named by its name, or by name and version (`{example}`); what a versioned name stands for never changes.

- **Evaluation split**: `task_of("{task}").under("{example}", "calm")` is the task with these
  scenarios alone, on the same seeds and shocks as in the whole; from the command line
  `python -m train.evaluate --task {task} --controller NAME --scenarios {example} calm`, and the same option
  of `train.benchmark`. A scenario that is to be held out is left out of the training mixture.
- **Training mixture**: `gymnasium.make_vec("{task}", num_envs=64, scenario=["calm", "{example}"])` draws
  each episode's scenario uniformly from the list, and one named twice comes twice as often. For `train.ppo` the list is
  `env: {{scenario: [...]}}` in `train/ppo.yml`.
- **Curriculum stage**: `curriculum: {{0.0: [calm], 0.3: [calm, {example}]}}` in `train/ppo.yml` begins episodes under
  these scenarios from that share of the training budget on; `Simulation.draw_from` does it by hand.\
"""


@dataclass
class Stress(Study):
    """Draw the stress library."""

    name = "stress"

    onset: int | None = None
    """Step of the onset; by default the task's for evaluation."""


def figure(task: Task, result: Assessment, life: int) -> Figure:
    """The dashboard's curves of a scenario, in colour, over those of the first one, in grey."""
    scenario, calm = task.scenarios[life], task.scenarios[0]
    ours, theirs = history(task, result, life), history(task, result, 0)
    panels = [panel for panel in task.panels if not panel.title.startswith("lever")]
    rows = -(-len(panels) // 2)
    drawn = Figure(figsize=(12.8, 2.3 * rows + 0.5), layout="constrained")
    drawn.suptitle(
        f"{task.id}, neutral constant, {scenario.versioned}: {scenario.doc}. Grey: {calm.versioned}",
        fontsize=11,
    )
    for place, panel in enumerate(panels):
        axes = drawn.add_subplot(rows, 2, place + 1)
        for label, name in panel.curves.items():
            axes.plot(theirs["time"], theirs[name], color="0.7", linewidth=2.2)
            axes.plot(ours["time"], ours[name], label=label, linewidth=1.2)
        if life:
            axes.axvline(float(result.lives["onset"][life]), color="tab:red", linestyle=":", linewidth=1)
        axes.set_yscale(panel.scale)
        axes.set_title(panel.title, fontsize=9)
        axes.tick_params(labelsize=8)
        if place >= len(panels) - 2:
            axes.set_xlabel(task.step_unit, fontsize=8)
        if len(panel.curves) > 1:
            axes.legend(fontsize=8)
    return drawn


def table(task: Task, lives: pd.DataFrame) -> str:
    """Score and terms of the neutral constant's life under each scenario."""
    terms = [column for column in lives if column.startswith("term/")]
    rows = [
        [life["scenario"], task.scenarios[number].doc, *[f"{life[name]:.4f}" for name in ("score", *terms)]]
        for number, life in lives.iterrows()
    ]
    return markdown(["scenario", "what happens", "score", *[term[5:] for term in terms]], rows)


def run(arguments: Stress) -> pd.DataFrame:
    """Draws the library and writes its report; returns one life for each scenario."""
    task = arguments.subject()
    if arguments.onset is not None:
        task = replace(task, evaluation_onset=arguments.onset)
    if not 0 <= task.evaluation_onset < task.horizon:
        raise ValueError(f"onset is {task.evaluation_onset}; it must lie from 0 to below {task.horizon}")
    result = assess(task, Constant(task), 1)
    lives = result.lives.assign(scenario=[scenario.versioned for scenario in task.scenarios])
    folder = arguments.folder()
    write_atomically(folder / "stress.csv", lives.to_csv(index=False, float_format="%.9g"))
    figures = {scenario.versioned: figure(task, result, life) for life, scenario in enumerate(task.scenarios)}
    example = task.scenarios[-1].versioned
    note = (
        f"One life of {task.horizon} {task.step_unit}s under each scenario, levers neutral, onset on {task.step_unit} "
        f"{task.evaluation_onset}. Score and terms are means per {task.step_unit}; measures are in stress.csv."
    )
    pictures = "\n\n".join(f"![{name}]({name}.png)" for name in figures)
    parts = [
        note,
        table(task, lives),
        "## Use",
        USE.format(task=task.id, example=example),
        "## Pictures",
        pictures,
    ]
    publish(folder, "stress", f"{task.id}: the stress library", parts, figures)
    return lives


if __name__ == "__main__":
    command(Stress, run, __doc__)
