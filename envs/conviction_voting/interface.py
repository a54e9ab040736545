"""What controllers read and set, and how scenarios reach the economy (section 12). `p` holds the parameters."""

from math import log
from typing import NamedTuple

import torch
from torch import Tensor

from ..core.declarations import Lever, Sensor, Shock
from ..core.tensors import Tensors
from .parameters import Parameters
from .state import (
    ACTIVE,
    CANDIDATE,
    COMPLETED,
    FAILED,
    STATUSES,
    State,
    count,
    having,
    total,
    total_holdings,
    trigger_ratio,
)

NEAREST = 8  # candidates closest to their trigger that are observed one by one
FACTOR = log(1.2)  # largest change per step of a lever on a logarithmic scale


def levers_for(rho: float, beta: float, half_life: float, tmin: float, min_supp: float) -> tuple[Lever, ...]:
    """The levers around the mechanism that a version of the model publishes."""
    return (
        Lever(
            "rho",
            "1",
            1e-4,
            0.05,
            rho,
            "Scale of the trigger: how much conviction an award takes.",
            "log",
            FACTOR,
        ),
        Lever(
            "beta", "1", 0.05, 0.5, beta, "Largest share of the treasury a proposal may ask for.", slew=0.02
        ),
        Lever(
            "half_life",
            "steps",
            0.5,
            14.0,
            half_life,
            "Half-life of conviction; alpha = 2^(-1/L).",
            "log",
            FACTOR,
        ),
        Lever(
            "inflow",
            "1/step",
            0.0,
            0.005,
            0.0,
            "Minted into the treasury, as a share of the initial one.",
            slew=0.0005,
        ),
        Lever("tmin", "steps", 0.0, 14.0, tmin, "Age a proposal must exceed, rounded.", slew=1.0),
        Lever(
            "min_supp",
            "tokens",
            1.0,
            12312.0,
            min_supp,
            "Stake below which a candidate is killed.",
            "log",
            FACTOR,
        ),
    )


class Mechanism(NamedTuple):
    """The levers as the equations use them, each (B,)."""

    rho: Tensor
    beta: Tensor
    alpha: Tensor  # conviction carried over a step
    inflow: Tensor  # share of the initial treasury per step
    tmin: Tensor  # steps, whole
    min_supp: Tensor  # tokens


def mechanism(levers: Tensors) -> Mechanism:
    """Lever values → the equations' symbols."""
    return Mechanism(
        rho=levers["rho"],
        beta=levers["beta"],
        alpha=torch.exp2(-1.0 / levers["half_life"]),
        inflow=levers["inflow"],
        tmin=torch.round(levers["tmin"]),
        min_supp=levers["min_supp"],
    )


SHOCKS = (
    Shock("sentiment", 1.0, "Factor on sentiment as everybody feels it."),
    Shock("proposals", 1.0, "Factor on the chance that a proposal arrives."),
    Shock("whale", 0.0, "Holdings of a newcomer who surely arrives, over all holdings."),
    Shock("bloc", 0.0, "Share of participants, the earliest, who pile their stake on one proposal."),
    Shock("donation", 0.0, "Currency given to the treasury, over its initial value."),
)


def _sensors() -> tuple[Sensor, ...]:
    general = (
        Sensor("funds", "1", "Treasury over its initial value.", 0.75, 0.75),
        Sensor("inflow", "1/step", "Last inflow over the initial treasury.", 0.0, 0.005),
        Sensor("participants", "1", "Participants over those at first.", 1.5, 1.0),
        Sensor("holdings", "1", "Total holdings over supply.", 0.8, 0.8),
        Sensor("staked", "1", "Share of holdings staked on candidates.", 0.5, 0.5),
        Sensor("sentiment", "1", "Sentiment.", 0.5, 0.5),
        Sensor("candidates", "1", "Number of candidates.", 20.0, 20.0),
        Sensor("active", "1", "Number of active proposals.", 20.0, 20.0),
        Sensor("completed", "1", "Number of completed proposals.", 20.0, 20.0),
        Sensor("failed", "1", "Number of failed proposals.", 20.0, 20.0),
        Sensor("killed", "1", "Number of killed proposals.", 10.0, 10.0),
        Sensor("active_funds", "1", "Requests of active proposals over the initial treasury.", 0.5, 0.5),
        Sensor(
            "completed_funds", "1", "Requests of completed proposals over the initial treasury.", 0.5, 0.5
        ),
        Sensor("failed_funds", "1", "Requests of failed proposals over the initial treasury.", 0.5, 0.5),
        Sensor("demand", "1", "Requests of candidates over the treasury.", 3.0, 3.0),
        Sensor("waiting", "1", "Candidates old enough and small enough to be funded.", 10.0, 10.0),
        Sensor("median_affinity", "1", "Median affinity over the support edges.", 0.25, 0.25),
        Sensor("ratio_q10", "1", "10 % quantile of conviction over trigger among candidates.", 1.0, 1.0),
        Sensor("ratio_q50", "1", "Median of conviction over trigger among candidates.", 1.0, 1.0),
        Sensor("ratio_q90", "1", "90 % quantile of conviction over trigger among candidates.", 1.0, 1.0),
        Sensor("mean_conviction", "1", "Mean conviction of candidates over supply.", 0.2, 0.2),
        Sensor("progress", "years", "Time since the initial state.", 0.5, 0.5),
    )
    nearest = tuple(
        sensor
        for k in range(1, NEAREST + 1)
        for sensor in (
            Sensor(f"request_{k}", "1", f"Request of candidate {k} over the treasury.", 0.1, 0.1),
            Sensor(f"ratio_{k}", "1", f"Conviction over trigger of candidate {k}.", 1.0, 1.0),
            Sensor(f"age_{k}", "steps", f"Age of candidate {k}.", 20.0, 20.0),
            Sensor(f"stake_{k}", "1", f"Share of all holdings staked on candidate {k}.", 0.25, 0.25),
            Sensor(f"approval_{k}", "1", f"Holdings-weighted affinity for candidate {k}.", 0.345, 0.2),
        )
    )
    in_force = (
        Sensor("lever.rho", "1", "Trigger scale in force.", log(0.00224), log(22.4), log=True),
        Sensor("lever.beta", "1", "Largest share in force.", 0.275, 0.225),
        Sensor("lever.half_life", "steps", "Half-life in force.", log(2.65), log(5.3), log=True),
        Sensor("lever.inflow", "1/step", "Minting in force.", 0.0025, 0.0025),
        Sensor("lever.tmin", "steps", "Minimum age in force.", 7.0, 7.0),
        Sensor("lever.min_supp", "tokens", "Minimum stake in force.", log(111.0), log(111.0), log=True),
    )
    return (*general, *nearest, *in_force)


SENSORS = _sensors()


def waiting(state: State, rules: Mechanism) -> Tensor:
    """Candidates old and small enough to be funded, bool (B, M); section 12."""
    feasible = state.requested < rules.beta[:, None] * state.funds[:, None]
    return having(state, CANDIDATE) & feasible & (state.age > rules.tmin[:, None])


def readings(p: Parameters, state: State, rules: Mechanism) -> dict[str, Tensor]:
    """Every sensor but the levers, (B,); see `SENSORS`."""
    candidates, ratio = having(state, CANDIDATE), trigger_ratio(state)
    funds0, everything = p.funds0, torch.clamp(total_holdings(state), min=1e-300)
    number = {name: count(having(state, i)) for i, name in enumerate(STATUSES)}
    ranked, order = torch.where(candidates, ratio, -1.0).sort(dim=1, descending=True)
    demand, conviction = total(state.requested, candidates), total(state.conviction, candidates)
    values = {
        "funds": state.funds / funds0,
        "inflow": state.inflow / funds0,
        "participants": state.participants.to(torch.float64) / p.participants0,
        "holdings": everything / state.supply,
        "staked": total(state.staked, candidates) / everything,
        "sentiment": state.sentiment,
        "candidates": number["candidate"],
        "active": number["active"],
        "completed": number["completed"],
        "failed": number["failed"],
        "killed": number["killed"],
        "active_funds": total(state.requested, having(state, ACTIVE)) / funds0,
        "completed_funds": total(state.requested, having(state, COMPLETED)) / funds0,
        "failed_funds": total(state.requested, having(state, FAILED)) / funds0,
        "demand": torch.where(state.funds > 0.0, demand / state.funds, 0.0),
        "waiting": count(waiting(state, rules)),
        "median_affinity": state.median_affinity,
        "mean_conviction": conviction / torch.clamp(number["candidate"], min=1.0) / state.supply,
        "progress": state.time.to(torch.float64) / 365.0,
    }  # fmt: skip
    for percent in (10, 50, 90):
        values[f"ratio_q{percent}"] = quantile(ranked, number["candidate"], percent / 100.0)
    nearest = order[:, :NEAREST]
    shown = candidates.gather(1, nearest)
    share = torch.where(state.funds[:, None] > 0.0, state.requested / state.funds[:, None], 0.0)
    fields = {
        "request": share,
        "ratio": ratio,
        "age": state.age.to(torch.float64),
        "stake": state.staked / everything[:, None],
        "approval": state.approval,
    }
    for name, field in fields.items():
        chosen = torch.where(shown, field.gather(1, nearest), 0.0)
        values |= {f"{name}_{k + 1}": column for k, column in enumerate(chosen.unbind(1))}
        values |= {f"{name}_{k + 1}": torch.zeros_like(everything) for k in range(chosen.shape[1], NEAREST)}
    return values


def quantile(falling: Tensor, count: Tensor, level: float) -> Tensor:
    """Linearly interpolated quantile of the first `count` (B,) of values (B, M) that fall, 0 of none."""
    place = torch.clamp(count - 1.0, min=0.0) * (1.0 - level)
    low = torch.floor(place)
    pair = torch.stack([low, torch.ceil(place)], dim=1).to(torch.int64)
    above, below = falling.gather(1, pair).unbind(1)
    return torch.where(count > 0.0, above + (place - low) * (below - above), 0.0)
