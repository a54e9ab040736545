"""Derived series (section 6), sensors, metrics and the ledger."""

from collections.abc import Mapping

import torch
from torch import Tensor

from .interface import NEAREST, Mechanism
from .parameters import Parameters
from .state import (
    ACTIVE,
    CANDIDATE,
    COMPLETED,
    FAILED,
    STATUSES,
    State,
    count,
    existing,
    having,
    total,
    total_holdings,
)


def trigger_ratio(state: State) -> Tensor:
    """Conviction over stored trigger, 0 where that is infinite and for all but candidates, (B, M)."""
    finite = having(state, CANDIDATE) & torch.isfinite(state.trigger) & (state.trigger > 0.0)
    return torch.where(finite, state.conviction / torch.where(finite, state.trigger, 1.0), 0.0)


def waiting(state: State, rules: Mechanism) -> Tensor:
    """Candidates old and small enough to be funded, bool (B, M); section 12."""
    feasible = state.requested < rules.beta[:, None] * state.funds[:, None]
    return having(state, CANDIDATE) & feasible & (state.age > rules.tmin[:, None])


def row(state: State) -> dict[str, Tensor]:
    """The metrics of the reference ensembles, name → (B,); nan where a mean has no candidate."""
    columns: dict[str, Tensor] = {
        "participants": state.participants.to(torch.float64),
        "proposals_total": state.proposals.to(torch.float64),
        "funds": state.funds,
        "total_holdings": total_holdings(state),
        "median_affinity": state.median_affinity,
    }
    for index, status in enumerate(STATUSES[1:], start=1):
        which = having(state, index)
        columns[f"{status}_count"] = count(which)
        columns[f"{status}_funds"] = total(state.requested, which)
    for kind in ("count", "funds"):
        columns[f"accepted_{kind}"] = sum(
            (columns[f"{STATUSES[s]}_{kind}"] for s in (ACTIVE, COMPLETED, FAILED)), torch.tensor(0.0)
        )
    candidates, ratio = having(state, CANDIDATE), trigger_ratio(state)
    number = count(candidates)
    highest = torch.where(candidates, ratio, -torch.inf).amax(1)
    columns["staked_tokens"] = total(state.staked, candidates)
    columns["total_conviction"] = total(state.conviction, candidates)
    columns["mean_conviction_share_of_trigger"] = total(ratio, candidates) / number
    columns["max_conviction_share_of_trigger"] = torch.where(number > 0.0, highest, torch.nan)
    return columns


def readings(economy: Parameters, state: State, rules: Mechanism) -> dict[str, Tensor]:
    """Every sensor but the levers, (B,); see `declared.SENSORS`."""
    candidates, ratio = having(state, CANDIDATE), trigger_ratio(state)
    funds0, everything = economy.funds0, torch.clamp(total_holdings(state), min=1e-300)
    number = {name: count(having(state, i)) for i, name in enumerate(STATUSES)}
    ranked, order = torch.where(candidates, ratio, -1.0).sort(dim=1, descending=True)
    demand, conviction = total(state.requested, candidates), total(state.conviction, candidates)
    values = {
        "funds": state.funds / funds0,
        "inflow": state.inflow / funds0,
        "participants": state.participants.to(torch.float64) / economy.participants0,
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


def metrics(economy: Parameters, state: State) -> dict[str, Tensor]:
    """Key figures of the moment, name → (B,); currency, tokens, counts or shares; section 12."""
    columns = row(state)
    accepted = having(state, ACTIVE) | having(state, COMPLETED) | having(state, FAILED)
    rest = existing(state) & ~accepted
    paid = columns["accepted_funds"]
    arrived = torch.clamp(columns["proposals_total"], min=1.0)

    def mean_approval(which: Tensor) -> Tensor:
        return total(state.approval, which) / torch.clamp(count(which), min=1.0)

    return {
        "treasury": state.funds,
        "treasury_share": state.funds / economy.funds0,
        "paid": paid,
        "paid_share": paid / (paid + state.funds),
        "funded_share": columns["accepted_count"] / arrived,
        "killed_share": columns["killed_count"] / arrived,
        "candidates": columns["candidate_count"],
        "active": columns["active_count"],
        "completed": columns["completed_count"],
        "failed": columns["failed_count"],
        "participants": columns["participants"],
        "holdings": columns["total_holdings"],
        "staked_share": columns["staked_tokens"] / torch.clamp(columns["total_holdings"], min=1e-300),
        "approval_funded": mean_approval(accepted),
        "approval_others": mean_approval(rest),
        "largest_payout": torch.where(accepted, state.requested, 0.0).amax(1),
        "sentiment": state.sentiment,
        "overflow": state.overflow.to(torch.float64),
        "fault": state.fault.to(torch.float64),
    }


def ledger(economy: Parameters, state: State) -> dict[str, Tensor]:
    """Balances by account class and the last step's flows; currency for the treasury, else tokens."""
    columns = row(state)
    return {
        "balance/treasury": state.funds,
        "balance/paid_out": columns["accepted_funds"],
        "balance/participants": columns["total_holdings"],
        "lock/stakes": columns["staked_tokens"],
        "mint/treasury": state.minted,
        "transfer/donations": state.inflow - state.minted,
        "transfer/newcomers": state.joined,
        "burn/drift": -state.drift,
    }


RECORDED = ("funds", "active", "completed", "failed", "killed", "candidates", "staked", "waiting")


def measure(trace: Mapping[str, Tensor], onset: Tensor) -> dict[str, Tensor]:
    """Measures of whole episodes (section 12) by name, (B,).

    Args:
        trace: the sensors `RECORDED` after each step, (T, B).
        onset: step of the scenario's onset, (B,); no measure depends on it.
    """
    last = {name: values[-1] for name, values in trace.items()}
    funded = last["active"] + last["completed"] + last["failed"]
    arrived = torch.clamp(funded + last["candidates"] + last["killed"], min=1.0)
    return {
        "funded": funded,
        "funded_share": funded / arrived,
        "killed_share": last["killed"] / arrived,
        "treasury_end": last["funds"],
        "treasury_min": trace["funds"].amin(0),
        "staked_mean": trace["staked"].mean(0),
        "waiting_mean": trace["waiting"].mean(0),
    }
