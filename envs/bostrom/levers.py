"""Levers and shock channels of the Bostrom economy (section 13.1)."""

from math import log

from ..core.declarations import Lever, Shock

LEVERS = (
    Lever(
        "inflation_speed", "1", 0.0, 3.0, 1.0,
        "factor on the fastest change of the inflation rate",
    ),
    Lever(
        "bonded_target_shift", "1", -0.3, 0.15, 0.0,
        "shift of the bonded share at which the inflation rate rests",
    ),
    Lever(
        "volt_mint_factor", "1", 0.25, 4.0, 1.0,
        "factor on the mint rate of V", scale="log", slew=log(1.1) / 30.0,
    ),
    Lever(
        "longest_lock_factor", "1", 0.5, 2.0, 1.0,
        "factor on the longest lock, which is then rounded down to days", scale="log",
    ),
    Lever(
        "commission_factor", "1", 0.2, 2.0, 1.0,
        "factor on the commission of validators", scale="log",
    ),
)  # fmt: skip

SHOCKS = (
    Shock("demand_factor", 1.0, "factor on the demand for links"),
    Shock("valuation_factor", 1.0, "factor on capitalisation"),
    Shock("agents_factor", 1.0, "factor on the number of agents"),
    Shock("selling_factor", 1.0, "factor on the selling of released and unbonded BOOT"),
    Shock("cost_factor", 1.0, "factor on the cost of infrastructure"),
)
