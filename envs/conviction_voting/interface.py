"""What controllers read and set, and how scenarios reach the economy (section 12)."""

from math import log
from typing import NamedTuple

import torch
from torch import Tensor

from ..core.declarations import Lever, Sensor, Shock
from ..core.tensors import Tensors

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
            "Half-episode of conviction; alpha = 2^(-1/L).",
            "log",
            FACTOR,
        ),
        Lever(
            "inflow", "1/step", 0.0, 0.005, 0.0, "Share of the genesis treasury minted into it.", slew=0.0005
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
    inflow: Tensor  # share of the genesis treasury per step
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
    Shock("donation", 0.0, "Currency given to the treasury, over its genesis value."),
)


def _sensors() -> tuple[Sensor, ...]:
    general = (
        Sensor("funds", "1", "Treasury over its genesis value.", 0.75, 0.75),
        Sensor("inflow", "1/step", "Last inflow over the genesis treasury.", 0.0, 0.005),
        Sensor("participants", "1", "Participants over genesis participants.", 1.5, 1.0),
        Sensor("holdings", "1", "Total holdings over supply.", 0.8, 0.8),
        Sensor("staked", "1", "Share of holdings staked on candidates.", 0.5, 0.5),
        Sensor("sentiment", "1", "Sentiment.", 0.5, 0.5),
        Sensor("candidates", "1", "Number of candidates.", 20.0, 20.0),
        Sensor("active", "1", "Number of active proposals.", 20.0, 20.0),
        Sensor("completed", "1", "Number of completed proposals.", 20.0, 20.0),
        Sensor("failed", "1", "Number of failed proposals.", 20.0, 20.0),
        Sensor("killed", "1", "Number of killed proposals.", 10.0, 10.0),
        Sensor("active_funds", "1", "Requests of active proposals over the genesis treasury.", 0.5, 0.5),
        Sensor(
            "completed_funds", "1", "Requests of completed proposals over the genesis treasury.", 0.5, 0.5
        ),
        Sensor("failed_funds", "1", "Requests of failed proposals over the genesis treasury.", 0.5, 0.5),
        Sensor("demand", "1", "Requests of candidates over the treasury.", 3.0, 3.0),
        Sensor("waiting", "1", "Candidates old enough and small enough to be funded.", 10.0, 10.0),
        Sensor("median_affinity", "1", "Median affinity over the support edges.", 0.25, 0.25),
        Sensor("ratio_q10", "1", "10 % quantile of conviction over trigger among candidates.", 1.0, 1.0),
        Sensor("ratio_q50", "1", "Median of conviction over trigger among candidates.", 1.0, 1.0),
        Sensor("ratio_q90", "1", "90 % quantile of conviction over trigger among candidates.", 1.0, 1.0),
        Sensor("mean_conviction", "1", "Mean conviction of candidates over supply.", 0.2, 0.2),
        Sensor("progress", "years", "Time since genesis.", 0.5, 0.5),
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
        Sensor("lever.half_life", "steps", "Half-episode in force.", log(2.65), log(5.3), log=True),
        Sensor("lever.inflow", "1/step", "Minting in force.", 0.0025, 0.0025),
        Sensor("lever.tmin", "steps", "Minimum age in force.", 7.0, 7.0),
        Sensor("lever.min_supp", "tokens", "Minimum stake in force.", log(111.0), log(111.0), log=True),
    )
    return (*general, *nearest, *in_force)


SENSORS = _sensors()
