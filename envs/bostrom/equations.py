"""The equations of section 5. Every verb reads the row of day t and writes columns of row t + 1.

The association of the floating-point operations is the specification's: it makes integers exact.
"""

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Number, Tensors
from . import books
from .feedback import Response, lock_share
from .lock_law import candidate_share
from .state import State

if TYPE_CHECKING:
    from .economy import Bostrom

Columns = dict[str, Tensor]
GROWTH = 3020 * -0.7  # ETH per agent; times N^-1.7, the derivative of 3020 N^-0.7 (5.8)


class Flows(NamedTuple):
    """What the day moves, each (B,)."""

    provision: Tensor  # Pi, BOOT
    bonding: Tensor  # raw, BOOT, real; negative unbonds
    bonded: Tensor  # dB = floor(raw)
    claimed: Tensor  # dC, BOOT
    released: Tensor  # dF, BOOT
    arrivals: Tensor  # dN, agents


def provision(state: State, economy: "Bostrom") -> Tensor:
    """5.2, with the rate of row t."""
    return torch.floor((state.boot_supply * state.boot_inflation_rate) / economy.timesteps_per_year)


def claims(state: State, economy: "Bostrom") -> Tensor:
    """5.4; where the gift account is conserved, no more than is left of the gift."""
    e, t = economy, state.time.to(torch.float64)
    first = torch.zeros_like(t) + e.claimed_at_activation_share * e.boot_gift_amount_init
    second = torch.zeros_like(t) + (1 - e.claimed_at_activation_share) * e.boot_gift_amount_init
    early, late = t < e.days_for_gift_activation, t > e.days_for_gift_activation + e.days_for_gift_full_claim
    claimed = torch.where(early, first / e.days_for_gift_activation, second / e.days_for_gift_full_claim)
    claimed = torch.where(late, 0.0, claimed)
    if e.gift_account == "conserved":
        claimed = torch.minimum(claimed, e.boot_gift_amount_init - state.boot_claimed_supply)
    return claimed


def release(state: State, economy: "Bostrom", claimed: Tensor) -> Tensor:
    """5.5; where the gift account is conserved, no more than is claimed and frozen."""
    e, t = economy, state.time.to(torch.float64)
    gift = torch.zeros_like(t) + e.boot_gift_amount_init
    frozen = state.boot_frozen_supply
    idle = (t < e.days_for_gift_activation) | (frozen <= gift * 0.01)
    released = torch.where(t == e.days_for_gift_activation, gift * 0.1, gift * 0.01)
    released = torch.where(idle, 0.0, released)
    if e.gift_account == "conserved":
        ready = torch.minimum(state.boot_to_distribution_supply + claimed, frozen)
        released = torch.minimum(released, ready)
    return released


def flows(state: State, economy: "Bostrom", bonding: Tensor) -> Flows:
    """Everything that moves today, from row t alone."""
    claimed = claims(state, economy)
    return Flows(
        provision=provision(state, economy),
        bonding=bonding,
        bonded=torch.floor(bonding),
        claimed=claimed,
        released=release(state, economy, claimed),
        arrivals=18.0 * state.time.to(torch.float64) + 100.0,
    )


def inflation(state: State, economy: "Bostrom", levers: Tensors) -> Columns:
    """5.1: the rate moves with the distance of the bonded share from its target."""
    e, bonded = economy, state.boot_bonded_supply
    accounts = (state.boot_liquid_supply + state.boot_frozen_supply) + bonded
    share = bonded / torch.where(accounts == 0.0, 1.0, accounts)
    target = e.boot_bonded_share_target + levers["bonded_target_shift"]
    change = e.boot_inflation_rate_change_annual * levers["inflation_speed"]
    rate = state.boot_inflation_rate + ((1 - share / target) * change) / e.timesteps_per_year
    capped = torch.where(rate < e.boot_inflation_rate_min, e.boot_inflation_rate_min, rate)
    return {
        "boot_inflation_rate": torch.where(
            rate > e.boot_inflation_rate_max, e.boot_inflation_rate_max, capped
        )
    }


def balances(state: State, economy: "Bostrom", flow: Flows) -> Columns:
    """5.2 to 5.6: BOOT by account, and H."""
    gift = economy.boot_gift_amount_init
    distribution = (state.boot_to_distribution_supply + flow.claimed) - flow.released
    liquid = ((state.boot_liquid_supply + flow.released) - flow.bonded) + flow.provision
    stay = torch.floor(economy.hydrogen_liquid_ratio * flow.bonding)
    return {
        "timestep_provision_boot": flow.provision,
        "bonded_flow": flow.bonded,
        "released_flow": flow.released,
        "boot_supply": state.boot_supply + flow.provision,
        "boot_liquid_supply": liquid,
        "boot_bonded_supply": state.boot_bonded_supply + flow.bonded,
        "boot_frozen_supply": torch.clamp(state.boot_frozen_supply - flow.released, min=0.0),
        "boot_claimed_supply": torch.clamp(state.boot_claimed_supply + flow.claimed, max=gift),
        "boot_to_distribution_supply": torch.clamp(torch.clamp(distribution, min=0.0), max=gift),
        "hydrogen_supply": state.hydrogen_supply + flow.bonded,
        "hydrogen_liquid_supply": state.hydrogen_liquid_supply + stay,
    }


def adoption(state: State, flow: Flows, response: Response, shocks: Tensors) -> Columns:
    """5.7, times the deviation of the network."""
    reference = state.agents_reference + flow.arrivals
    return {
        "agents_reference": reference,
        "agents_count": (reference * response.next_size) * shocks["agents_factor"],
    }


def thinning(agents: Tensor) -> Tensor:
    """N^-0.3, to a few units in the last place: a general power takes twice as long."""
    return torch.exp(-0.3 * torch.log(agents))


def market(
    state: State, economy: "Bostrom", flow: Flows, levers: Tensors, shocks: Tensors, response: Response
) -> Columns:
    """5.8: capitalisation, price and revenue, each from levels of row t."""
    agents, per_agent = state.agents_reference, state.capitalization_per_agent
    commission = economy.validator_commission * levers["commission_factor"]
    slope = GROWTH / ((agents * agents) * thinning(agents))
    capital = ((per_agent * agents) * response.value) * shocks["valuation_factor"]
    return {
        "capitalization_per_agent": per_agent + slope * flow.arrivals,
        "capitalization_in_eth": capital,
        "gboot_price": (state.capitalization_in_eth / state.boot_supply) * 1e9,
        "validator_revenue_gboot": ((state.timestep_provision_boot / 1e9) * commission)
        / economy.max_validator_count,
    }


def linking(state: State, economy: "Bostrom", shocks: Tensors, response: Response) -> Columns:
    """5.9: demand for links, and the links made."""
    agents = state.agents_reference
    demand = ((economy.cyberlinks_transactions_coeff * 9) * thinning(agents)) * agents
    demand = (demand * response.appetite) * shocks["demand_factor"]
    demand = (demand + economy.extra_links) + economy.guaranteed_links
    made = demand - economy.served_only * torch.clamp(demand - state.volt_supply, min=0.0)
    return {"cyberlinks_per_day": demand, "cyberlinks_count": state.cyberlinks_count + made}


def _mint_rate(day: Tensor, halving: Number, lowest: Number) -> Tensor:
    """1/2^floor(t/h); 1,023 halvings at most, where the original overflows."""
    rate = torch.exp2(-torch.clamp(torch.floor(day / halving), max=1023.0))
    return torch.where(rate < lowest, lowest, rate)


def terms(state: State, economy: "Bostrom", levers: Tensors) -> Columns:
    """5.10: the longest lock and the mint rates of tomorrow."""
    e, t = economy, state.time.to(torch.float64)
    longest = e.investmint_max_period_init * torch.ceil((t + 1.0) / e.horizon_period_init)
    factor = levers["longest_lock_factor"]
    volt = _mint_rate(t, e.volt_base_halving_period, e.volt_mint_rate_min)
    return {
        "investmint_max_period": torch.where(factor == 1.0, longest, torch.floor(longest * factor)),
        "ampere_mint_rate": _mint_rate(t, e.ampere_base_halving_period, e.ampere_mint_rate_min),
        "volt_mint_rate": volt * levers["volt_mint_factor"],
    }


def share(economy: "Bostrom", chance: Chance, name: str, like: Tensor) -> Tensor:
    """u of today, (B,)."""
    if economy.share_law == "random":
        return chance.inverse(name, candidate_share, mean=0.495)
    return torch.zeros_like(like) + economy.investmint_period_share


def minting(state: State, economy: "Bostrom", flow: Flows, response: Response, chance: Chance) -> Columns:
    """5.11: A and V from H newly locked and locked again, and the books."""
    e = economy
    new = flow.bonding * (1 - e.hydrogen_liquid_ratio)
    unbooked = state.booked == state.time
    columns: Columns = {"booked": state.time + 1}
    for token, part, amount, period in (
        ("ampere", e.ampere_volt_ratio, e.ampere_base_investmint_amount, e.ampere_base_investmint_period),
        ("volt", 1 - e.ampere_volt_ratio, e.volt_base_investmint_amount, e.volt_base_investmint_period),
    ):
        book: Tensor = getattr(state, f"{token}_book")
        released = books.due(book, state.time)
        locked = part * new
        total = locked + released
        used = lock_share(share(e, chance, f"share_{token}", new), e, response)
        days = torch.floor(used * state.investmint_max_period)
        rate: Tensor = getattr(state, f"{token}_mint_rate")
        minted = torch.floor(((total / amount) * (days / period)) * rate)
        columns[f"{token}_minted_amount"] = minted
        columns[f"{token}_supply"] = getattr(state, f"{token}_supply") + minted
        columns[f"{token}_locked"] = getattr(state, f"{token}_locked") + locked
        columns[f"{token}_book"] = books.enter(
            book, state.time, days, total, released, unbooked,
            accumulate=e.books == "accumulate", in_place=e.in_place,
        )  # fmt: skip
    return columns


def resources(state: State, economy: "Bostrom") -> Columns:
    """5.12, from the links and V of row t."""
    links = state.cyberlinks_count
    memory = 40.0 * links + 40.0 * (links * economy.particle_per_cyberlink)
    return {
        "gpu_memory_usage": torch.where(state.volt_supply == 0.0, 0.0, memory),
        "cpu_memory_usage": (1.2 * 1000) * links,
        "cpu_time_usage": (8.7 * 1e-07) * links,
        "gpu_time_usage": (6.2 * 1e-09) * links,
    }
