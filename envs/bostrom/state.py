"""The state of the Bostrom economy (section 3)."""

from typing import NamedTuple

from torch import Tensor


class State(NamedTuple):
    """Every field is float64 (B,) unless it says otherwise; the first 28 bear the reference's names."""

    boot_inflation_rate: Tensor  # i, 1/year
    boot_supply: Tensor  # S, BOOT, integer
    boot_liquid_supply: Tensor  # Lq, BOOT
    boot_frozen_supply: Tensor  # F, BOOT
    boot_bonded_supply: Tensor  # B, BOOT, integer
    boot_claimed_supply: Tensor  # Cl, BOOT
    boot_to_distribution_supply: Tensor  # Q, BOOT, a book value
    hydrogen_supply: Tensor  # H, integer
    hydrogen_liquid_supply: Tensor  # Hl, H, integer
    agents_count: Tensor  # N, agents
    capitalization_per_agent: Tensor  # c, ETH/agent, the reference path
    capitalization_in_eth: Tensor  # M, ETH
    cyberlinks_per_day: Tensor  # d, links/d, demand
    validator_revenue_gboot: Tensor  # R, GBOOT/d, of one validator
    timestep_provision_boot: Tensor  # Pi, BOOT/d, integer
    gboot_price: Tensor  # p, ETH/GBOOT
    cyberlinks_count: Tensor  # X, links
    ampere_supply: Tensor  # A, integer
    volt_supply: Tensor  # V, integer; links/d that can be served
    investmint_max_period: Tensor  # P, d
    ampere_mint_rate: Tensor  # rA, 1
    volt_mint_rate: Tensor  # rV, 1
    gpu_memory_usage: Tensor  # g1, B
    cpu_memory_usage: Tensor  # g2, B
    cpu_time_usage: Tensor  # g3, s
    gpu_time_usage: Tensor  # g4, s
    ampere_minted_amount: Tensor  # mA, A/d, integer
    volt_minted_amount: Tensor  # mV, V/d, integer
    time: Tensor  # int64, d
    ampere_book: Tensor  # (B, K) H whose lock for A ends on day k modulo K
    volt_book: Tensor  # (B, K) the same for V
    booked: Tensor  # int64, d, days entered into the books
    bonded_flow: Tensor  # dB, BOOT bonded in this step, negative where it unbonds
    released_flow: Tensor  # dF, BOOT released from the gift in this step
    ampere_locked: Tensor  # H ever newly locked for A, net of what unbonding took
    volt_locked: Tensor  # H ever newly locked for V, likewise
    agents_reference: Tensor  # N0, agents, integer; N without feedback and shocks
    valuation: Tensor  # m, log deviation of capitalisation
    network: Tensor  # n, log deviation of agents
    validator_cost: Tensor  # K, ETH/d, of one validator
    price_mean: Tensor  # p, filtered over 30 days
    revenue_mean: Tensor  # R p, ETH/d, filtered over 30 days
    scarcity_mean: Tensor  # d/V, limited as in section 13.5, filtered over 90 days


COLUMNS = State._fields[: State._fields.index("time")]
