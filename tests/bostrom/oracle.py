"""A second Bostrom, in plain Python numbers and dictionaries, to check the tensors against.

Written from sections 2 to 6 of the specification: one column at a time, whole numbers as integers.
"""

from collections.abc import Iterator
from math import ceil, floor
from typing import Any

Row = dict[str, float]


def rows(file: dict[str, Any], shares: list[tuple[float, float]]) -> Iterator[Row]:
    """Every row of a run of a parameter file, with the shares of A and V of each step."""
    p, s = file["params"], dict(file["initial_state"])
    books: tuple[dict[int, float], dict[int, float]] = ({}, {})
    yield dict(s)
    for t, used in enumerate(shares):
        s = _step(p, s, t, books, used)
        yield dict(s)


def _minted(h: float, days: int, amount: float, period: float, rate: float) -> int:
    return floor(((h / amount) * (days / period)) * rate)


def _step(p: Any, s: Any, t: int, books: Any, used: tuple[float, float]) -> Any:
    year, gift = p["timesteps_per_year"], p["boot_gift_amount_init"]
    supply, liquid, frozen = s["boot_supply"], s["boot_liquid_supply"], s["boot_frozen_supply"]
    bonded, agents, links = s["boot_bonded_supply"], s["agents_count"], s["cyberlinks_count"]
    share = bonded / ((liquid + frozen) + bonded)
    rate = s["boot_inflation_rate"]
    rate = (
        rate + ((1 - share / p["boot_bonded_share_target"]) * p["boot_inflation_rate_change_annual"]) / year
    )
    if rate > p["boot_inflation_rate_max"]:
        rate = p["boot_inflation_rate_max"]
    elif rate < p["boot_inflation_rate_min"]:
        rate = p["boot_inflation_rate_min"]
    provision = floor((supply * s["boot_inflation_rate"]) / year)
    raw = ((p["boot_bonded_share_limit"] - bonded / supply) * supply) * p["bonding_speed_coeff"]
    first, second = p["days_for_gift_activation"], p["days_for_gift_full_claim"]
    early = p["claimed_at_activation_share"]
    if t < first:
        claimed = (early * gift) / first
    elif t <= first + second:
        claimed = ((1 - early) * gift) / second
    else:
        claimed = 0
    if t < first or frozen <= gift * 0.01:
        released: float = 0
    elif t == first:
        released = gift * 0.1
    else:
        released = gift * 0.01
    arrivals = 18 * t + 100
    demand = (((p["cyberlinks_transactions_coeff"] * 9) * agents**-0.3) * agents + p["extra_links"]) + p[
        "guaranteed_links"
    ]
    particles = links * p["particle_per_cyberlink"]
    minted = []
    parts = (("ampere", p["ampere_volt_ratio"]), ("volt", 1 - p["ampere_volt_ratio"]))
    for book, (token, part), u in zip(books, parts, used, strict=True):
        h = part * (raw * (1 - p["hydrogen_liquid_ratio"])) + book.get(t, 0)
        days = floor(u * s["investmint_max_period"])
        book[t + days] = h
        amount, period = p[f"{token}_base_investmint_amount"], p[f"{token}_base_investmint_period"]
        minted.append(_minted(h, days, amount, period, s[f"{token}_mint_rate"]))
    return {
        "boot_inflation_rate": rate,
        "boot_supply": supply + provision,
        "boot_liquid_supply": ((liquid + released) - floor(raw)) + provision,
        "boot_frozen_supply": max(frozen - released, 0),
        "boot_bonded_supply": bonded + floor(raw),
        "boot_claimed_supply": min(s["boot_claimed_supply"] + claimed, gift),
        "boot_to_distribution_supply": min(
            max((s["boot_to_distribution_supply"] + claimed) - released, 0), gift
        ),
        "hydrogen_supply": s["hydrogen_supply"] + floor(raw),
        "hydrogen_liquid_supply": s["hydrogen_liquid_supply"] + floor(p["hydrogen_liquid_ratio"] * raw),
        "agents_count": agents + arrivals,
        "capitalization_per_agent": s["capitalization_per_agent"] + ((3020 * -0.7) * agents**-1.7) * arrivals,
        "capitalization_in_eth": s["capitalization_per_agent"] * agents,
        "cyberlinks_per_day": demand,
        "validator_revenue_gboot": ((s["timestep_provision_boot"] / 1e9) * p["validator_commission"])
        / p["max_validator_count"],
        "timestep_provision_boot": provision,
        "gboot_price": (s["capitalization_in_eth"] / supply) * 1e9,
        "cyberlinks_count": links + demand,
        "ampere_supply": s["ampere_supply"] + minted[0],
        "volt_supply": s["volt_supply"] + minted[1],
        "investmint_max_period": p["investmint_max_period_init"] * ceil((t + 1) / p["horizon_period_init"]),
        "ampere_mint_rate": max(
            1 / 2 ** floor(t / p["ampere_base_halving_period"]), p["ampere_mint_rate_min"]
        ),
        "volt_mint_rate": max(1 / 2 ** floor(t / p["volt_base_halving_period"]), p["volt_mint_rate_min"]),
        "gpu_memory_usage": 0 if s["volt_supply"] == 0 else 40 * links + 40 * particles,
        "cpu_memory_usage": (1.2 * 1000) * links,
        "cpu_time_usage": (8.7 * 10**-7) * links,
        "gpu_time_usage": (6.2 * 10**-9) * links,
        "ampere_minted_amount": minted[0],
        "volt_minted_amount": minted[1],
    }
