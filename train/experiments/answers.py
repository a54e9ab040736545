"""What an experiment answers: tables in the order in which they are read, and a sentence or two for each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from envs.core.table import markdown

from . import comparing, selecting, sensitivity
from .results import Results
from .summaries import asked, compared_by, goals_met, summary
from .trees import Leaf

MOST_ROWS = 40
LEAF_COLUMNS = ["where", "share of runs that meet all goals", "cells"]


@dataclass(frozen=True)
class Answer:
    """A table that answers a question.

    Attributes:
        name: of its CSV file. title: the question. text: how to read it, or what follows from it.
    """

    name: str
    title: str
    text: str
    table: pd.DataFrame

    def markdown(self) -> str:
        """Title, text and the first rows."""
        rows = [[shown(value) for value in row] for row in self.table.head(MOST_ROWS).itertuples(index=False)]
        more = len(self.table) - len(rows)
        rest = f"... and {more} more rows in {self.name}.csv" if more > 0 else ""
        parts = (f"## {self.title}", self.text, markdown(list(self.table), rows) if rows else "", rest)
        return "\n\n".join(part for part in parts if part)


def shown(value: Any) -> str:
    """A cell of a table as text."""
    if value is None or value != value:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def answers(results: Results) -> list[Answer]:
    """All that the design lets one ask."""
    return [
        Answer(
            "figures", "Key figures", "Means over runs, with 95 % intervals by bootstrap over seeds and drawn points.",
            summary(results, compared_by(results), asked(results)),
        ),
        *(_goals(results) if results.design.goals else ()),
        *(_comparison(results) if comparing.alternatives(results.design) else ()),
        *(_selection(results) if results.design.goals and selecting.choices(results) else ()),
        *(_sensitivity(results) if sensitivity.laid_out(results) else ()),
    ]  # fmt: skip


def _goals(results: Results) -> Iterator[Answer]:
    told = "; ".join(f"{name} {goal}" for name, goal in results.design.goals.items())
    yield Answer(
        "goals",
        "How often goals are met",
        f"Share of the runs. Goals: {told}.",
        goals_met(results, compared_by(results)),
    )


def _comparison(results: Results) -> Iterator[Answer]:
    column = comparing.alternatives(results.design)
    first = results.cells[str(column)].iloc[0]
    yield Answer(
        "differences", f"What changes against {first}",
        "Runs are paired: both meet the same shocks. `higher` is the share of pairs in which the figure grows, `better` "
        "in which it improves.",
        comparing.differences(results, asked(results)),
    )  # fmt: skip
    if results.design.goals:
        yield Answer(
            "goal_differences", f"What changes in the goals against {first}", "Shares of the runs that meet them.",
            comparing.goal_differences(results),
        )  # fmt: skip
    if len(results.cells) > len(results.design.under) * results.cells[str(column)].nunique():
        yield Answer(
            "who_wins", "Who wins where", "Share of the points at which the mean score is the greatest.",
            sensitivity.who_wins(results),
        )  # fmt: skip
        rows = [(name, *leaf) for name, found in sensitivity.turning(results).items() for leaf in found]
        yield Answer(
            "turning", "Which assumption changes who wins",
            f"Difference of the score to {first}, by a shallow decision tree; where its sign turns, the winner changes.",
            pd.DataFrame(rows, columns=[str(column), "where", "difference of score", "cells"]),
        )  # fmt: skip


def _selection(results: Results) -> Iterator[Answer]:
    settings = selecting.settings(results)
    box = selecting.recommended(results, settings)
    need, count = f"{results.design.reliability:.0%}", len(settings)
    text = (
        f"{int(settings['feasible'].sum())} of {count} settings meet all goals in {need} of the runs, "
        f"{int(settings['sure'].sum())} of them surely (the interval's lower end does)."
    )
    yield Answer("settings", "Which settings meet the goals", text + _recommendation(box), settings)
    leaves = [leaf for leaf in selecting.explained(results)]
    yield Answer("tree", "What decides", _decided(leaves), pd.DataFrame(leaves, columns=LEAF_COLUMNS))


def _recommendation(box: selecting.Box | None) -> str:
    if box is None:
        return ""
    fixed = [f"{name} {value}" for name, value in box.fixed.items()]
    ranges = [f"{name} from {low:.4g} to {high:.4g}" for name, (low, high) in box.ranges.items()]
    return (
        f" Recommended: {', '.join([*fixed, *ranges])}. The {box.settings} settings tried inside meet all goals in "
        f"{box.share:.1%} of the runs ({box.low:.1%} to {box.high:.1%}); up to {box.failing:.0%} of the ranges may fail all "
        "the same, as far as so many settings can tell at 95 %."
    )


def _decided(leaves: list[Leaf]) -> str:
    best, worst = leaves[0], leaves[-1]
    if len(leaves) == 1:
        return f"Nothing that was varied tells runs apart: {best.value:.1%} of them meet all goals."
    return f"Best, {best.value:.1%} of the runs: {best.words}. Worst, {worst.value:.1%}: {worst.words}."


def _sensitivity(results: Results) -> Iterator[Answer]:
    found = sensitivity.effects(results, asked(results))
    size = "effect" if "effect" in found else "total"
    of = (
        found[found["figure"] == found["figure"].iloc[0]]
        .groupby("of")[size]
        .mean()
        .sort_values(ascending=False)
    )
    text = f"{found['figure'].iloc[0]} is moved most by {of.index[0]} ({size} {of.iloc[0]:.4g})."
    yield Answer("effects", "What moves the result", text, found)
