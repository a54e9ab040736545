"""Key figures and the ledger: tokens by holder, and the day's flows."""

from torch import Tensor

from .state import State, price

ACCOUNTS = {
    "liquid": "members, liquid",
    "staked": "members, locked",
    "pool": "the pool",
    "holders": "outsiders",
    "vesting": "stakers, still to be paid",
    "treasury": "the treasury",
    "sybils": "false identities",
}


def accounts(state: State) -> dict[str, Tensor]:
    """Tokens by holder, (B,); together they are the supply."""
    return {
        "liquid": state.balance.sum(1),
        "staked": state.stake.sum(1),
        "pool": state.pool_token,
        "holders": state.holders,
        "vesting": state.vesting,
        "treasury": state.treasury,
        "sybils": state.sybil_stake,
    }


def metrics(state: State) -> dict[str, Tensor]:
    """Key figures of the moment, (B,)."""
    people = state.members.sum(1)
    return {
        "members": people,
        "membership": people / state.potential.sum(1),
        "price_usd": price(state),
        "saturation": state.saturation,
        "availability": state.availability,
        "served": state.served,
        "reach": state.reach,
        "diversity": state.diversity,
        "profiting": state.profiting,
        "capacity_gb_per_day": state.capacity,
        "uploaded_gb_per_day": state.uploaded,
        "surplus_usd_per_day": state.surplus,
        "issuance_percent_per_year": 100.0 * state.issuance,
    }


def ledger(state: State) -> dict[str, Tensor]:
    """Balances by account in token, the pool's USD, the day's flows, and what is out of balance, (B,)."""
    held = accounts(state)
    missing = state.supply
    for tokens in held.values():
        missing = missing - tokens
    return {
        "VIDYA.supply": state.supply,
        **{f"VIDYA.{name}": tokens for name, tokens in held.items()},
        "VIDYA.mint": state.minted,
        "VIDYA.burn": state.burned,
        "VIDYA.transfer.fees": state.fees,
        "VIDYA.transfer.entry": state.entry,
        "VIDYA.transfer.slashed": state.slashed,
        "VIDYA.unaccounted": missing,
        "USD.pool": state.pool_usd,
        "USD.transfer.into_pool": state.usd_in,
        "GB.uploaded": state.uploaded,
        "GB.downloaded": state.downloaded,
    }
