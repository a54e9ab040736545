"""Parameter files of the reference format (`*.params.json`)."""

from collections.abc import Mapping
from dataclasses import fields as declared
from math import isfinite
from typing import Any

from torch import Tensor

from ..core.reference import Reference
from .economy import Bostrom
from .parameters import Behaviour, InitialState, Mechanism
from .state import COLUMNS, State

SECTIONS = ("investmint_period_share", "initial_state", "params")
NOTES = (
    "name", "description", "rows_in_full_run", "rows_kept", "rows_kept_rule", "columns", "mode", "seeds",
)  # fmt: skip
LENGTHS = ("steps", "days")  # how long to run, at the top or among the parameters
SHARE_KEYS = ("mode", "value", "seed", "list_length", "list_mean", "draws_file")
PARAMETERS = {f.name for f in (*declared(Mechanism), *declared(Behaviour))} - {
    "investmint_period_share", "share_law"
}  # fmt: skip
INITIAL = {f.name.removeprefix("initial_") for f in declared(InitialState)}
ORIGINAL_LIST = 10_000


def read(file: Mapping[str, Any]) -> Bostrom:
    """The economy of a parameter file, whose books hold as many days as the file has steps.

    Raises:
        ValueError, TypeError: naming the unknown or unusable field.
    """
    if not isinstance(file, Mapping):
        raise TypeError(f"the parameter file holds {type(file).__name__}; it must hold a JSON object")
    _known("the parameter file", file, {*SECTIONS, *NOTES, *LENGTHS})
    parameters = _section(file, "params", {*PARAMETERS, *LENGTHS})
    initial = _section(file, "initial_state", INITIAL)
    numbers = {
        name: _number(f"params.{name}", value) for name, value in parameters.items() if name in PARAMETERS
    }
    begun = {f"initial_{name}": _number(f"initial_state.{name}", value) for name, value in initial.items()}
    lengths = [place[name] for place in (file, parameters) for name in LENGTHS if name in place]
    steps = lengths[0] if lengths else 3650
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ValueError(f"steps is {steps!r}; it must be a whole number from 1 on")
    return Bostrom(**{**numbers, **begun, **_share(file), "book_days": steps})


def columns(economy: Bostrom, state: State) -> dict[str, Tensor]:
    """The 28 columns of section 3."""
    return {name: getattr(state, name) for name in COLUMNS}


def _known(where: str, given: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise ValueError(f"{where} has unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}")


def _section(file: Mapping[str, Any], name: str, known: set[str]) -> Mapping[str, Any]:
    section = file.get(name, {})
    if not isinstance(section, Mapping):
        raise TypeError(f"{name} is {section!r}; it must be an object")
    _known(name, section, known)
    return section


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is {value!r}; it must be a number")
    if not isfinite(value):
        raise ValueError(f"{name} is {value!r}; it must be finite")
    return float(value)


def _share(file: Mapping[str, Any]) -> dict[str, Any]:
    share = _section(file, "investmint_period_share", set(SHARE_KEYS))
    mode = share.get("mode", "random")
    if mode == "random":
        length = share.get("list_length", ORIGINAL_LIST)
        if isinstance(length, bool) or not isinstance(length, int) or length < 1:
            raise ValueError(
                f"investmint_period_share.list_length is {length!r}; it must be a whole number from 1 on"
            )
        return {"share_law": "random"}
    if mode != "constant":
        raise ValueError(f"investmint_period_share.mode is {mode!r}; it must be constant or random")
    if "value" not in share:
        raise ValueError("investmint_period_share.value is missing; mode constant needs it")
    value = _number("investmint_period_share.value", share["value"])
    return {"share_law": "constant", "investmint_period_share": value}


REFERENCE = Reference(read, columns)
