"""Parameter files, and the reference cases of the original model: states, parameters, levers and draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from math import inf, isfinite, log2, nan
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from ..core.chance import Replay
from ..core.reference import Reference
from . import accounts
from .economy import ConvictionVoting
from .initial import blank_state, remember_median
from .state import CANDIDATE, STATUSES, State

LEVERS = ("rho", "beta", "alpha", "tmin", "min_supp")
SYMBOLS = {"n0": "participants0", "m0": "proposals0", "F0": "funds0", "req0_scale": "request0_scale"}
"""Names of section 3 whose parameters have longer ones here."""
PARAMETERS = {field.name: field.default for field in fields(ConvictionVoting) if "doc" in field.metadata}
KNOWN = ("params", "steps", "days", "seeds", "mode", "columns", "name", "description")


@dataclass(frozen=True, eq=False)
class Published(ConvictionVoting):
    """An economy whose levers rest where a parameter file sets the mechanism."""

    mechanism: Mapping[str, float] = field(default_factory=dict)

    @override
    def neutral_levers(self, batch: int, device: torch.device | str = "cpu") -> dict[str, Tensor]:
        resting = super().neutral_levers(batch, device)
        return {
            name: torch.full_like(value, self.mechanism[name]) if name in self.mechanism else value
            for name, value in resting.items()
        }


def read(file: Mapping[str, Any]) -> Published:
    """The economy of a parameter file, with slots for as many steps as it has.

    Raises:
        ValueError, TypeError: naming the unknown or unusable field.
    """
    if unknown := sorted(set(file) - set(KNOWN)):
        raise ValueError(f"the parameter file has unknown {unknown[0]!r}; known are {', '.join(KNOWN)}")
    given = file.get("params", {})
    if not isinstance(given, Mapping):
        raise TypeError(f"params is {given!r}; it must be an object")
    lengths = [place[name] for place in (file, given) for name in ("steps", "days") if name in place]
    steps = lengths[0] if lengths else 100
    own, mechanism = _sorted({name: given[name] for name in given if name not in ("steps", "days")})
    slots = {  # arrivals beyond these are rarer than one run in a million
        "participant_slots": int(own.get("participants0", PARAMETERS["participants0"]) + 36 + 0.3 * steps),
        "proposal_slots": int(own.get("proposals0", PARAMETERS["proposals0"]) + 25 + 0.4 * steps),
    }
    return Published(**slots | own, mechanism=mechanism)


def economy_of(parameters: Mapping[str, Any], **settings: Any) -> ConvictionVoting:
    """The economy of a case's `params`, which records its edges.

    Raises:
        ValueError: naming the parameter that the model does not have.
    """
    own = {"record_edges": True} | _sorted(parameters)[0] | settings
    for name, slots in (("participants0", "participant_slots"), ("proposals0", "proposal_slots")):
        # A case brings its own people and proposals; who would be there at first only has to fit.
        own.setdefault(name, min(PARAMETERS[name], own.get(slots, PARAMETERS[slots])))
    return ConvictionVoting(**own)


def levers_of(parameters: Mapping[str, Any]) -> dict[str, Tensor]:
    """The levers of a case's `params`, (1,) each."""
    values = _sorted(parameters)[1] | {"inflow": 0.0}
    return {name: torch.tensor([value], dtype=torch.float64) for name, value in values.items()}


def _sorted(parameters: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, float]]:
    """What is the economy's, and what the model sets once and here is a lever."""
    own: dict[str, Any] = {}
    mechanism: dict[str, float] = {}
    for symbol, value in parameters.items():
        name = SYMBOLS.get(symbol, symbol)
        usual = PARAMETERS.get(name)
        if name in LEVERS:
            mechanism[name] = _number(symbol, value)
        elif isinstance(usual, bool | str):
            own[name] = value
        elif usual is not None:
            number = _number(symbol, value)
            own[name] = int(number) if isinstance(usual, int) and number.is_integer() else number
        else:
            known = sorted({*PARAMETERS, *LEVERS})
            raise ValueError(f"unknown parameter {symbol!r}; there are {', '.join(known)}")
    if "alpha" in mechanism:
        alpha = mechanism.pop("alpha")
        if not 0.0 <= alpha <= 1.0:
            raise ValueError(f"alpha is {alpha!r}; it must lie from 0 to 1")
        mechanism["half_life"] = 0.0 if alpha == 0.0 else inf if alpha == 1.0 else -1.0 / log2(alpha)
    return own, mechanism


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"{name} is {value!r}; it must be a finite number")
    return float(value)


def _tensor(values: Any, *shape: int) -> Tensor:
    """Numbers, which "inf", "nan" and None may stand for, in the corner of zeros of a shape (1, ...)."""

    def leaf(value: Any) -> Any:
        if isinstance(value, list):
            return [leaf(one) for one in value]
        return nan if value is None else float(value)

    out = torch.zeros(1, *shape, dtype=torch.float64)
    given = torch.tensor(leaf(values), dtype=torch.float64)
    if given.numel():
        corner: Any = (0, *(slice(size) for size in given.shape))
        out[corner] = given
    return out


def state_of(economy: ConvictionVoting, snapshot: Mapping[str, Any], time: int = 0) -> State:
    """The state (B = 1) of a full snapshot (`before`, `after.block*`, `final`).

    Raises:
        ValueError: the economy does not remember stakes, which a snapshot holds, or has too few slots.
    """
    if not economy.remembers_stakes:
        raise ValueError("a snapshot holds stakes; the economy must have record_edges=True")
    n, m = economy.participant_slots, economy.proposal_slots
    people, proposals = snapshot["participants"], snapshot["proposals"]
    if len(people) > n or len(proposals) > m:
        raise ValueError(
            f"{len(people)} participants and {len(proposals)} proposals need more than {n} × {m} slots; "
            "raise participant_slots and proposal_slots"
        )
    blank = blank_state(economy, 1, "cpu")

    def column(name: str) -> Tensor:
        return _tensor([proposal[name] for proposal in proposals], m)

    status = blank.status.clone()
    status[0, : len(proposals)] = torch.tensor(
        [STATUSES.index(p["status"]) for p in proposals], dtype=torch.int64
    )
    edges = snapshot["edges"]
    affinity, tokens = _tensor(edges["affinity"], n, m), _tensor(edges["tokens"], n, m)
    state = blank._replace(
        time=blank.time + time,
        funds=_tensor(snapshot["funds"]),
        supply=blank.supply + economy.supply,
        sentiment=blank.sentiment + economy.sentiment,
        participants=blank.participants + len(people),
        proposals=blank.proposals + len(proposals),
        holdings=_tensor([person["holdings"] for person in people], n),
        requested=column("funds_requested"),
        status=status,
        age=column("age").to(torch.int64),
        conviction=torch.nan_to_num(column("conviction"), nan=0.0, posinf=inf),
        trigger=torch.nan_to_num(column("trigger"), nan=0.0, posinf=inf),
        affinity=affinity,
        staked=torch.where(status == CANDIDATE, tokens.sum(1), 0.0),
        tokens=tokens,
        edge_conviction=_tensor(edges["conviction"], n, m) if economy.record_edges else blank.edge_conviction,
    )
    return remember_median(economy, state, torch.ones_like(state.fault))


def replay_of(
    economy: ConvictionVoting, steps: Sequence[Mapping[str, Any]], people: Sequence[int], filling: float
) -> Replay:
    """The draws of consecutive steps, injected by name.

    Args:
        people: participants before each step, which turn the proposer's position into a uniform.
        filling: what stands in for the draws that the original did not make, in (0, 1).
    """
    n, m = economy.participant_slots, economy.proposal_slots
    widths = {
        "u_participant": (), "e_holdings": (), "u_proposal": (), "e_funds": (), "g_requested": (),
        "u_affinity_new_participant": (m,), "u_affinity_new_proposal": (n,),
        "u_complete": (m,), "u_fail": (m,), "u_engage": (n,),
    }  # fmt: skip
    draws: dict[str, list[Tensor]] = {name: [] for name in (*widths, "proposer")}
    for step, count in zip(steps, people, strict=True):
        given = {**step["block1"], **step["block2"], **step["block4"]}
        for name, shape in widths.items():
            row = torch.full((1, *shape), nan, dtype=torch.float64)
            values = _tensor(given[name], *_size(given[name]))[0].reshape(-1)
            row.view(-1)[: values.numel()] = values
            draws[name].append(torch.nan_to_num(row, nan=filling))
        arrives = float(given["u_participant"]) < (1.0 + float(economy.sentiment)) / 10.0
        position = given["proposer"]
        share = filling if position is None else (position + 0.5) / (count + arrives)
        draws["proposer"].append(torch.tensor([share], dtype=torch.float64))
    return Replay({name: torch.stack(rows) for name, rows in draws.items()})


def _size(values: Any) -> tuple[int, ...]:
    return (len(values),) if isinstance(values, list) else ()


def columns(economy: ConvictionVoting, state: State) -> dict[str, Tensor]:
    """The columns of the reference ensembles (section 6)."""
    return accounts.reference_columns(state)


REFERENCE = Reference(read, columns)
