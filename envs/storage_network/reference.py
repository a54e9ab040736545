"""The reference format: parameter files in, columns and injected draws out (`model.md`, section 11).

A file without a `variant` that has `parameters` is one of the responsive network.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields as declared
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from ..core.chance import Replay
from ..core.reference import Course, Reference
from . import accounts
from .economy import StorageNetwork
from .parameters import (
    ID_NAMES,
    NODES,
    ROUTE_ID_NAMES,
    Funnel,
    Links,
    Model,
    Nodes,
    Parameters,
    Repairs,
    Tokens,
)
from .responsive import reference as responsive
from .responsive.economy import ResponsiveStorageNetwork
from .responsive.state import State as ResponsiveState
from .state import State
from .variants import ORDERS, VARIANTS

NOTES = (
    "model", "seed", "seeds", "runs", "steps", "days", "columns", "mode", "initial", "name", "description",
    "final_log",
)  # fmt: skip
SECTIONS = ("variant", "params", "changed", "ids", "settings")
INERT = ("block_time", "p_avail_to_i", "j_out_bandwidth", "p_out_bandwidth", "r_out_bandwidth")
"""Parameters that the original has and no equation reads (Q16)."""
INERT_FUNNEL = ("EXO_EXPERIENCE",)
SEEDS = re.compile(r"(\d+)…(\d+)")  # first and last, as the files of the ensembles say it
DRAWS = (
    "u_avail_k", "u_avail_j", "u_ping_i_to_k", "u_ping_i_to_j", "u_ping_k_to_j", "message_size", "token",
    "cost_noise", "arrival_size", "u_prove_j", "time_noise", "u_p_hat", "store_size", "poisson",
)  # fmt: skip


def known(variant: str) -> dict[str, str]:
    """Names of the original's parameters of a variant → fields here; "" where no equation reads them."""
    layer = VARIANTS[variant]["layer"]
    names: dict[str, str] = {}
    if layer == "funnel":
        names |= {field.name.upper(): field.name for field in declared(Funnel)}
        return names | dict.fromkeys(INERT_FUNNEL, "")
    ids = {*ID_NAMES, *ROUTE_ID_NAMES}
    money = layer == "tokens"
    for field in declared(Nodes):
        if field.name not in ids and (money or not field.name.endswith("_wallet")):
            names[field.name] = field.name
    names |= dict.fromkeys(INERT, "")
    if layer != "validation":
        names |= {field.name: field.name for field in declared(Links)}
    if money:
        names |= {field.name: field.name for field in declared(Tokens) if field.name != "tax_rate"}
        names |= {"tax_%": "tax_rate", "AB_Test": "order"}
    return names


def fields(file: Mapping[str, Any]) -> dict[str, Any]:
    """The economy's fields that a parameter file sets.

    Args:
        file: `variant` names the model; `params` or `changed` give parameters by their names in the
            original; `ids` the nodes' ids, drawn where it is null or left out; `settings` fields of
            `Parameters` by their names here, such as repairs.

    Raises:
        ValueError, TypeError: naming the unknown or unusable entry.
    """
    if not isinstance(file, Mapping):
        raise TypeError(f"the parameter file holds {type(file).__name__}; it must hold a JSON object")
    _refuse_unknown("the parameter file", file, {*SECTIONS, *NOTES})
    variant = file.get("variant")
    if variant not in VARIANTS:
        raise ValueError(f"variant is {variant!r}; it must be one of {', '.join(VARIANTS)}")
    names = known(variant)
    given = {**_section(file, "params"), **_section(file, "changed")}
    _refuse_unknown(f"params of {variant}", given, {*names, "steps", "days"})
    own: dict[str, Any] = dict(VARIANTS[variant])
    for name, value in given.items():
        if name == "AB_Test":
            if value not in ORDERS:
                raise ValueError(f"AB_Test is {value!r}; it must be one of {', '.join(ORDERS)}")
            own |= ORDERS[value]
        elif names.get(name):
            own[names[name]] = _number(name, value, names[name])
        elif name in names:
            _number(name, value, "block_time")
    settings = _section(file, "settings")
    _refuse_unknown("settings", settings, {field.name for part in (Model, Repairs, Tokens, Links)
                                           for field in declared(part)})  # fmt: skip
    return own | _ids(file.get("ids"), VARIANTS[variant]) | dict(settings)


def _refuse_unknown(where: str, given: Mapping[str, Any], names: set[str]) -> None:
    unknown = sorted(set(given) - names)
    if unknown:
        raise ValueError(f"{where} has unknown {', '.join(unknown)}; known are {', '.join(sorted(names))}")


def _section(file: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = file.get(name) or {}
    if not isinstance(section, Mapping):
        raise TypeError(f"{name} is {section!r}; it must be an object")
    return section


WHOLE = {field.name for field in declared(Parameters) if field.type in (int, "int")}


def _number(name: str, value: Any, field: str) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is {value!r}; it must be a number")
    if not isfinite(value):
        raise ValueError(f"{name} is {value!r}; it must be finite")
    return value if field in WHOLE else float(value)


def _ids(given: Any, settings: Mapping[str, Any]) -> dict[str, int]:
    """Ids as {"i": 5, …} or as {"id_i": 5, "rt_id_i": 5, …}; one set stands for both (Q13)."""
    if given is None or given == {}:
        return {}
    if not isinstance(given, Mapping):
        raise TypeError(f"ids is {given!r}; it must be an object or null")
    _refuse_unknown("ids", given, {*NODES, *ID_NAMES, *ROUTE_ID_NAMES, "dist_kj"})
    ids = {f"id_{node}": given[node] for node in NODES if node in given}
    ids |= {name: given[name] for name in (*ID_NAMES, *ROUTE_ID_NAMES) if name in given}
    for name, value in ids.items():
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 15:
            raise ValueError(f"ids.{name} is {value!r}; it must be a whole number from 0 to 15")
    if "dist_kj" in given and {"id_k", "id_j"} <= set(ids) and given["dist_kj"] != ids["id_k"] ^ ids["id_j"]:
        raise ValueError(f"ids.dist_kj is {given['dist_kj']!r}; id_k XOR id_j is {ids['id_k'] ^ ids['id_j']}")
    if settings.get("pay_at") == "proof" and not set(ROUTE_ID_NAMES) & set(ids):
        ids |= {f"rt_{name}": ids[name] for name in ID_NAMES if name in ids}
    return ids


def replay_of(steps: Sequence[Mapping[str, Any]], filling: float = 0.5) -> Replay:
    """The draws of a trace's blocks, injected by name.

    Args:
        steps: objects with the block's draws under `draws`.
        filling: what stands in where the original made no draw, such as the time of no message.
    """
    names = {name for step in steps for name in step["draws"]}
    columns = {
        name: [[float(step["draws"].get(name, filling))] for step in steps] for name in (*DRAWS, *names)
    }
    return Replay({name: torch.tensor(rows, dtype=torch.float64) for name, rows in columns.items()})


def _is_responsive(file: Mapping[str, Any]) -> bool:
    return "variant" not in file and "parameters" in file


def read(file: Mapping[str, Any]) -> StorageNetwork | ResponsiveStorageNetwork:
    """The economy of a parameter file, see `fields`.

    Raises:
        ValueError, TypeError: naming the unknown or unusable entry.
    """
    return responsive.read(file) if _is_responsive(file) else StorageNetwork(**fields(file))


def columns(economy: Any, state: State | ResponsiveState) -> dict[str, Tensor]:
    """Columns of the reference figures after a block, (B,) each."""
    if isinstance(state, ResponsiveState):
        return responsive.columns(economy, state)
    return accounts.columns(economy, state)


def course(file: Mapping[str, Any]) -> Course:
    """How a file's run goes: an ensemble has `runs`, or as many as `seeds` spans ("1000…1063").

    Raises:
        ValueError, TypeError: seeds or runs that say no number of networks.
    """
    if _is_responsive(file):
        return responsive.course(file)
    seeds, runs = file.get("seeds"), file.get("runs")
    if runs is not None and (isinstance(runs, bool) or not isinstance(runs, int) or runs < 2):
        raise ValueError(f"runs is {runs!r}; it must be a whole number from 2 on")
    if not isinstance(seeds, str):
        first = file.get("seed", 0)
        if isinstance(first, bool) or not isinstance(first, int) or first < 0:
            raise ValueError(f"seed is {first!r}; it must be a whole number from 0 on")
        return Course(seed=first, seeds=None if seeds is not None else runs)
    found = SEEDS.match(seeds)
    if found is None or int(found[2]) <= int(found[1]):
        raise ValueError(f"seeds is {seeds!r}; it must be a whole number, or a range such as 1000…1063")
    first, last = int(found[1]), int(found[2])
    return Course(seed=first, seeds=runs or last - first + 1)


REFERENCE = Reference(read, columns, time_column="t", course=course)
