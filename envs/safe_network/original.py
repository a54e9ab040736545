"""The SAFE network's calm day once more, in NumPy: a baseline for speed, and a second opinion.

Version 2 with smooth sections, reward over (ln s)^p, constant store rule, leaving vaults, and supply and
demand that answer to prices in outside money. No shock acts. Source: sections 3, 4, 6, 11.
"""

from collections.abc import Callable
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..core.chance import Expected
from ..core.model import Original
from .economy import SafeNetwork

Array = NDArray[np.float64]


class Networks(NamedTuple):
    """Stocks of B networks; fields, shapes (B,) and units are those of `envs.safe_network.State`."""

    time: NDArray[np.int64]
    vaults: Array
    chunks: Array
    chunks_per_coin: Array
    paid: Array
    farmed: Array
    unfarmed: Array
    lost: Array
    earned: Array
    reference_reward: Array
    reference_cost: Array
    filled_mean: Array
    unfarmed_mean: Array
    growth_mean: Array


def day(p: SafeNetwork, at: Networks, reward_lever: float | Array, cost_lever: float | Array) -> Networks:
    """One day under the multipliers of reward and cost."""
    t = at.time.astype(np.float64)
    filled = at.chunks / (at.vaults * p.vault_size)
    sections = np.maximum(at.vaults * (2.0 * log(2.0)) / p.split, 1.0)
    divisor = np.log(np.maximum(sections, 2.0)) ** p.reward_log_power
    reward = at.unfarmed / p.total_supply * filled * p.nano / divisor * reward_lever
    cost = p.nano / at.chunks_per_coin * cost_lever

    w = np.minimum(np.divide(cost, reward, out=np.full_like(cost, 1e6), where=reward > 0.0), 1e6)
    drive = w * (1.0 + w) ** p.rw_power
    write = 1.0 / (1.0 + np.exp(np.minimum(drive, 700.0)))
    young, middle, old = p.upv_factors
    phase = np.where(t <= p.upv_days[0], young, np.where(t < p.upv_days[1], middle, old))
    users_per_vault = write * p.upv_initial * phase / w
    first, second, third = p.growth_yearly
    yearly = np.where(t < p.growth_days[0], first, np.where(t < p.growth_days[1], second, third))
    pull = filled * ((1.0 + filled) ** p.growth_power - 1.0)
    pushed = np.where(t < p.growth_days[0], p.growth_days[0] - t, users_per_vault)
    growth = pull * ((1.0 - w) * pushed) * yearly / 365.0

    worth = np.log(np.maximum(reward, 1e-300)), np.log(np.maximum(cost, 1e-300))
    kept = np.where(t == 0, worth[0], at.reference_reward), np.where(t == 0, worth[1], at.reference_cost)
    supply = np.exp(p.fiat_theta_supply * (worth[0] - kept[0]))
    demand = np.exp(-p.fiat_theta_demand * (worth[1] - kept[1]))
    growth = np.clip(
        np.where(growth >= 0.0, growth * supply, growth / supply), p.growth_clip[0], p.growth_clip[1]
    )

    total = at.vaults + at.vaults * growth
    vaults = np.maximum(total, np.minimum(p.vault_min, at.vaults))
    capacity = vaults * p.vault_size
    chunks = np.where(vaults < at.vaults, np.minimum(at.chunks, capacity), at.chunks)
    clients = users_per_vault * np.maximum(total, 0.0) * demand
    gets = p.actions_per_user_day * (clients * (1.0 - write))
    puts = np.clip(p.actions_per_user_day * (clients * write), 0.0, np.maximum(capacity - chunks, 0.0))
    wanted = puts * cost / p.nano
    paid = np.minimum(wanted, np.maximum(p.total_supply - at.unfarmed, 0.0))
    puts = np.where(paid < wanted, puts * paid / np.maximum(wanted, 1e-300), puts)
    payout = np.minimum(gets * reward / p.nano, at.unfarmed + paid)
    unfarmed = np.maximum(at.unfarmed + paid - payout, 0.0)
    stored = chunks + puts
    return Networks(
        at.time + 1, vaults, stored, at.chunks_per_coin, at.paid + paid, at.farmed + payout, unfarmed,
        at.lost + (at.chunks - chunks), at.earned + payout / at.vaults,
        kept[0] + (worth[0] - kept[0]) / p.fiat_window, kept[1] + (worth[1] - kept[1]) / p.fiat_window,
        at.filled_mean + (stored / capacity - at.filled_mean) / 30.0,
        at.unfarmed_mean + (unfarmed / p.total_supply - at.unfarmed_mean) / 30.0,
        at.growth_mean + (365.0 * np.log(vaults / at.vaults) - at.growth_mean) / 30.0,
    )  # fmt: skip


def step_of(economy: SafeNetwork, batch: int) -> Callable[[], object] | None:
    """A day of `batch` networks at neutral levers, without objective, scenarios, sensors or reset."""
    settings = (economy.size_prices, economy.sections, economy.reward_divisor, economy.store_rule)
    if settings != (None, "smooth", "log_power", "constant"):
        return None
    initial = economy.initial(batch, Expected(batch))
    at = Networks(*[getattr(initial, name).numpy() for name in Networks._fields])

    def step() -> None:
        nonlocal at
        at = day(economy, at, 1.0, 1.0)

    return step


ORIGINAL = Original(
    about=("NumPy day: the calm day of version 2 in NumPy, without objective, scenarios, sensors or reset",),
    peer="NumPy day",
    peer_step=step_of,
)
