"""One HTML page of an experiment that needs nothing else: no network, no files beside it."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import fields
from html import escape
from typing import Any, cast

import matplotlib
import yaml
from matplotlib.figure import Figure

from .answers import MOST_ROWS, Answer, shown
from .pictures import pictures
from .reading import content_of
from .results import Results

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
table { border-collapse: collapse; font-size: 0.85rem; display: block; overflow-x: auto }
th, td { border-bottom: 1px solid #ddd; padding: 0.2rem 0.6rem; text-align: left }
svg { max-width: 100%; height: auto } pre { background: #f6f6f6; padding: 1rem; overflow-x: auto; font-size: 0.8rem }
"""


def report(results: Results, answers: Sequence[Answer]) -> str:
    """The page: question, design, answers with their figures, what the model does not know, and provenance."""
    design, drawn = results.design, pictures(results)
    title = design.question or f"An experiment on {design.subject.id}"
    parts = [f"<h1>{escape(title)}</h1>", *_design(results)]
    if "curves" in drawn:
        parts += ["<h2>Over time</h2>", _text(_fan_text(results)), svg(drawn["curves"])]
    for answer in answers:
        parts += [f"<h2>{escape(answer.title)}</h2>", _text(answer.text)]
        parts += [svg(drawn[answer.name])] if answer.name in drawn else []
        rows = [
            [shown(value) for value in row] for row in answer.table.head(MOST_ROWS).itertuples(index=False)
        ]
        parts.append(_table(list(answer.table), rows))
        if len(answer.table) > MOST_ROWS:
            parts.append(
                _text(f"The first {MOST_ROWS} of {len(answer.table)} rows; all are in {answer.name}.csv.")
            )
    parts += [*_unknown(results), *_provenance(results)]
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n'
    )


def svg(figure: Figure) -> str:
    """A figure as an SVG element; the same figure gives the same text."""
    drawn = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "experiment"}):
        figure.savefig(drawn, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    text = drawn.getvalue()
    return text[text.index("<svg") :]


def _design(results: Results) -> Iterable[str]:
    design, plan = results.design, results.plan
    yield _text(
        f"{len(plan.cells)} cells of {design.seeds} runs, {plan.run_count} runs of {design.steps} {design.subject.step_unit}s "
        f"of {design.subject.id}. Run k of every cell meets the same shocks, so that differences are paired."
    )
    rows = [
        (vary.role, vary.method, name, shown_range(values), vary.size)
        for vary in design.vary
        for name, values in vary.columns.items()
    ]
    rows += [("arm", "", name, _arm(arm), "") for name, arm in design.arms.items()]
    described = {one.name: one.doc for one in design.subject.scenarios}
    rows += [("scenario", "", name, described.get(name, ""), "") for name in design.under]
    yield _table(("role", "method", "what", "values", "points"), rows)


def shown_range(values: Any) -> str:
    """A range or values as text."""
    if isinstance(values, tuple):
        return ", ".join(map(shown, values))
    return f"{values.low:g} to {values.high:g}" + (", log" if values.scale == "log" else "")


def _arm(arm: Any) -> str:
    told = [f"{name} = {value}" for name, value in {**arm.parameters, **arm.levers}.items()]
    return (
        ", ".join([*told, *([f"controller {arm.controller}"] if arm.controller else [])])
        or "nothing is changed"
    )


def _fan_text(results: Results) -> str:
    kept = results.design.trajectories
    assert kept is not None
    if kept.quantiles:
        low, high = min(kept.quantiles), max(kept.quantiles)
        return (
            f"From the lowest {low:.0%} quantile of any cell to the highest {high:.0%} quantile, and the cells' median; "
            "a cell is one environment under one setting."
        )
    return "Medians, and the middle 80 % of runs."


def _unknown(results: Results) -> Iterable[str]:
    """What was assumed: the author's own words, and every parameter that was not varied."""
    design, economy = results.design, results.design.subject.economy
    yield "<h2>What the model does not know</h2>"
    for line in design.limits:
        yield _text(line)
    yield _text(
        "Results hold for this model, within the ranges above, with everything below as it is. "
        "Intervals tell how much the numbers would change with other draws; they do not tell whether the model is right."
    )
    rows = [
        (
            one.name,
            design.parameters.get(one.name, getattr(economy, one.name)),
            one.metadata["unit"],
            one.metadata["doc"],
        )
        for one in fields(cast(Any, economy))
        if "doc" in one.metadata and f"parameter.{one.name}" not in design.columns
    ]
    yield f"<details><summary>{len(rows)} parameters that were not varied</summary>"
    yield _table(("parameter", "value", "unit", "meaning"), rows)
    yield "</details>"


def _provenance(results: Results) -> Iterable[str]:
    yield "<h2>Where the numbers come from</h2>"
    yield _table(("what", "value"), list(results.store.provenance().items()))
    design = yaml.safe_dump(content_of(results.design), sort_keys=False, allow_unicode=True)
    yield f"<details><summary>The design</summary><pre>{escape(design)}</pre></details>"


def _text(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def _table(head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> str:
    line = "".join(f"<th>{escape(str(cell))}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>\n" for row in rows
    )
    return f"<table><thead><tr>{line}</tr></thead><tbody>\n{body}</tbody></table>"
