"""The reference format: parameter files in, one row of columns a day out."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from torch import Tensor

from ..core.reference import Reference
from . import homes
from .bidding.cohorts import Cohorts
from .economy import SafeNetwork
from .fiat import Fiat
from .state import State

RUN_KEYS = ("days", "steps", "seeds")  # how long and how often to run: not parameters of the economy
FILE_KEYS = ("params", *RUN_KEYS, "mode", "columns", "note", "std", "name", "description")


def read(file: Mapping[str, Any]) -> SafeNetwork:
    """The economy of a parameter file, or of its bare `params`; lists become tuples.

    Raises:
        ValueError, TypeError: a parameter that the economy does not have or cannot use.
    """
    parameters = file.get("params", file)
    strange = sorted(set(file) - set(FILE_KEYS)) if "params" in file else []
    if strange:
        raise ValueError(f"the parameter file has unknown {', '.join(strange)}; parameters go into params")
    if not isinstance(parameters, Mapping):
        raise TypeError(f"params is {parameters!r}; it must be an object of parameters")
    if file.get("mode") == "deterministic" and parameters.get("sections") == "tree":
        raise ValueError("sections is 'tree', which draws where newcomers go; mode must not be deterministic")
    known = {declared.name: declared.default for declared in fields(SafeNetwork)}
    unknown = sorted(set(parameters) - set(known) - set(RUN_KEYS))
    if unknown:
        raise ValueError(
            f"unknown parameter {', '.join(unknown)}; SafeNetwork has {', '.join(sorted(known))}"
        )
    given = {name: _value(name, value, known[name]) for name, value in parameters.items() if name in known}
    return SafeNetwork(**given)


def _value(name: str, value: Any, default: Any) -> Any:
    if name == "fiat" and value is not None:
        return Fiat.from_reference(value)
    if name == "cohorts" and value is not None:
        return Cohorts.from_reference(value)
    if isinstance(value, list):
        return tuple(value)
    whole = isinstance(default, int) and isinstance(value, float) and value.is_integer()
    return int(value) if whole else value


def columns(economy: SafeNetwork, state: State) -> dict[str, Tensor]:
    """Columns of the reference files for the day that has passed, (B,) each."""
    day, bidders = state.day, state.bidders
    row = {
        "day": state.time - 1, "N": state.vaults, "users": day.clients,
        "f": economy.filled(state), "u": economy.unfarmed_share(state),
        "R": day.reward, "C": day.cost, "w": day.ratio, "s": homes.count(economy, state),
        "q": state.chunks_per_coin, "read_share": day.read_share, "growth": day.growth,
        "gets": day.gets, "puts": day.puts, "paid": day.paid, "payout": day.payout,
        "A": state.paid, "I": state.farmed, "K": state.chunks, "U": state.unfarmed,
        "earn": day.earned, "earn_cum": state.earned, "lost": state.lost,
    }  # fmt: skip
    if economy.version == "v3":
        row |= {"lowest": bidders.lowest, "median": bidders.median}
        for name, values in (("bid", bidders.quoted), ("share", bidders.share), ("income", bidders.income)):
            row |= {f"{name}_{k}": values[:, k] for k in range(values.shape[1])}
    return row


REFERENCE = Reference(read, columns, time_column="day", initial_row=False)
