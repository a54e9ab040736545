"""What the SAFE network shows and lets be set: levers, sensors, shock channels."""

from math import log

import torch
from torch import Tensor

from ..core.declarations import Lever, Sensor, Shock
from ..core.tensors import Number, Tensors
from .parameters import NetworkParameters
from .prices import Prices
from .state import State, filled_share, unfarmed_share

LEVERS: tuple[Lever, ...] = (
    Lever("reward", "1", 0.1, 10.0, 1.0, "multiplier e^r of the farming reward R", "log", slew=0.05),
    Lever("cost", "1", 0.1, 10.0, 1.0, "multiplier e^c of the store cost C", "log", slew=0.05),
)

SHOCKS = (
    Shock("vault_loss", 0.0, "share of the vaults that leaves at once"),
    Shock("supply", 1.0, "factor on the vaults' growth"),
    Shock("demand", 1.0, "factor on the clients"),
    Shock("coin_price", 1.0, "X, price of a safecoin in outside money, relative to the first day"),
    Shock("irrational", 0.0, "above 0 the market reacts to w0²/w instead of w"),
)

# Centres, scales and limits: section 11.3.
SENSORS: tuple[Sensor, ...] = (
    Sensor("filled", "1", "f, filled share of storage", 0.5, 0.15, 3.0),
    Sensor("unfarmed", "1", "u, unfarmed share of the coins", 0.5, 0.5, 1.0),
    Sensor("unfarmed_close", "1", "u again, magnified round its final corridor", 0.15, 0.1, 3.0),
    Sensor("reward_level", "1", "e^r, the reward multiplier", 0.0, log(10.0), 1.0, log=True),
    Sensor("cost_level", "1", "e^c, the cost multiplier", 0.0, log(10.0), 1.0, log=True),
    Sensor("age", "day", "days since the initial state, clipped at year 20", 3650.0, 3650.0, 1.0),
    Sensor("youth", "1", "e^(−t/365)", 0.0, 1.0, 1.0),
    Sensor("before_year_5", "1", "1 before day 1825", 0.0, 1.0, 1.0),
    Sensor("after_year_20", "1", "1 from day 7300 on", 0.0, 1.0, 1.0),
    Sensor("reference_gap", "1", "u_ref − u", 0.0, 0.1, 3.0),
    Sensor("ratio", "1", "w that the market acted on yesterday", -0.7, 1.0, 3.0, log=True),
    Sensor("growth", "1/year", "yesterday's growth of the vaults, 365 g", 0.0, 1.0, 5.0),
    Sensor("vaults", "vault", "N", 13.0, 4.0, 3.0, log=True),
    Sensor("clients_per_vault", "client/vault", "yesterday's clients over N", 0.0, 1.0, 4.0, log=True),
    Sensor("reward", "nanosafe", "yesterday's R", 12.0, 2.0, 3.0, log=True),
    Sensor("cost", "nanosafe", "yesterday's C", 11.0, 2.0, 3.0, log=True),
    Sensor("measured_growth", "1/year", "growth of N, filtered over 30 days", 0.0, 1.0, 5.0),
    Sensor("filled_trend", "1", "f less its 30-day mean", 0.0, 0.1, 5.0),
    Sensor("unfarmed_trend", "1", "u less its 30-day mean", 0.0, 0.01, 5.0),
    Sensor("price_ratio", "1", "C/R before an irrational market turns it round", -0.7, 1.0, 3.0, log=True),
    Sensor("neutral_ratio", "1", "C/R of this state with both multipliers at 1", observed=False),
    Sensor("day", "day", "days since the initial state", observed=False),
    Sensor("clients", "client", "yesterday's clients", observed=False),
    Sensor("lost", "chunk", "chunks lost yesterday", observed=False),
    Sensor("vault_loss", "1", "share of the vaults that a shock took yesterday", observed=False),
)

BAND_FILLED = (0.45, 0.55)
CORRIDOR_UNFARMED = (0.10, 0.20)
CORRIDOR_FROM, CORRIDOR_FULL = 1825, 7300  # days: u > .20 before, u ≥ .10 between, both after
REFERENCE_START, REFERENCE_END = 0.85, 0.15


def unfarmed_reference(day: Tensor, years: Number = 19.0) -> Tensor:
    """u_ref: falls linearly from 0.85 to 0.15 in `years`, then stays (section 11.5)."""
    share = torch.clamp(day / (365.0 * years), max=1.0)
    return REFERENCE_START + (REFERENCE_END - REFERENCE_START) * share


def read_sensors(p: NetworkParameters, state: State, neutral: Prices, levers: Tensors) -> dict[str, Tensor]:
    """Readings of all sensors, (B,); `neutral` are this state's prices with both multipliers at 1."""
    day = state.time.to(torch.float64)
    filled, unfarmed = filled_share(p, state), unfarmed_share(p, state)
    last = state.day
    return {
        "filled": filled,
        "unfarmed": unfarmed,
        "unfarmed_close": unfarmed,
        "reward_level": levers["reward"],
        "cost_level": levers["cost"],
        "age": torch.clamp(day, max=float(CORRIDOR_FULL)),
        "youth": torch.exp(-day / 365.0),
        "before_year_5": (state.time < CORRIDOR_FROM).to(torch.float64),
        "after_year_20": (state.time >= CORRIDOR_FULL).to(torch.float64),
        "reference_gap": unfarmed_reference(day) - unfarmed,
        "ratio": last.ratio,
        "growth": 365.0 * last.growth,
        "vaults": state.vaults,
        "clients_per_vault": last.clients / state.vaults,
        "reward": last.reward,
        "cost": last.cost,
        "measured_growth": state.growth_mean,
        "filled_trend": filled - state.filled_mean,
        "unfarmed_trend": unfarmed - state.unfarmed_mean,
        "price_ratio": last.cost / torch.clamp(last.reward, min=1e-300),
        "neutral_ratio": neutral.cost / torch.clamp(neutral.reward, min=1e-300),
        "day": day,
        "clients": last.clients,
        "lost": last.lost,
        "vault_loss": last.left,
    }
