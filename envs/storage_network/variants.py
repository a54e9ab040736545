"""The published models as settings of one economy (`model.md`, section 1)."""

from typing import Any

_TOKENS: dict[str, Any] = {"layer": "tokens"}
_TUNING = {**_TOKENS, "prove_allocation": 0.45}
_PLAIN = {
    **_TUNING, "classifier": False, "tax_rate": 0.1, "subsidy_treasury": 0.1, "subsidy_escrow": 0.1,
}  # fmt: skip
_PRICED = {**_TOKENS, "price_law": "formula", "prove_allocation": None}
_SMALL: dict[str, Any] = {"i_in_bandwidth": 500.0}

VARIANTS: dict[str, dict[str, Any]] = {
    "validation_model": {"layer": "validation", "j_storage": 1000.0, **_SMALL},
    "ijkp_kdf": {"layer": "overlay", **_SMALL},
    "master": _PLAIN,
    "subsidy_tax_tuning": _TUNING,
    "route_allocation_test": {
        **_PRICED, "personas": "routing", "route_allocation": 0.25, "store_allocation": 0.35,
    },
    "storage_allocation_test": {
        **_PRICED, "personas": "storage", "route_allocation": 0.2, "store_allocation": 0.25,
    },
    "escrow_relaxation": {
        **_PRICED, "pay_at": "proof", "route_allocation": 0.35, "store_allocation": 0.4, "i_wallet": 1000.0,
    },
    "adoption": {"layer": "funnel"},
}  # fmt: skip
"""Name of a branch of the original → fields of `Parameters`; the rest keep their defaults."""

ORDERS = {
    "Tax_Subsidy_First": {"order": "tax_first", "combination": "minimum"},
    "Fake_Penalty_First": {"order": "penalty_first", "combination": "sum"},
}
"""The original's A/B parameter (Q9) → the two switches that it turns."""
