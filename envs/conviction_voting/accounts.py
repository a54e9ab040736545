"""Derived series (section 6), key figures and the ledger. `p` holds the parameters."""

import torch
from torch import Tensor

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
    trigger_ratio,
)


def reference_columns(state: State) -> dict[str, Tensor]:
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


def metrics(p: Parameters, state: State) -> dict[str, Tensor]:
    """Key figures of the moment, name → (B,); currency, tokens, counts or shares; section 12."""
    columns = reference_columns(state)
    accepted = having(state, ACTIVE) | having(state, COMPLETED) | having(state, FAILED)
    rest = existing(state) & ~accepted
    paid = columns["accepted_funds"]
    arrived = torch.clamp(columns["proposals_total"], min=1.0)

    def mean_approval(which: Tensor) -> Tensor:
        return total(state.approval, which) / torch.clamp(count(which), min=1.0)

    return {
        "treasury": state.funds,
        "treasury_share": state.funds / p.funds0,
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


def ledger(p: Parameters, state: State) -> dict[str, Tensor]:
    """Balances by account class and the last step's flows; currency for the treasury, else tokens."""
    columns = reference_columns(state)
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
