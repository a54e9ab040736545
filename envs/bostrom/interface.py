"""What Bostrom shows and lets be set: levers, sensors, shock channels and targets (sections 13.1 to 13.3)."""

from math import log

import torch
from torch import Tensor

from ..core.declarations import Lever, Sensor, Shock
from ..core.tensors import Tensors
from .kernels import within
from .parameters import Parameters
from .state import State

YEAR, HORIZON = 365.0, 3650.0  # days
SUPPLY_GROWTH = 1.9  # of the supply over the horizon
BONDED_TARGET = 0.8
SCARCITY_SLOPE, SCARCITY_YEAR, SCARCITY_RANGE = 0.3, 2.5, (-0.7, 0.4)
MOST_SCARCITY = 2.0  # limit of ln(d/V), which is ill-defined in the first rows (section 13.7)
MONTH, QUARTER = 30.0, 90.0  # days over which the filtered sensors look back

LEVERS = (
    Lever("inflation_speed", "1", 0.0, 3.0, 1.0, "factor on the fastest change of the inflation rate"),
    Lever(
        "bonded_target_shift",
        "1",
        -0.3,
        0.15,
        0.0,
        "shift of the bonded share at which the inflation rate rests",
    ),
    Lever("volt_mint_factor", "1", 0.25, 4.0, 1.0, "factor on V's mint rate", "log", slew=log(1.1) / 30.0),
    Lever("longest_lock_factor", "1", 0.5, 2.0, 1.0, "factor on the longest lock, in whole days", "log"),
    Lever("commission_factor", "1", 0.2, 2.0, 1.0, "factor on the commission of validators", "log"),
)

SHOCKS = (
    Shock("demand_factor", 1.0, "factor on the demand for links"),
    Shock("valuation_factor", 1.0, "factor on capitalisation"),
    Shock("agents_factor", 1.0, "factor on the number of agents"),
    Shock("selling_factor", 1.0, "factor on the selling of released and unbonded BOOT"),
    Shock("cost_factor", 1.0, "factor on the cost of infrastructure"),
)

SENSORS = (
    Sensor("progress", "1", "share of ten years", 0.5, 0.5),
    Sensor("inflation", "1/year", "i", 0.08, 0.07, 2.0),
    Sensor("bonded_share", "1", "B/S", 0.8, 0.1, 3.0),
    Sensor("bonded_gap", "1", "B/S less the share at which the inflation rate rests", 0.0, 0.1, 3.0),
    Sensor("supply_gap", "1", "log of the supply over its path", 0.0, 0.1, 3.0),
    Sensor("liquid_share", "1", "Lq/S", 0.2, 0.2, 2.0),
    Sensor("frozen_share", "1", "F/S", 0.0, 0.5, 2.0),
    Sensor("locked_share", "1", "share of H that never was liquid", 0.8, 0.2, 2.0),
    Sensor("agents", "agents", "N", 14.0, 5.0, 2.0, log=True),
    Sensor("price", "ETH/GBOOT", "p", -1.0, 2.0, 2.0, log=True),
    Sensor("price_trend", "1", "log of p over its mean of 30 days", 0.0, 0.1, 3.0),
    Sensor("monthly_revenue", "ETH", "revenue of a validator in 30 days", 1.0, 2.0, 3.0, log=True),
    Sensor("scarcity", "1", "ln(d/V), limited to ±2", 0.0, 1.0, 2.0),
    Sensor("scarcity_gap", "1", "scarcity less its path", 0.0, 0.5, 3.0),
    Sensor("scarcity_trend", "1", "scarcity less the log of its mean of 90 days", 0.0, 0.2, 3.0),
    Sensor("volt_growth", "1/month", "V minted a month at today's pace, over V", 0.0, 0.2, 3.0),
    Sensor("volt_mint_rate", "1", "rV", -2.0, 2.0, 2.0, log=True),
    Sensor("longest_lock", "d", "P", 2188.0, 2188.0, 2.0),
    Sensor("due_month", "1", "H released in 30 days, over H", 0.0, 0.1, 3.0),
    Sensor("due_quarter", "1", "H released in 90 days, over H, from every 5th day", 0.0, 0.2, 3.0),
    Sensor("due_year", "1", "H released in 365 days, over H, from every 15th day", 0.3, 0.3, 3.0),
    Sensor("coverage", "1", "revenue of a validator over its cost", 0.0, 1.0, 3.0, log=True),
    Sensor("speed_level", "1", "inflation speed in force", 1.0, 1.0, 2.0),
    Sensor("target_level", "1", "shift of the bonded target in force", 0.0, 0.15, 2.0),
    Sensor("volt_level", "1", "factor on V's mint rate in force", 0.0, log(4.0), 1.0, log=True),
    Sensor("lock_level", "1", "factor on the longest lock in force", 0.0, log(2.0), 1.0, log=True),
    Sensor("commission_level", "1", "factor on the commission in force", 0.0, log(5.0), 1.0, log=True),
    Sensor("day", "d", "days since the initial state", observed=False),
    Sensor("supply", "BOOT", "S", observed=False),
    Sensor("supply_path", "BOOT", "path of the supply to +90 % in ten years", observed=False),
    Sensor("demand", "links/d", "d", observed=False),
    Sensor("volts", "links/d", "V", observed=False),
    Sensor("revenue", "ETH/d", "revenue of a validator", observed=False),
    Sensor("cost", "ETH/d", "cost of a validator", observed=False),
)


def supply_path(initial: float | Tensor, day: Tensor) -> Tensor:
    """Where the supply should be on `day`: +90 % in ten years, evenly in logarithms."""
    return initial * torch.exp(log(SUPPLY_GROWTH) * day / HORIZON)


def scarcity_path(day: Tensor) -> Tensor:
    """Where ln(d/V) should be on `day`: balanced at 2.5 years, V scarce later."""
    return torch.clamp(SCARCITY_SLOPE * (day / YEAR - SCARCITY_YEAR), *SCARCITY_RANGE)


def scarcity(demand: Tensor, volts: Tensor) -> Tensor:
    """ln(d/V), limited."""
    ratio = torch.clamp(demand, min=1.0) / torch.clamp(volts, min=1.0)
    return torch.clamp(torch.log(ratio), -MOST_SCARCITY, MOST_SCARCITY)


def remember(state: State, row: Tensors) -> dict[str, Tensor]:
    """The filtered readings of tomorrow: means of 30 and 90 days that fade instead of ending."""
    ratio = row["cyberlinks_per_day"] / torch.clamp(row["volt_supply"], min=1.0)
    ratio = torch.clamp(ratio, 1.0 / 7.39, 7.39)  # e²
    revenue = row["validator_revenue_gboot"] * row["gboot_price"]
    return {
        "price_mean": state.price_mean + (row["gboot_price"] - state.price_mean) * (1.0 / MONTH),
        "revenue_mean": state.revenue_mean + (revenue - state.revenue_mean) * (1.0 / MONTH),
        "scarcity_mean": state.scarcity_mean + (ratio - state.scarcity_mean) * (1.0 / QUARTER),
    }


def coverage(state: State) -> Tensor:
    """Revenue of a validator over its cost; large while there is no cost, (B,)."""
    revenue = state.validator_revenue_gboot * state.gboot_price
    covered = torch.clamp(revenue, min=1e-30) / torch.clamp(state.validator_cost, min=1e-30)
    return torch.where(state.validator_cost <= 0.0, 1e3, torch.clamp(covered, 1e-3, 1e3))


def read_sensors(p: Parameters, state: State, levers: Tensors) -> dict[str, Tensor]:
    """Readings of all sensors, (B,)."""
    s, day, supply = state, state.time.to(torch.float64), state.boot_supply
    share = s.boot_bonded_supply / supply
    path = supply_path(p.initial_boot_supply, day)
    scarce = scarcity(s.cyberlinks_per_day, s.volt_supply)
    hydrogen = torch.clamp(s.hydrogen_supply, min=1.0)
    due = {
        days: sum(within(book, s.time, days, every) for book in (s.ampere_book, s.volt_book)) / hydrogen
        for days, every in ((30, 1), (90, 5), (365, 15))  # samples: every look into a book costs a read
    }
    price = torch.clamp(s.gboot_price, min=1e-12) / torch.clamp(s.price_mean, min=1e-12)
    return {
        "progress": day / HORIZON,
        "inflation": s.boot_inflation_rate,
        "bonded_share": share,
        "bonded_gap": share - p.boot_bonded_share_target - levers["bonded_target_shift"],
        "supply_gap": torch.log(supply / path),
        "liquid_share": s.boot_liquid_supply / supply,
        "frozen_share": s.boot_frozen_supply / supply,
        "locked_share": 1.0 - s.hydrogen_liquid_supply / hydrogen,
        "agents": s.agents_count,
        "price": s.gboot_price,
        "price_trend": torch.log(price),
        "monthly_revenue": MONTH * s.revenue_mean,
        "scarcity": scarce,
        "scarcity_gap": scarce - scarcity_path(day),
        "scarcity_trend": scarce - torch.log(s.scarcity_mean),
        "volt_growth": MONTH * s.volt_minted_amount / torch.clamp(s.volt_supply, min=1.0),
        "volt_mint_rate": s.volt_mint_rate,
        "longest_lock": s.investmint_max_period,
        "due_month": due[30],
        "due_quarter": due[90],
        "due_year": due[365],
        "coverage": coverage(s),
        "speed_level": levers["inflation_speed"],
        "target_level": levers["bonded_target_shift"],
        "volt_level": levers["volt_mint_factor"],
        "lock_level": levers["longest_lock_factor"],
        "commission_level": levers["commission_factor"],
        "day": day,
        "supply": supply,
        "supply_path": path,
        "demand": s.cyberlinks_per_day,
        "volts": s.volt_supply,
        "revenue": s.validator_revenue_gboot * s.gboot_price,
        "cost": s.validator_cost,
    }
