"""What may befall Bostrom: shocks, and people who differ from episode to episode (sections 13.1 and 13.5)."""

from collections.abc import Mapping
from dataclasses import replace

from ..core.scenario import CALM, Scenario, Series, Window
from .interface import HORIZON
from .parameters import Behaviour

BEHAVIOUR: Mapping[str, tuple[float, float]] = {
    "boot_bonded_share_limit": (0.95, 1.05),
    "bonding_speed_coeff": (0.7, 1.5),
    "claimed_at_activation_share": (0.8, 1.1),
    "cyberlinks_transactions_coeff": (0.7, 1.3),
    "investmint_period_share": (0.8, 1.2),
    "ampere_volt_ratio": (0.9, 1.1),
    "hydrogen_liquid_ratio": (0.5, 1.5),
    "yield_response": (0.25, 2.0),
    "neutral_yield": (0.625, 1.5),
    "scarcity_bonding": (0.0, 2.667),
    "bonding_cap": (0.5, 2.0),
    "inflation_aversion": (0.5, 1.5),
    "scarcity_value": (0.0, 3.0),
    "selling_pressure": (0.0, 2.0),
    "valuation_speed": (0.5, 2.0),
    "network_speed": (0.5, 2.0),
    "valuation_growth": (0.0, 2.0),
    "scarcity_growth": (0.0, 3.0),
    "demand_elasticity": (0.0, 2.0),
    "lock_response": (0.0, 2.0),
}
"""The randomised behaviour set: factors on parameters, hidden from the policy (sections 13.1 and 13.5)."""

_SHRUNK = tuple(0.5 ** (day / 1095) for day in range(1096))
SLOW_ADOPTION = Scenario(
    "slow_adoption",
    "agents fall behind their path by half within three years",
    series=(
        Series("agents_factor", _SHRUNK),
        Series("demand_factor", tuple(share**0.7 for share in _SHRUNK)),
        Series("valuation_factor", tuple(share**0.3 for share in _SHRUNK)),
    ),
)
SHARED = (
    CALM,
    Scenario(
        "demand_shock", "twice the demand for links, for a year", (Window("demand_factor", 2.0, 0, 365),)
    ),
    Scenario("valuation_crash", "capitalisation loses 60 % for good", (Window("valuation_factor", 0.4),)),
    SLOW_ADOPTION,
    Scenario("validator_cost", "infrastructure costs 2.5 times as much", (Window("cost_factor", 2.5),)),
)
GIFT_SELLOFF = Scenario(
    "gift_selloff",
    "released and unbonded BOOT is sold five times as hard, from the first day on",
    (Window("selling_factor", 5.0, start=-HORIZON),),
)
PEOPLE = Scenario(
    "behaviour",
    "other people and markets in every episode, from the first day on; parameters are drawn anew",
    randomise=BEHAVIOUR,
)
OPEN_PEOPLE = replace(
    PEOPLE, randomise={name: BEHAVIOUR[name] for name in BEHAVIOUR if name in Behaviour.__dataclass_fields__}
)
"""Without the gains of the feedback, which is off."""

CLOSED_LOOP = (*SHARED, GIFT_SELLOFF, PEOPLE)
OPEN_LOOP = (*SHARED, OPEN_PEOPLE)
