"""Parameters of the Bostrom economy: sections 3 (initial values), 4, and 13.5 (extension)."""

from dataclasses import dataclass

from ..core.parameters import parameter
from ..core.tensors import Number


@dataclass(frozen=True)
class Mechanism:
    """What a protocol or a foundation sets (section 4, kinds M and -)."""

    timesteps_per_year: Number = parameter(
        365.0, "steps in a year, a month at longest", unit="d/year", source="4", low=12.0
    )
    boot_inflation_rate_change_annual: Number = parameter(
        0.2, "fastest change of the inflation rate", unit="1/year²", source="4, 5.1"
    )
    boot_inflation_rate_min: Number = parameter(0.03, "lowest inflation rate", unit="1/year", source="4, 5.1")
    boot_inflation_rate_max: Number = parameter(
        0.15, "highest inflation rate", unit="1/year", source="4, 5.1"
    )
    boot_bonded_share_target: Number = parameter(
        0.8, "bonded share at which the inflation rate rests", source="4, 5.1", above=0.0
    )
    days_for_gift_activation: Number = parameter(
        30.0, "length of the first claim phase", unit="d", source="4, 5.4", low=0.0
    )
    days_for_gift_full_claim: Number = parameter(
        150.0, "length of the second claim phase", unit="d", source="4, 5.4", above=0.0
    )
    boot_gift_amount_init: Number = parameter(7e14, "the gift", unit="BOOT", source="4, 5.4", low=0.0)
    agents_count_at_activation: Number = parameter(1e5, "read by no equation", unit="agents", source="4")
    start_capitalization_per_agent: Number = parameter(
        1.0, "read by no equation", unit="ETH/agent", source="4"
    )
    guaranteed_links: Number = parameter(0.0, "links the foundation makes", unit="links/d", source="4, 5.9")
    ampere_base_halving_period: Number = parameter(
        547.0, "days until the A mint rate halves", unit="d", source="4, 5.10", above=0.0
    )
    volt_base_halving_period: Number = parameter(
        547.0, "days until the V mint rate halves", unit="d", source="4, 5.10", above=0.0
    )
    ampere_mint_rate_min: Number = parameter(0.01, "lowest A mint rate", source="4, 5.10")
    volt_mint_rate_min: Number = parameter(0.01, "lowest V mint rate", source="4, 5.10")
    ampere_base_investmint_amount: Number = parameter(
        1e8, "H that mints one A when locked for the base period", unit="H", source="4, 5.11", above=0.0
    )
    volt_base_investmint_amount: Number = parameter(
        1e9, "H that mints one V when locked for the base period", unit="H", source="4, 5.11", above=0.0
    )
    ampere_base_investmint_period: Number = parameter(
        30.0, "base lock period of A", unit="d", source="4, 5.11", above=0.0
    )
    volt_base_investmint_period: Number = parameter(
        30.0, "base lock period of V", unit="d", source="4, 5.11", above=0.0
    )
    investmint_max_period_init: Number = parameter(
        547.0, "step by which the longest lock grows", unit="d", source="4, 5.10", low=0.0
    )
    horizon_period_init: Number = parameter(
        547.0, "days between growths of the longest lock", unit="d", source="4, 5.10", above=0.0
    )
    validator_commission: Number = parameter(
        0.1, "commission of a validator", source="4, 5.8", low=0.0, high=1.0
    )
    max_validator_count: Number = parameter(92.0, "validators", source="4, 5.8", above=0.0)


@dataclass(frozen=True)
class Behaviour:
    """What agents and the outside world do (section 4, kinds B and X)."""

    boot_bonded_share_limit: Number = parameter(0.85, "bonded share that agents tend to", source="4, 5.3")
    bonding_speed_coeff: Number = parameter(0.01, "speed of that tendency", unit="1/d", source="4, 5.3")
    claimed_at_activation_share: Number = parameter(
        0.85, "share of the gift claimed in the first phase", source="4, 5.4", low=0.0, high=1.0
    )
    cyberlinks_transactions_coeff: Number = parameter(
        15.0, "links per transaction of the regression", source="4, 5.9", low=0.0
    )
    extra_links: Number = parameter(0.0, "further links", unit="links/d", source="4, 5.9")
    investmint_period_share: Number = parameter(
        0.5, "share of the longest lock that is used (constant law)", source="4, 6", low=0.0, high=1.0
    )
    share_law: str = parameter(
        "constant", "how that share comes about", source="6", choices=("constant", "random")
    )
    ampere_volt_ratio: Number = parameter(
        0.5, "share of locked H that mints A", source="4, 5.11", low=0.0, high=1.0
    )
    hydrogen_liquid_ratio: Number = parameter(
        0.2, "share of new H that stays liquid", source="4, 5.3", low=0.0, high=1.0
    )
    particle_per_cyberlink: Number = parameter(0.1, "particles per link", source="4, 5.12", low=0.0)


@dataclass(frozen=True)
class InitialState:
    """The initial state (section 3). The fields are independent inputs, as in the original."""

    initial_boot_inflation_rate: Number = parameter(0.05, "inflation rate", unit="1/year", source="3")
    initial_boot_supply: Number = parameter(1e15, "BOOT supply", unit="BOOT", source="3", above=0.0)
    initial_boot_liquid_supply: Number = parameter(2.9e14, "liquid BOOT", unit="BOOT", source="3", low=0.0)
    initial_boot_frozen_supply: Number = parameter(7e14, "frozen BOOT", unit="BOOT", source="3", low=0.0)
    initial_boot_bonded_supply: Number = parameter(1e13, "bonded BOOT", unit="BOOT", source="3", low=0.0)
    initial_boot_claimed_supply: Number = parameter(0.0, "claimed gift", unit="BOOT", source="3", low=0.0)
    initial_boot_to_distribution_supply: Number = parameter(
        0.0, "claimed and not released", unit="BOOT", source="3", low=0.0
    )
    initial_hydrogen_supply: Number = parameter(1e13, "H", unit="H", source="3", low=0.0)
    initial_hydrogen_liquid_supply: Number = parameter(0.0, "H never locked", unit="H", source="3", low=0.0)
    initial_agents_count: Number = parameter(
        750.0, "neurons", unit="agents", source="3, 11.3", above=0.0, fixed=True
    )
    initial_capitalization_per_agent: Number = parameter(
        32.0, "capitalisation of an agent", unit="ETH/agent", source="3, 11.3", fixed=True
    )
    initial_capitalization_in_eth: Number = parameter(24000.0, "capitalisation", unit="ETH", source="3")
    initial_cyberlinks_per_day: Number = parameter(0.0, "link demand", unit="links/d", source="3")
    initial_validator_revenue_gboot: Number = parameter(
        0.0, "revenue of a validator", unit="GBOOT/d", source="3"
    )
    initial_timestep_provision_boot: Number = parameter(0.0, "newly minted", unit="BOOT/d", source="3")
    initial_gboot_price: Number = parameter(0.024, "price of 1e9 BOOT", unit="ETH/GBOOT", source="3")
    initial_cyberlinks_count: Number = parameter(0.0, "links so far", unit="links", source="3", low=0.0)
    initial_ampere_supply: Number = parameter(0.0, "A", unit="A", source="3", low=0.0)
    initial_volt_supply: Number = parameter(0.0, "V", unit="V", source="3", low=0.0)
    initial_investmint_max_period: Number = parameter(547.0, "longest lock", unit="d", source="3", low=0.0)
    initial_ampere_mint_rate: Number = parameter(1.0, "A mint rate", source="3")
    initial_volt_mint_rate: Number = parameter(1.0, "V mint rate", source="3")
    initial_gpu_memory_usage: Number = parameter(0.0, "GPU memory", unit="B", source="3", low=0.0)
    initial_cpu_memory_usage: Number = parameter(0.0, "CPU memory", unit="B", source="3", low=0.0)
    initial_cpu_time_usage: Number = parameter(0.0, "CPU time", unit="s", source="3", low=0.0)
    initial_gpu_time_usage: Number = parameter(0.0, "GPU time", unit="s", source="3", low=0.0)
    initial_ampere_minted_amount: Number = parameter(0.0, "A minted", unit="A/d", source="3")
    initial_volt_minted_amount: Number = parameter(0.0, "V minted", unit="V/d", source="3")


@dataclass(frozen=True)
class Extension:
    """The extension of section 13.5 and the corrected modes; the defaults switch all of it off."""

    feedback: bool = parameter(False, "computes the feedback at all", source="13.5", fixed=True)
    yield_response: Number = parameter(0.0, "ηy, bonded-share limit per unit of yield", source="13.5")
    neutral_yield: Number = parameter(
        0.08, "y0, yield at which the limit applies", unit="1/year", source="13.5"
    )
    scarcity_bonding: Number = parameter(0.0, "ηs, pull of scarce V into bonding", source="13.5")
    bonding_cap: Number | None = parameter(
        None, "q, daily bondable share of liquid BOOT, None is no cap", unit="1/d", source="13.5", low=0.0
    )
    inflation_aversion: Number = parameter(
        0.0, "επ, response of valuation to inflation", unit="year", source="13.5"
    )
    target_inflation: Number = parameter(
        0.0642, "i0, inflation rate without such response", unit="1/year", source="13.5"
    )
    scarcity_value: Number = parameter(0.0, "εV, response of valuation to scarce V", source="13.5")
    selling_pressure: Number = parameter(
        0.0, "εf, response of valuation to released and unbonded BOOT", unit="d", source="13.5"
    )
    valuation_speed: Number = parameter(
        1.0 / 90.0, "κm, speed of valuation", unit="1/d", source="13.5", low=0.0
    )
    network_speed: Number = parameter(
        1.0 / 180.0, "κn, speed of network size", unit="1/d", source="13.5", low=0.0
    )
    valuation_growth: Number = parameter(0.0, "εm, response of network size to valuation", source="13.5")
    scarcity_growth: Number = parameter(0.0, "εs, loss of network size to scarce V", source="13.5")
    demand_elasticity: Number = parameter(0.0, "εD, loss of link demand to scarce V", source="13.5")
    served_only: Number = parameter(
        0.0, "ρ, share of unserved links that are not counted", source="13.5", low=0.0, high=1.0
    )
    lock_response: Number = parameter(0.0, "ηu, lock share per unit of scarcity", source="13.5")
    valuation_noise: Number = parameter(
        0.0, "annual deviation of valuation's noise", unit="1/year^½", source="13.5", low=0.0
    )
    gpu_cost: Number = parameter(0.0, "kg, cost of GPU memory", unit="ETH/GB/d", source="13.3", low=0.0)
    cpu_cost: Number = parameter(0.0, "kr, cost of CPU memory", unit="ETH/GB/d", source="13.3", low=0.0)
    cost_decline: Number = parameter(0.25, "δ, decline of these costs", unit="1/year", source="13.3")
    books: str = parameter(
        "overwrite",
        "what a second lock that ends on one day does to the first; accumulate also releases a lock of "
        "no length on the next day",
        source="5.11, 11.1",
        choices=("overwrite", "accumulate"),
    )
    gift_account: str = parameter(
        "book_value",
        "whether the gift is released whatever has been claimed, or conserved from claim to release",
        source="5.5, 5.6, 10",
        choices=("book_value", "conserved"),
    )
    book_days: int = parameter(
        3650, "days the release books hold; exact in runs of that length", unit="d", low=1, fixed=True
    )


@dataclass(frozen=True)
class Parameters(Extension, InitialState, Behaviour, Mechanism):
    """All of them; what the equations read."""

    in_place: bool = False
    """Whether books are written in place, see `kernels`: faster, and only the newest state is valid. Changes no number."""
