"""Sections 5.8 and 5.9: mint, fees and pay; samples, slashing and the seed ratio."""

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.tensors import Tensors
from .access import lock_curve
from .arrays import TINY, clip, ratio
from .hosting import Choice
from .parameters import Columns
from .state import State
from .traffic import Capacity, Flows

MINT_RANGE = (0.25, 4.0)  # of an elastic mint over the constant one
YEAR = 365.0


class Income(NamedTuple):
    """The day's pay, (B, N) token unless it says otherwise."""

    upload: Tensor
    hosting: Tensor
    stakers: Tensor
    slashed: Tensor  # taken from the stake
    per_weight: Tensor  # (B, 1) token for a GB of upload weight
    per_claim: Tensor  # (B, 1) token for a claim on the whole archive
    vested: Tensor  # (B, 1) token paid out of vesting


def mint(p: Columns, s: State, levers: Tensors) -> Tensor:
    """Tokens minted today, (B, 1)."""
    elastic = clip((s.load / p.target) ** p.mint_elasticity, *MINT_RANGE)
    return s.supply * torch.clamp(levers["inflation"] * elastic, max=1.0) / YEAR


def settle(
    p: Columns, s: State, choice: Choice, capacity: Capacity, flows: Flows, levers: Tensors
) -> tuple[State, Income]:
    """Section 5.8: everybody is paid. What nobody earns, and the founder's pay, goes to the treasury."""
    minted = mint(p, s, levers)
    to_stakers = levers["staker_share"] * s.fees
    burned = p.burn * (1.0 - levers["staker_share"]) * s.fees
    uploaders = s.fees - to_stakers - burned + (1.0 - levers["hosting_share"]) * minted
    released = s.treasury / p.treasury_days
    hosts = levers["hosting_share"] * minted + released

    per_weight = ratio(uploaders, flows.weight.sum(1, keepdim=True) + flows.sponsor_weight)
    upload = per_weight * flows.weight
    claims = s.members * choice.online * (1.0 + choice.fake) * capacity.stored / s.size.sum(1, keepdim=True)
    sybil_claims = p.sybil_claim * s.sybils
    every = claims.sum(1, keepdim=True) + sybil_claims + p.sponsor_copies
    per_claim = ratio(hosts, every)
    hosting, to_sybils = per_claim * claims, per_claim * sybil_claims

    weight = s.stake * lock_curve(p, s.lock_age, levers["lock_exponent"])
    stakers = ratio(s.vesting / p.vest_days, weight.sum(1, keepdim=True)) * weight
    vested = stakers.sum(1, keepdim=True)
    paid = upload.sum(1, keepdim=True) + hosting.sum(1, keepdim=True) + to_sybils
    state = s._replace(
        supply=s.supply + minted - burned,
        minted=minted,
        burned=burned,
        balance=s.balance + upload + hosting + stakers,
        vesting=s.vesting - vested + to_stakers,
        treasury=s.treasury - released + (uploaders + hosts - paid),
        holders=s.holders + to_sybils,
    )
    nothing = torch.zeros_like(upload)
    return state, Income(upload, hosting, stakers, nothing, per_weight, per_claim, vested)


def audit(
    p: Columns, s: State, choice: Choice, flows: Flows, income: Income, levers: Tensors
) -> tuple[State, Income]:
    """Section 5.9: who is offline or lacks the sampled piece loses stake; credit is bought."""
    rate = levers["audit_rate"]
    slashed = rate * p.slash * (1.0 - choice.online * (1.0 - choice.fake)) * s.stake
    sybil_slashed = rate * p.slash * s.sybil_stake
    thrown_out = rate * (s.sybil_stake - sybil_slashed)
    seeded, leeched = s.seeded + flows.up, s.leeched + flows.counted
    short = p.ratio_buy * torch.clamp(p.min_ratio * leeched - seeded, min=0.0)
    covered = short * p.ratio_price <= s.balance
    per_credit = torch.as_tensor(p.ratio_price, dtype=torch.float64).clamp(min=TINY)
    credit = torch.where(covered, short, s.balance / per_credit)
    price = torch.minimum(credit * p.ratio_price, s.balance)
    state = s._replace(
        stake=s.stake - slashed,
        balance=s.balance - price,
        seeded=seeded + credit,
        leeched=leeched,
        treasury=s.treasury + slashed.sum(1, keepdim=True) + sybil_slashed + price.sum(1, keepdim=True),
        sybil_stake=s.sybil_stake - sybil_slashed - thrown_out,
        sybils=s.sybils * (1.0 - rate),
        holders=s.holders + thrown_out,
        slashed=slashed.sum(1, keepdim=True) + sybil_slashed,
    )
    return state, income._replace(slashed=slashed)
