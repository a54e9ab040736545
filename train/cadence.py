"""What do rare votes cost? Scores by decision interval, timelock and largest change per decision.

    python -m train cadence --task TASK --controllers constant my_pkg.rules:Smart results/TASK/policies/*

The interval is varied alone; timelock and largest change under votes every `votes` steps. Writes
cadence.md, cadence.csv and cadence.png to --out.
"""

import sys
from dataclasses import dataclass
from math import inf
from typing import Annotated

import pandas as pd
import torch
from matplotlib.figure import Figure
from tqdm import tqdm

from agents.cadence import Cadence
from agents.contenders import contenders, rules_outside
from envs.core.control import Constant, Controller
from envs.core.table import markdown
from envs.core.task import Task

from .command import AtLeast, Count, Step, UsageError, command, once
from .judging.assess import assess, cases
from .judging.episodes import simulation_under
from .judging.report import by_family, paired, strata
from .judging.statistics import estimate, mean
from .judging.study import Study, report


@dataclass(kw_only=True)
class Cadences(Study):
    """Vary the cadence of decisions."""

    name = "cadence"

    controllers: tuple[str, ...] = ()
    """Names of rules, module:Class of anybody's, or paths of checkpoints; by default the task's rules."""
    intervals: tuple[Count, ...] = (1, 7, 30, 90, 365)
    """Steps between decisions."""
    votes: Count = 30
    """Steps between decisions while the timelock or the largest change is varied."""
    delays: tuple[Step, ...] = (0, 7, 30, 90)
    """Steps from a decision to its effect."""
    changes: tuple[Annotated[float, AtLeast(0.0, above=True, infinite=True)], ...] = (0.02, 0.1, 0.5, inf)
    """Largest change of a lever per decision, on its scale (of logarithms where it is one)."""
    draws: Count = 4
    """Episodes for each scenario."""


@dataclass(frozen=True)
class Variant:
    """One way to decide: what is varied, its value, and the cadence."""

    varied: str
    value: float
    interval: int
    delay: int = 0
    change: float = inf


def variants(arguments: Cadences) -> list[Variant]:
    """All ways to decide, the daily or most frequent first."""
    return [
        *(Variant("interval", n, n) for n in sorted(arguments.intervals)),
        *(Variant("delay", n, arguments.votes, delay=n) for n in arguments.delays),
        *(Variant("change", x, arguments.votes, change=x) for x in arguments.changes),
    ]


def labels(arguments: Cadences, unit: str) -> dict[str, str]:
    """What is varied, in words."""
    votes = f"votes every {arguments.votes} {unit}s"
    return {
        "interval": f"{unit}s between decisions",
        "delay": f"timelock, {unit}s; {votes}",
        "change": f"largest change per decision, on the lever's scale; {votes}",
    }


def sweep(task: Task, arguments: Cadences, rules: list[Controller]) -> pd.DataFrame:
    """One row an episode: controller, scenario, draw, seed, score, varied, value. All cadences run in one batch."""
    ways = variants(arguments)
    each = len(cases(task, arguments.draws)[0])

    def of_each(name: str) -> torch.Tensor:
        return torch.tensor([getattr(way, name) for way in ways]).repeat_interleave(each)

    simulation = simulation_under(task, Constant(task), len(ways) * each)
    parts = []
    for rule in tqdm(rules, desc="cadence", unit="controller"):
        voted = Cadence(task, rule, of_each("interval"), of_each("delay"), of_each("change").double())
        episodes = assess(task, voted, arguments.draws, simulation, record=(), copies=len(ways)).episodes
        named = {
            name: [getattr(way, name) for way in ways for _ in range(each)] for name in ("varied", "value")
        }
        parts.append(episodes[["controller", "scenario", "draw", "seed", "score"]].assign(**named))
    return pd.concat(parts, ignore_index=True)


def ticks(values: list[float]) -> list[str]:
    """Values as they are shown."""
    return ["no limit" if value == inf else f"{value:g}" for value in values]


def tables(episodes: pd.DataFrame, label: dict[str, str], votes: int) -> list[str]:
    """Scores by what is varied, and beside the intervals what each `votes` steps cost."""
    parts = []
    for varied, text in label.items():
        part = episodes[episodes["varied"] == varied]
        values = sorted(part["value"].unique())
        rows = []
        for name, group in by_family(part).items():
            of = {value: group[group["value"] == value] for value in values}
            row = [name, *[f"{of[value]['score'].mean():.4f}" for value in values]]
            if varied == "interval" and votes in of:
                keyed = (
                    one.assign(scenario=one["scenario"] + one["controller"])
                    for one in (of[votes], of[values[0]])
                )
                gap = paired(*keyed)
                result = estimate(-gap["score"].to_numpy(), strata(gap), mean)
                row.append(f"{result.value:+.4f} [{result.low:+.4f}, {result.high:+.4f}]")
            rows.append(row)
        header = ["controller", *ticks(values)]
        if len(rows[0]) > len(header):
            header.append(f"score that {votes} instead of {values[0]:g} costs [95 %]")
        parts += [f"## By {text}", markdown(header, rows)]
    return parts


def figure(task: Task, episodes: pd.DataFrame, label: dict[str, str], votes: int) -> Figure:
    """Mean score with 95 % intervals, by what is varied; the other panels vary what the shaded votes cost."""
    drawn = Figure(figsize=(13, 4.4), layout="constrained")
    drawn.suptitle(f"{task.id}: what rare, late and small decisions cost")
    panels = drawn.subplots(1, len(label), sharey=True)
    for axes, (varied, text) in zip(panels, label.items(), strict=True):
        part = episodes[episodes["varied"] == varied]
        values = sorted(part["value"].unique())
        for number, (name, group) in enumerate(by_family(part).items()):
            if name == "constant":
                axes.axhline(
                    group["score"].mean(), color="0.4", linestyle=":", label="constant: nobody votes"
                )
                continue
            of = [group[group["value"] == value] for value in values]
            results = [estimate(one["score"].to_numpy(), strata(one), mean) for one in of]
            low = [result.value - result.low for result in results]
            high = [result.high - result.value for result in results]
            place = [i + 0.05 * number for i in range(len(values))]
            axes.errorbar(
                place, [result.value for result in results], [low, high],
                marker="o", markersize=4, capsize=2, label=name,
            )  # fmt: skip
        if varied == "interval" and votes in values:
            axes.axvspan(values.index(votes) - 0.3, values.index(votes) + 0.5, color="tab:orange", alpha=0.12)
        axes.set_xticks(range(len(values)), ticks(values))
        axes.set_xlabel(text.replace("; ", "\n"))
        axes.grid(axis="y", alpha=0.3)
    panels[0].set_ylabel("score")
    panels[0].legend(fontsize=8)
    return drawn


def run(arguments: Cadences) -> pd.DataFrame:
    """Runs the study and writes its results; returns all episodes."""
    if not (arguments.intervals and arguments.delays and arguments.changes):
        raise UsageError("--intervals, --delays and --changes need at least one value each")
    for name in ("intervals", "delays", "changes"):
        once(f"--{name}", getattr(arguments, name))
    task = arguments.subject()
    folder = arguments.folder()
    rules = contenders(task, arguments.controllers or rules_outside(task))
    for rule in rules:
        if rule.economy_for(task.economy) is not task.economy:
            raise ValueError(f"{rule.name} acts inside the economy; nobody votes on what it does")
    with torch.inference_mode():
        episodes = sweep(task, arguments, rules)
    label = labels(arguments, task.step_unit)
    note = (
        f"{len(task.scenarios)} scenarios × {arguments.draws} draws, whole episodes of {task.horizon} "
        f"{task.step_unit}s. Rules read every {task.step_unit}; a policy decides for as long as a vote lasts. "
        "Levers still move within their limit per step. Intervals: bootstrap over episodes, stratified by scenario."
    )
    parts = [note, "![scores](cadence.png)", *tables(episodes, label, arguments.votes)]
    report(
        folder,
        "cadence",
        f"{task.id}: the cadence of decisions",
        parts,
        episodes.to_csv(index=False, float_format="%.7g"),
        {"cadence": figure(task, episodes, label, arguments.votes)},
    )
    return episodes


main = command("cadence", Cadences, run, __doc__)

if __name__ == "__main__":
    sys.exit(main())
