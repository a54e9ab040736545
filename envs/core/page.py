"""An environment's page: tables made from a task's declarations, put into its docstring.

A docstring names a table as `{levers}` (the functions of `TABLES`); `documented` replaces it, so that
the class's `__doc__` is the finished page, in Markdown.
"""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import MISSING, Field, fields
from math import exp, inf
from typing import Any, TypeVar, cast

from .chance import Expected
from .declarations import Lever, LeverSet, Sensor
from .options import Options
from .table import markdown as table
from .task import Task

Class = TypeVar("Class", bound=type)
SET_BY_THE_TASK = {"action_map", "autoreset", "steps_per_year"}
"""Options that are no argument of an environment."""


def documented(task: Task) -> Callable[[Class], Class]:
    """A class decorator that fills the tables of `task` into the class's docstring."""

    def finish(cls: Class) -> Class:
        if cls.__doc__:  # there is none under python -OO
            cls.__doc__ = fill(cls.__doc__, task)
        return cls

    return finish


def fill(text: str, task: Task) -> str:
    """The docstring `text` with every `{name of a table}` replaced."""
    page = inspect.cleandoc(text)
    for name, made_from in TABLES.items():
        if f"{{{name}}}" in page:
            page = page.replace(f"{{{name}}}", made_from(task))
    return page


def levers(task: Task) -> str:
    """The economy's levers."""
    return table(
        ("Lever", "Unit", "Low", "Neutral", "High", "Scale", "Most per step", "Meaning"),
        (
            (
                f"`{one.name}`", one.unit, number(one.low), number(one.neutral), number(one.high),
                one.scale, _slew(one), one.doc,
            )
            for one in task.economy.levers
        ),
    )  # fmt: skip


def _slew(lever: Lever) -> str:
    if lever.slew == inf:
        return "no limit"
    return f"a factor {exp(lever.slew):.4g}" if lever.scale == "log" else number(lever.slew)


def actions(task: Task) -> str:
    """What an action's numbers are under each of the task's action_maps."""
    lever_set = LeverSet(task.economy.levers)
    rows = []
    for name, factory in task.action_maps.items():
        action_map = factory(lever_set, task.interval)
        numbers = ", ".join(f"`{label}`" for label in action_map.labels)
        what = " ".join((inspect.getdoc(type(action_map)) or "").split())
        rows.append((f'`"{name}"`', numbers, what))
    return table(("`action=`", "Numbers", "What they ask for"), rows)


def sensors(task: Task) -> str:
    """The sensors that make the observation, in its order."""
    seen = [one for one in task.economy.sensors if one.observed]
    rows = (
        (i, f"`{one.name}`", one.unit, _scaled(one), number(-one.limit), number(one.limit), one.doc)
        for i, one in enumerate(seen)
    )
    return table(("", "Sensor x", "Unit", "Observed as", "Min", "Max", "Meaning"), rows)


def _scaled(sensor: Sensor) -> str:
    x = "ln x" if sensor.log else "x"
    if sensor.center:
        x = f"{x} {'−' if sensor.center > 0 else '+'} {number(abs(sensor.center))}"
    if sensor.scale == 1.0:
        return x
    return f"({x}) / {number(sensor.scale)}" if " " in x else f"{x} / {number(sensor.scale)}"


def unobserved(task: Task) -> str:
    """The sensors that controllers may read and the observation leaves out."""
    hidden = [one for one in task.economy.sensors if not one.observed]
    return table(("Sensor", "Unit", "Meaning"), ((f"`{one.name}`", one.unit, one.doc) for one in hidden))


def shocks(task: Task) -> str:
    """The channels on which scenarios act."""
    rows = ((f"`{one.name}`", number(one.neutral), one.doc) for one in task.economy.shocks)
    return table(("Channel", "Neutral", "Meaning"), rows)


def scenarios(task: Task) -> str:
    """What may befall the economy."""
    rows = []
    for one in task.scenarios:
        acts = [f"`{w.channel}` {number(w.value)}, {_when(w.start, w.length)}" for w in one.windows]
        acts += [
            f"`{n.channel}` × e^x, AR(1) {number(n.coefficient)}, deviation {number(n.deviation)}"
            for n in one.noises
        ]
        acts += [f"`{s.channel}` follows {len(s.values)} values" for s in one.series]
        acts += [f"`{name}` × {number(low)} to {number(high)}" for name, (low, high) in one.randomise.items()]
        rows.append((f"`{one.name}`", one.doc, "; ".join(acts) or "–"))
    acting = "Channel and steps since the onset"
    if any(one.randomise for one in task.scenarios):
        acting += "; parameter and the range of its factor"
    return table(("Scenario", "What happens", acting), rows)


def _when(start: float, length: float) -> str:
    if length == inf:
        return f"from {number(start)} on"
    return f"at {number(start)}" if length == 1 else f"{number(start)} to {number(start + length - 1)}"


def reward_terms(task: Task) -> str:
    """The terms of the score and their weights."""
    objective = task.objective
    total = sum(objective.weights.values())
    rows = (
        (f"`{name}`", number(weight / total), objective.meanings.get(name, ""))
        for name, weight in objective.weights.items()
    )
    return table(("Term", "Weight", "Meaning"), rows)


def costs(task: Task) -> str:
    """The costs for constrained learning and their limits."""
    objective = task.objective
    rows = (
        (f"`{name}`", number(limit), objective.meanings.get(name, ""))
        for name, limit in objective.cost_limits.items()
    )
    return table(("Cost", "Limit", "Meaning"), rows)


def parameters(task: Task) -> str:
    """The economy's parameters: the published value, and the task's where it differs."""
    rows = []
    for one in fields(cast(Any, task.economy)):
        if "doc" in one.metadata:
            ours = getattr(task.economy, one.name)
            differs = _value(ours) if ours != one.default else ""
            rules = one.metadata
            rows.append(
                (
                    f"`{one.name}`", _value(one.default), differs, rules["unit"], _allowed(one),
                    rules["doc"], rules["source"],
                )
            )  # fmt: skip
    return table(("Parameter", "Published", "Here", "Unit", "Allowed", "Meaning", "Section"), rows)


def arguments(task: Task) -> str:
    """What `gymnasium.make` and `gymnasium.make_vec` take beside the id, and this task's defaults."""
    own = {"horizon": task.horizon, "interval": task.interval, "onset": task.onset, "scenarios": "the task's"}
    named = {"reset": "reset_mode"}  # `reset` is a method there
    rows: list[tuple[str, Any, str]] = [
        ("action", f'"{next(iter(task.action_maps))}"', "what the action's numbers ask for, see Action Space")
    ]
    for one in fields(Options):
        if one.name not in SET_BY_THE_TASK:
            default = own.get(one.name, _quoted(one))
            rows.append(
                (named.get(one.name, one.name), default, one.metadata["doc"].format(step=task.step_unit))
            )
    rows += [
        (
            "economy",
            None,
            "another economy of its kind, or a dictionary of parameters to change in the one below",
        ),
        ("device", '"cpu"', 'where the tensors live, such as "cuda"'),
        ("render_mode", None, '"rgb_array" (the dashboard) or "ansi"; for the single environment'),
        (
            "autoreset_mode",
            '"SameStep"',
            'when the next episode begins: "SameStep", "NextStep" or "Disabled"; for the vector environment',
        ),
        ("with_info", True, "whether `infos` are filled; for the vector environment"),
    ]
    return table(("Argument", "Default", "Meaning"), ((f"`{a}`", f"`{b}`", c) for a, b, c in rows))


def _quoted(option: Field[Any]) -> Any:
    if option.default is MISSING:
        return "none"
    return f'"{option.default}"' if isinstance(option.default, str) else option.default


def metrics(task: Task) -> str:
    """Names of the key figures in `info`."""
    return _names(task.economy.metrics(_launch(task)))


def ledger(task: Task) -> str:
    """Names of the balances and flows in `info`."""
    return _names(task.economy.ledger(_launch(task)))


def _launch(task: Task) -> Any:
    return task.economy.initial(1, Expected(1))


def _names(values: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in values)


def _allowed(declared: Field[Any]) -> str:
    rules = declared.metadata
    if rules["choices"]:
        return ", ".join(f"`{choice}`" for choice in rules["choices"])
    bounds = [("> ", rules["above"]), ("≥ ", rules["low"]), ("≤ ", rules["high"])]
    return ", ".join(sign + number(bound) for sign, bound in bounds if bound is not None)


def _value(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, tuple):
        return ", ".join(_value(one) for one in value)
    return number(value) if isinstance(value, int | float) else f"`{value}`"


def number(value: float) -> str:
    """A number as one would write it."""
    if value == int(value) and abs(value) < 1e16:
        return str(int(value)).replace("-", "−")
    return f"{value:.12g}".replace("-", "−")


TABLES: dict[str, Callable[[Task], str]] = {
    "levers": levers,
    "actions": actions,
    "sensors": sensors,
    "unobserved": unobserved,
    "shocks": shocks,
    "scenarios": scenarios,
    "reward_terms": reward_terms,
    "costs": costs,
    "parameters": parameters,
    "arguments": arguments,
    "metrics": metrics,
    "ledger": ledger,
}
