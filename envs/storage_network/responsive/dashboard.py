"""What the dashboards show, and an episode's own measures. Curves are sensors and levers; time is in blocks."""

from collections.abc import Mapping

import torch
from torch import Tensor

from ...core.dashboard import Panel
from .accounts import GOALS

SERVICE = Panel(
    "late and lost messages, shares; goals shaded",
    {"late": "late", "lost": "lost"},
    band=(0.0, 0.05),
    limits=(0.0, 1.0),
)
LATENCY = Panel("latency, blocks", {"latency": "latency"})
USERS = Panel("users, share of the market", {"users": "users"}, limits=(0.0, 1.0))
MESSAGES = Panel("messages a block, over those at first", {"wanted": "demand", "served": "served"})
HONESTY = Panel(
    "fake routers, share: true, seen by random audits, and paid",
    {"true": "fake_share", "seen": "fake_rate", "paid": "faked_paid"},
    limits=(-0.05, 1.0),
)
AUDITS = Panel(
    "audits over routes, hits over audits", {"audits": "audited", "hits": "hit_rate"}, limits=(-0.05, 1.0)
)
TREASURY = Panel(
    "treasury and purse of the senders, blocks of turnover",
    {"treasury": "treasury", "purse": "purse"},
    "log",
    band=(3.0, 8.0),
)
LOADS = Panel("load over capacity", {"routing": "load", "storage": "fill", "proving": "proof_load"})
MARGINS = Panel(
    "real income over cost", {"routers": "margin_route", "storers": "margin_store", "provers": "margin_prove"}
)
TRUST = Panel("trust and defaults, shares", {"trust": "trust", "default": "default"}, limits=(0.0, 1.0))


def _levers(title: str, *names: str) -> Panel:
    return Panel(title, {name: f"lever.{name}" for name in names}, levers=True)


ROUTER = (
    SERVICE, LATENCY, HONESTY, AUDITS, TREASURY, LOADS,
    _levers("levers: tax, subsidy, audits", "tax", "subsidy", "audit"),
    _levers("levers: penalty and threshold", "penalty", "threshold"),
)  # fmt: skip
ESCROW = (
    SERVICE, USERS, TRUST, TREASURY, MESSAGES, AUDITS,
    _levers("levers: escrow and audits", "escrow", "audit"),
    _levers("levers: fee and steepness", "fee", "steepness"),
)  # fmt: skip
STEWARD = (
    SERVICE, LATENCY, USERS, MESSAGES, HONESTY, AUDITS, TREASURY, TRUST, LOADS, MARGINS,
    _levers("levers: fee and steepness", "fee", "steepness"),
    _levers("levers: shares of the pay", "route_share", "store_share"),
    _levers("levers: tax, subsidy, audits", "tax", "subsidy", "audit"),
    _levers("levers: penalty, threshold, escrow", "penalty", "threshold", "escrow"),
)  # fmt: skip

RECORDED = (
    "late", "lost", "faked_paid", "hit_rate", "latency", "users", "served", "trust", "default", "treasury",
    "fake_share",
)  # fmt: skip


def measure(trace: Mapping[str, Tensor], onset: Tensor) -> dict[str, Tensor]:
    """Measures of whole episodes from trajectories (T, B) and onsets (B,): name → (B,).

    `<goal>_met` is the share of blocks on which a goal's threshold is kept. `recovery_blocks` counts from
    the onset to the first of ten blocks in a row on which no more is late or lost than on average over the
    fifty blocks before it, plus 0.05; -1 if that never comes.
    """
    blocks = torch.arange(1, len(trace["late"]) + 1)[:, None]
    failed = trace["late"] + trace["lost"]
    before = ((blocks > onset - 50) & (blocks <= onset)).to(torch.float64)
    usual = (failed * before).sum(0) / torch.clamp(before.sum(0), min=1.0)
    well = (failed <= usual + 0.05) & (blocks > onset)
    stays = well.to(torch.float64).unfold(0, 10, 1).amin(-1) > 0.0
    found = stays.any(0)
    first = torch.argmax(stays.to(torch.int64), 0) + 1
    return {
        **{f"{goal.name}_met": goal.met(trace[goal.figure]).mean(0) for goal in GOALS},
        "late_mean": trace["late"].mean(0),
        "lost_mean": trace["lost"].mean(0),
        "latency_mean": trace["latency"].mean(0),
        "fake_mean": trace["fake_share"].mean(0),
        "default_mean": trace["default"].mean(0),
        "trust_min": trace["trust"].amin(0),
        "treasury_min_blocks": trace["treasury"].amin(0),
        "users_final": trace["users"][-1],
        "served_mean": trace["served"].mean(0),
        "recovery_blocks": torch.where(found, first - onset, torch.full_like(onset, -1)).to(torch.float64),
        "slew_mean": trace["moves"][1:].mean(0),
    }
