"""What the responsive network shows and lets be set: levers, sensors, shocks (model.md, sections 6 to 8)."""

from math import log

import torch
from torch import Tensor

from ...core.declarations import Lever, Sensor, Shock
from ...core.tensors import Tensors
from .parameters import EPSILON, Parameters
from .state import State, in_ring

LEVERS = (
    Lever("fee", "1", 0.4, 2.5, 1.0, "F, factor on the price of a message", "log", 0.05),
    Lever("route_share", "1", 0.15, 0.75, 0.35, "x_r, routers' share of the pay", slew=0.02),
    Lever("store_share", "1", 0.40, 0.80, 0.615, "s, storers' share of the rest", slew=0.02),
    Lever("tax", "1", 0.0, 0.5, 0.05, "t_x, on slow routes, per deviation", slew=0.02),
    Lever("subsidy", "1", 0.0, 0.5, 0.2, "s_E, for fast routes, per deviation", slew=0.02),
    Lever("penalty", "1", 0.0, 1.0, 0.5, "c, share of a flagged route's pay that is withheld", slew=0.04),
    Lever("threshold", "1", 0.5, 1.3, 0.8, "θ, score from which a route is flagged", slew=0.04),
    Lever("audit", "1/block", 0.0, 0.5, 0.05, "α, audits over routes", slew=0.02),
    Lever("escrow", "1", 0.0, 1.0, 0.5, "φ, share of the price locked at the request", slew=0.04),
    Lever("steepness", "1", 0.5, 8.0, 2.0, "κ, how soon trust makes punishment mild", "log", 0.1),
)

SHOCKS = (
    Shock("demand", 1.0, "factor on requests"),
    Shock("bandwidth", 1.0, "factor on routers' capacity"),
    Shock("sybil", 0.0, "share of the honest routers replaced by fake ones, per block"),
    Shock("novelty", 0.0, "share of the classifier's knowledge made obsolete, per block"),
    Shock("exodus", 0.0, "rate at which storers and provers leave, per block"),
    Shock("price", 1.0, "of the token, in money"),
    Shock("auditors", 1.0, "factor on audits"),
    Shock("solvency", 1.0, "factor on what senders can buy"),
)

_SEEN = (
    Sensor("age", "block", "blocks since the start", 300.0, 300.0, 1.0),
    Sensor("late", "1", "share of the routed messages that came late", 0.1, 0.2, 3.0),
    Sensor("lost", "1", "share of the wanted messages that were not delivered", 0.1, 0.2, 3.0),
    Sensor("latency", "block", "L, mean time of a message", log(6.0), 0.4, 3.0, log=True),
    Sensor("surprise", "1", "ln L less the memory of it", 0.0, 0.3, 3.0),
    Sensor("load", "1", "ℓ, load of the routers over capacity", 0.7, 0.4, 3.0),
    Sensor("fill", "1", "stored files over capacity", 0.7, 0.3, 3.0),
    Sensor("proof_load", "1", "load of the provers over capacity", 0.7, 0.4, 3.0),
    Sensor("flagged", "1", "g, share of the routes that the classifier flags", 0.1, 0.15, 3.0),
    Sensor("fake_rate", "1", "fake share as random audits show it, smoothed and noisy", 0.1, 0.1, 3.0),
    Sensor("trust", "1", "τ, probability that a request is acted on", 0.8, 0.2, 3.0),
    Sensor("treasury", "block", "treasury over turnover", 0.0, 2.0, 3.0, log=True),
    Sensor("treasury_drift", "1", "net flow of the treasury over turnover, smoothed", 0.0, 0.1, 3.0),
    Sensor("purse", "block", "senders' tokens over turnover", 2.5, 1.0, 3.0, log=True),
    Sensor("price", "1", "p, of the token in money", 0.0, 0.5, 3.0, log=True),
    Sensor("users", "1", "share of the market that uses the network", 0.5, 0.3, 3.0),
    Sensor("demand", "1", "wanted messages over those of block 0", 0.5, 0.7, 3.0, log=True),
    Sensor("margin_route", "1", "routers' real income over cost", 1.0, 0.4, 3.0),
    Sensor("margin_store", "1", "storers' real income over cost", 1.0, 0.4, 3.0),
    Sensor("margin_prove", "1", "provers' real income over cost", 1.0, 0.4, 3.0),
    Sensor("hit_rate", "1", "hits over audits, smoothed and noisy", 0.25, 0.25, 3.0),
    Sensor("default", "1", "share of the price that was promised and not paid", 0.05, 0.1, 3.0),
)

_UNSEEN = (
    Sensor("served", "message/block", "messages that honest routes delivered", observed=False),
    Sensor("locked", "token", "in escrow", observed=False),
    Sensor("audited", "1", "share of the routes", observed=False),
    Sensor("faked_paid", "1", "share of the routes that are fake and paid; for dashboards", observed=False),
    Sensor("wronged", "1", "share of pay withheld from honest routes; for dashboards", observed=False),
    Sensor("fake_share", "1", "true share of fake routers; for dashboards", observed=False),
    Sensor("effort", "1", "true effort of routers; for dashboards", observed=False),
    Sensor("recall", "1", "true share of fakes that are flagged; for dashboards", observed=False),
)


def levers_named(*names: str) -> tuple[Lever, ...]:
    """The levers of those names, in that order."""
    known = {lever.name: lever for lever in LEVERS}
    return tuple(known[name] for name in names)


def sensors_with(levers: tuple[Lever, ...]) -> tuple[Sensor, ...]:
    """The network's sensors, and the reading of every lever on [-1, 1] of its range."""
    return (*_SEEN, *(_reading(lever) for lever in levers), *_UNSEEN)


def _reading(lever: Lever) -> Sensor:
    low, high = lever.position(lever.low), lever.position(lever.high)
    middle, reach = 0.5 * (high + low), 0.5 * (high - low)
    doc = f"`{lever.name}` in force"
    return Sensor(f"set_{lever.name}", lever.unit, doc, middle, reach, log=lever.scale == "log")


def read(p: Parameters, state: State, levers: Tensors) -> dict[str, Tensor]:
    """Every sensor's reading, (B,); `levers` are those that the task sets."""
    flow = state.flow + EPSILON
    seen = {
        "age": state.time.to(torch.float64),
        "late": state.late,
        "lost": state.lost,
        "latency": state.latency,
        "surprise": torch.log(state.latency) - state.memory,
        "load": state.load,
        "fill": state.stored / (state.store_capacity + EPSILON),
        "proof_load": state.proof_load,
        "flagged": state.flagged,
        "fake_rate": state.random_rate,
        "trust": state.trust,
        "treasury": state.treasury / flow,
        "treasury_drift": state.drift / flow,
        "purse": state.senders / flow,
        "price": state.price,
        "users": state.adopted + state.loyal,
        "demand": state.requested / p.volume0,
        "margin_route": state.route_margin,
        "margin_store": state.store_margin,
        "margin_prove": state.prove_margin,
        "hit_rate": state.hit_rate,
        "default": state.default,
    }
    unseen = {
        "served": state.served,
        "locked": in_ring(state.escrow),
        "audited": state.audited,
        "faked_paid": state.faked_paid,
        "wronged": state.wronged,
        "fake_share": state.fake,
        "effort": state.effort,
        "recall": state.recall,
    }
    return seen | {f"set_{name}": value for name, value in levers.items()} | unseen
