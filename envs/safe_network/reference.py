"""The reference format: parameter files in, one row of columns a day out.

A file's `version` names the rules: "v1" and "v2" are `SafeNetwork`s, "v3" is a `BiddingNetwork`. Files
may give the parameters of all versions; what belongs to another one is checked and left out.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from torch import Tensor

from ..core.reference import Reference
from .bidding.cohorts import Cohorts
from .bidding.economy import BiddingNetwork
from .bidding.state import BiddingState
from .economy import SafeNetwork
from .records import Fiat, SizePrices
from .section_laws import section_count
from .state import State, filled_share, unfarmed_share

VERSIONS = ("v1", "v2", "v3")
RUN_KEYS = ("days", "steps", "seeds")  # how long and how often to run: not parameters of the economy
FILE_KEYS = ("params", *RUN_KEYS, "mode", "columns", "note", "std", "name", "description")
SIZE_PRICES = {"v1_log_power": "log_power", "v1_cost_factor": "cost_factor", "v1_cost_rule": "cost_rule"}
BIDDING = {
    "v3_cost_rule": "cost_rule", "v3_group": "group", "v3_split": "reward_split",
    "v3_rw_window": "rw_window", "v3_rw0": "rw0", "cohorts": "cohorts",
}  # fmt: skip
POSTED = {declared.name: declared.name for declared in fields(SafeNetwork) if declared.name != "size_prices"}
COMMON = POSTED.keys() & {declared.name for declared in fields(BiddingNetwork)}


def read(file: Mapping[str, Any]) -> SafeNetwork | BiddingNetwork:
    """The economy of a parameter file, or of its bare `params`; lists become tuples.

    Raises:
        ValueError, TypeError: a parameter that no version has or can use.
    """
    parameters = file.get("params", file)
    strange = sorted(set(file) - set(FILE_KEYS)) if "params" in file else []
    if strange:
        raise ValueError(f"the parameter file has unknown {', '.join(strange)}; parameters go into params")
    if not isinstance(parameters, Mapping):
        raise TypeError(f"params is {parameters!r}; it must be an object of parameters")
    if file.get("mode") == "deterministic" and parameters.get("sections") == "tree":
        raise ValueError("sections is 'tree', which draws where newcomers go; mode must not be deterministic")
    known = {"version", *POSTED, *SIZE_PRICES, *BIDDING}
    unknown = sorted(set(parameters) - known - set(RUN_KEYS))
    if unknown:
        raise ValueError(
            f"unknown parameter {', '.join(unknown)}; SafeNetwork has {', '.join(sorted(known))}"
        )
    version = parameters.get("version", "v2")
    if version not in VERSIONS:
        raise ValueError(f"version is {version!r}; it must be one of {', '.join(VERSIONS)}")
    if version != "v3" and parameters.get("cohorts") is not None:
        raise ValueError(f"cohorts is set; cohorts belong to version v3, not {version}")
    posted, bidding = _of(SafeNetwork, POSTED, parameters), _of(BiddingNetwork, BIDDING, parameters)
    size = SizePrices(**_of(SizePrices, SIZE_PRICES, parameters))
    own = SafeNetwork(**posted, size_prices=size if version == "v1" else None)
    bids = BiddingNetwork(**{name: value for name, value in posted.items() if name in COMMON}, **bidding)
    return bids if version == "v3" else own


def _of(record: type, words: Mapping[str, str], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Those fields of a record that the file gives; `words` maps the file's names to the record's."""
    defaults = {declared.name: declared.default for declared in fields(record)}
    return {
        name: _value(name, parameters[word], defaults[name])
        for word, name in words.items()
        if word in parameters and not (word == "cohorts" and parameters[word] is None)
    }


def _value(name: str, value: Any, default: Any) -> Any:
    if name == "fiat" and value is not None:
        return Fiat.from_reference(value)
    if name == "cohorts":
        return Cohorts.from_reference(value)
    if isinstance(value, list):
        return tuple(value)
    whole = isinstance(default, int) and isinstance(value, float) and value.is_integer()
    return int(value) if whole else value


def columns(economy: SafeNetwork | BiddingNetwork, state: State | BiddingState) -> dict[str, Tensor]:
    """Columns of the reference files for the day that has passed, (B,) each."""
    if isinstance(state, BiddingState):
        bidders = state.bidders
        row = columns(economy, state.network) | {"lowest": bidders.lowest, "median": bidders.median}
        for name, values in (("bid", bidders.quoted), ("share", bidders.share), ("income", bidders.income)):
            row |= {f"{name}_{k}": values[:, k] for k in range(values.shape[1])}
        return row
    day = state.day
    return {
        "day": state.time - 1, "N": state.vaults, "users": day.clients,
        "f": filled_share(economy, state), "u": unfarmed_share(economy, state),
        "R": day.reward, "C": day.cost, "w": day.ratio, "s": section_count(economy, state),
        "q": state.chunks_per_coin, "read_share": day.read_share, "growth": day.growth,
        "gets": day.gets, "puts": day.puts, "paid": day.paid, "payout": day.payout,
        "A": state.paid, "I": state.farmed, "K": state.chunks, "U": state.unfarmed,
        "earn": day.earned, "earn_cum": state.earned, "lost": state.lost,
    }  # fmt: skip


REFERENCE = Reference(read, columns, time_column="day", initial_row=False)
