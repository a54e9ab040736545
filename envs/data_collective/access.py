"""Section 5.2: who leaves, is banned, joins, or enters under a false identity."""

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Tensors
from .arrays import clip, ratio
from .parameters import Columns
from .state import State, price
from .world import Appeal

MOST = 0.5  # of a cohort that leaves or joins in a day
LARGE = 1.5  # disk over the median from which a host is large
SYBIL_SCALE, SYBIL_CAP = 0.03, 0.02  # USD/day; of the holders' tokens


class Access(NamedTuple):
    """What the day's coming and going leaves for later."""

    going: Tensor  # (B, N) share of the members that left or was banned
    bought: Tensor  # (B, 1) token that joiners buy in the pool


def gate_in_force(p: Columns, s: State, levers: Tensors) -> Tensor:
    """The gate; under a fixed charge it surges with the smoothed saturation, (B, 1)."""
    if p.pricing == "fixed_gate":
        return levers["gate"]
    surge = s.load ** levers["surge_exponent"]
    return levers["gate"] * clip(surge, 1.0 / p.surge_cap, p.surge_cap)


def lock_curve(p: Columns, age: Tensor, exponent: Tensor) -> Tensor:
    """Weight of a locked token in the stakers' payout, by the age of its lock."""
    curve: Tensor = (1.0 + age / p.lock_unit) ** exponent
    return curve


def noise(p: Columns, z: Tensor) -> Tensor:
    """A lognormal factor of mean 1."""
    return torch.exp(p.flow_noise * z - p.flow_noise * p.flow_noise / 2.0)


def leaving(p: Columns, s: State, curve: Tensor, chance: Chance) -> tuple[Tensor, Tensor]:
    """Share of each cohort that goes, and the chance of a ban in it, both (B, N)."""
    short = torch.sigmoid((p.min_ratio - ratio(s.seeded, s.leeched)) / p.ratio_width)
    ban = p.ban_rate * short * torch.sigmoid((ratio(s.leeched, s.members) - p.grace_gb) / 10.0)
    ban = torch.clamp(ban, max=1.0)
    forfeit = s.stake_pay * (1.0 - 1.0 / curve)
    mood = torch.clamp((s.well + p.handcuff * forfeit) / p.well_scale, -3.0, 3.0)
    hazard = p.leave_rate * torch.exp(-mood) * noise(p, chance.normal("leave", p.N))
    hazard = torch.clamp(hazard, max=MOST)
    return 1.0 - (1.0 - hazard) * (1.0 - ban), ban


def joining(p: Columns, s: State, levers: Tensors, gate: Tensor, curve: Tensor, chance: Chance) -> Tensor:
    """People who join each cohort, (B, N): as many as the pool can sell a gate to."""
    horizon = p.entry_horizon
    lasting = ratio(lock_curve(p, horizon, levers["lock_exponent"]), curve)
    fresh = s.stake_pay * torch.clamp(lasting, max=1.0)
    cost = price(s) * gate * (p.entry_share + (1.0 - p.entry_share) * p.carry * horizon / 365.0)
    appeal = (horizon * (s.well - s.stake_pay + fresh) - cost) / p.entry_scale
    membership = s.members.sum(1, keepdim=True) / s.potential.sum(1, keepdim=True)
    invited = p.referral + (1.0 - p.referral) * membership
    rate = p.join_rate * invited * torch.sigmoid(appeal) * noise(p, chance.normal("join", p.N))
    joined = torch.clamp(s.potential - s.members, min=0.0) * torch.clamp(rate, max=MOST)
    room = p.trade_cap * s.pool_token
    return joined * torch.clamp(ratio(room, gate * joined.sum(1, keepdim=True)), max=1.0)


def entering_sybils(
    p: Columns, s: State, levers: Tensors, shocks: Tensors, gate: Tensor, holders: Tensor
) -> Tensor:
    """False identities that enter, (B, 1), by the tokens of `holders` after members have left."""
    usd = price(s)
    archive = s.size.sum(1, keepdim=True)
    gain = usd * s.pay_hosting * p.sybil_claim * archive
    gain = gain - usd * gate * (p.entry_share / 30.0 + levers["audit_rate"] * p.slash)
    entering = shocks["sybil"] * torch.sigmoid(gain / SYBIL_SCALE)
    return torch.minimum(entering, SYBIL_CAP * holders / gate)


def come_and_go(
    p: Columns, s: State, appeal: Appeal, levers: Tensors, shocks: Tensors, chance: Chance
) -> tuple[State, Access]:
    """The members of the day with what they own; large hosts may withdraw."""
    gate = gate_in_force(p, s, levers)
    curve = lock_curve(p, s.lock_age, levers["lock_exponent"])
    going, ban = leaving(p, s, curve, chance)
    stay = 1.0 - going
    left = going * s.members
    joined = joining(p, s, levers, gate, curve, chance)
    members = s.members - left + joined

    kept = s.stake * stay
    stake = kept + (1.0 - p.entry_share) * gate * joined
    holders = s.holders + (going * (s.balance + s.stake)).sum(1, keepdim=True)
    sybils = entering_sybils(p, s, levers, shocks, gate, holders)
    entry = p.entry_share * gate * (joined.sum(1, keepdim=True) + sybils)
    withdrawn = torch.where(s.disk > LARGE * p.disk_median, 1.0 - shocks["exodus"], 1.0)
    old = ratio(s.members - left, members) * withdrawn
    hosted = s.hosted * old[:, :, None] * (~appeal.released[:, None, :]).to(old.dtype)
    state = s._replace(
        members=members,
        balance=s.balance * stay,
        stake=stake,
        seeded=s.seeded * stay,
        leeched=s.leeched * stay,
        lock_age=ratio((s.lock_age + 1.0) * kept, stake),
        disk=s.disk * withdrawn,
        uplink=s.uplink * withdrawn,
        hosted=hosted,
        vesting=s.vesting + entry,
        holders=holders - gate * sybils,
        sybils=s.sybils + sybils,
        sybil_stake=s.sybil_stake + (1.0 - p.entry_share) * gate * sybils,
        entry=entry,
        gate=gate,
        joined=joined.sum(1, keepdim=True),
        left=left.sum(1, keepdim=True),
        banned=(ban * s.members).sum(1, keepdim=True),
    )
    return state, Access(going, gate * state.joined)
