"""Parameter files of Bostrom that hypothesis chooses, and runs of them."""

import json
from dataclasses import replace
from typing import Any

import torch
from hypothesis import strategies as st

from envs.bostrom import Bostrom, State
from envs.bostrom.reference import REFERENCE
from envs.core.chance import Replay

POWERS = {
    "capitalization_per_agent", "capitalization_in_eth", "gboot_price", "cyberlinks_per_day",
    "cyberlinks_count", "gpu_memory_usage", "cpu_memory_usage", "cpu_time_usage", "gpu_time_usage",
}  # fmt: skip
STEPS = 120


def whole(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


def real(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False, allow_subnormal=False)


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """Parameter files whose runs of 120 days meet every edge of section 10."""
    low = draw(real(-0.02, 0.1))
    gift = draw(st.sampled_from([0, 10**9, 7 * 10**14, 7 * 10**14 + 13]))
    supplies = {
        "boot_liquid_supply": draw(whole(0, 5 * 10**14)),
        "boot_frozen_supply": draw(st.sampled_from([gift, gift // 2, gift // 200])),
        "boot_bonded_supply": draw(whole(10**9, 10**15)),
    }
    period = st.one_of(whole(3, 40), real(3.0, 40.0))
    return {
        "steps": STEPS,
        "initial_state": {
            "boot_inflation_rate": draw(real(0.0, 0.3)),
            "boot_supply": sum(supplies.values()),
            **supplies,
            "boot_claimed_supply": draw(st.sampled_from([0, gift // 3])),
            "boot_to_distribution_supply": draw(st.sampled_from([0, gift // 4])),
            "hydrogen_supply": draw(whole(0, 10**13)),
            "hydrogen_liquid_supply": draw(whole(0, 10**12)),
            "agents_count": draw(whole(100, 10**5)),
            "capitalization_per_agent": draw(real(0.0, 50.0)),
            "capitalization_in_eth": 24000,
            "cyberlinks_per_day": 0,
            "validator_revenue_gboot": 0,
            "timestep_provision_boot": draw(whole(0, 10**12)),
            "gboot_price": 0.024,
            "cyberlinks_count": draw(whole(0, 10**9)),
            "ampere_supply": draw(whole(0, 10**6)),
            "volt_supply": draw(whole(0, 3)),
            "investmint_max_period": draw(whole(0, 60)),
            "ampere_mint_rate": 1,
            "volt_mint_rate": 1,
            "gpu_memory_usage": 0,
            "cpu_memory_usage": 0,
            "cpu_time_usage": 0,
            "gpu_time_usage": 0,
            "ampere_minted_amount": 0,
            "volt_minted_amount": 0,
        },
        "params": {
            "timesteps_per_year": draw(st.sampled_from([365, 360, 100])),  # fewer would leave 2^53 BOOT
            "boot_inflation_rate_change_annual": draw(real(0.0, 30.0)),
            "boot_inflation_rate_min": low,
            "boot_inflation_rate_max": low + draw(real(0.0, 0.1)),
            "boot_bonded_share_target": draw(real(0.1, 1.0)),
            "boot_bonded_share_limit": draw(real(0.0, 1.2)),
            "bonding_speed_coeff": draw(real(0.0, 0.2)),
            "days_for_gift_activation": draw(st.one_of(whole(0, 30), real(0.0, 30.0))),
            "claimed_at_activation_share": draw(real(0.0, 1.0)),
            "days_for_gift_full_claim": draw(st.one_of(whole(1, 60), real(0.5, 60.0))),
            "boot_gift_amount_init": gift,
            "agents_count_at_activation": 100000,
            "start_capitalization_per_agent": 1,
            "cyberlinks_transactions_coeff": draw(real(0.0, 30.0)),
            "extra_links": draw(whole(0, 10**5)),
            "guaranteed_links": draw(whole(0, 10**5)),
            "ampere_base_halving_period": draw(period),
            "volt_base_halving_period": draw(period),
            "ampere_mint_rate_min": draw(real(0.0, 0.5)),
            "volt_mint_rate_min": draw(real(0.0, 0.5)),
            "ampere_base_investmint_amount": draw(whole(10**6, 10**9)),
            "volt_base_investmint_amount": draw(whole(10**6, 10**9)),
            "ampere_base_investmint_period": draw(whole(1, 60)),
            "volt_base_investmint_period": draw(whole(1, 60)),
            "investmint_max_period_init": draw(st.one_of(whole(0, 60), real(0.0, 60.0))),
            "horizon_period_init": draw(period),
            "ampere_volt_ratio": draw(real(0.0, 1.0)),
            "hydrogen_liquid_ratio": draw(real(0.0, 1.0)),
            "validator_commission": draw(real(0.0, 1.0)),
            "max_validator_count": draw(whole(1, 200)),
            "particle_per_cyberlink": draw(real(0.0, 1.0)),
        },
    }


shares = st.lists(st.tuples(real(0.0, 1.0), real(0.0, 1.0)), min_size=STEPS, max_size=STEPS)
share_runs = st.one_of(real(0.0, 1.0).map(lambda u: [(u, u)] * STEPS), shares)


def replayed(used: list[tuple[float, float]]) -> Replay:
    table = torch.tensor(used, dtype=torch.float64)
    quiet = torch.zeros_like(table[:, :1])
    return Replay({"share_ampere": table[:, :1], "share_volt": table[:, 1:], "valuation_noise": quiet})


def run(economy: Bostrom, chance: Any, steps: int = STEPS, batch: int = 1) -> list[State]:
    state = economy.initial(batch, chance)
    levers, shocks = economy.neutral_levers(batch), economy.neutral_shocks(batch)
    states = [state]
    for _ in range(steps):
        state = economy.step(state, levers, shocks, chance.at(state.time))
        states.append(state)
    return states


def random_economy(file: dict[str, Any], **fields: Any) -> Bostrom:
    random = file | {"investmint_period_share": {"mode": "random"}}
    return replace(REFERENCE.read(json.loads(json.dumps(random))), **fields)
