"""The equations of section 5. Every verb reads the row of day t and writes columns of row t + 1.

The association of the floating-point operations is that of `model.md`: it makes integers exact. In the equations
`p` holds the parameters and `t` is the day.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Number, Tensors, filled
from .feedback import Response, lock_share
from .kernels import candidate_share, due, enter
from .parameters import Parameters
from .state import State

Columns = dict[str, Tensor]
GROWTH = 3020 * -0.7  # ETH per agent; times N^-1.7, the derivative of 3020 N^-0.7 (section 5.8)


class Flows(NamedTuple):
    """What the day moves, each (B,)."""

    provision: Tensor  # Pi, BOOT
    bonding: Tensor  # raw, BOOT, real; negative unbonds
    bonded: Tensor  # dB = floor(raw)
    claimed: Tensor  # dC, BOOT
    released: Tensor  # dF, BOOT
    arrivals: Tensor  # dN, agents


def provision(state: State, p: Parameters) -> Tensor:
    """Section 5.2, with the rate of row t."""
    return torch.floor((state.boot_supply * state.boot_inflation_rate) / p.timesteps_per_year)


def claims(state: State, p: Parameters) -> Tensor:
    """Section 5.4; where the gift account is conserved, no more than is left of the gift."""
    t = state.time.to(torch.float64)
    first = filled(t, p.claimed_at_activation_share * p.boot_gift_amount_init)
    second = filled(t, (1 - p.claimed_at_activation_share) * p.boot_gift_amount_init)
    early, late = t < p.days_for_gift_activation, t > p.days_for_gift_activation + p.days_for_gift_full_claim
    claimed = torch.where(early, first / p.days_for_gift_activation, second / p.days_for_gift_full_claim)
    claimed = torch.where(late, 0.0, claimed)
    if p.gift_account == "conserved":
        claimed = torch.minimum(claimed, p.boot_gift_amount_init - state.boot_claimed_supply)
    return claimed


def release(state: State, p: Parameters, claimed: Tensor) -> Tensor:
    """Section 5.5; where the gift account is conserved, no more than is claimed and frozen."""
    t = state.time.to(torch.float64)
    gift = filled(t, p.boot_gift_amount_init)
    frozen = state.boot_frozen_supply
    idle = (t < p.days_for_gift_activation) | (frozen <= gift * 0.01)
    released = torch.where(t == p.days_for_gift_activation, gift * 0.1, gift * 0.01)
    released = torch.where(idle, 0.0, released)
    if p.gift_account == "conserved":
        ready = torch.minimum(state.boot_to_distribution_supply + claimed, frozen)
        released = torch.minimum(released, ready)
    return released


def flows(state: State, p: Parameters, bonding: Tensor) -> Flows:
    """Everything that moves today, from row t alone."""
    claimed = claims(state, p)
    return Flows(
        provision=provision(state, p),
        bonding=bonding,
        bonded=torch.floor(bonding),
        claimed=claimed,
        released=release(state, p, claimed),
        arrivals=18.0 * state.time.to(torch.float64) + 100.0,
    )


def inflation(state: State, p: Parameters, levers: Tensors) -> Columns:
    """Section 5.1: the rate moves with the distance of the bonded share from its target."""
    bonded = state.boot_bonded_supply
    accounts = (state.boot_liquid_supply + state.boot_frozen_supply) + bonded
    share = bonded / torch.where(accounts == 0.0, 1.0, accounts)
    target = p.boot_bonded_share_target + levers["bonded_target_shift"]
    change = p.boot_inflation_rate_change_annual * levers["inflation_speed"]
    rate = state.boot_inflation_rate + ((1 - share / target) * change) / p.timesteps_per_year
    capped = torch.where(rate < p.boot_inflation_rate_min, p.boot_inflation_rate_min, rate)
    return {
        "boot_inflation_rate": torch.where(
            rate > p.boot_inflation_rate_max, p.boot_inflation_rate_max, capped
        )
    }


def balances(state: State, p: Parameters, flow: Flows) -> Columns:
    """Sections 5.2 to 5.6: BOOT by account, and H."""
    gift = p.boot_gift_amount_init
    distribution = (state.boot_to_distribution_supply + flow.claimed) - flow.released
    liquid = ((state.boot_liquid_supply + flow.released) - flow.bonded) + flow.provision
    stay = torch.floor(p.hydrogen_liquid_ratio * flow.bonding)
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
    """Section 5.7, times the deviation of the network."""
    reference = state.agents_reference + flow.arrivals
    return {
        "agents_reference": reference,
        "agents_count": (reference * response.next_size) * shocks["agents_factor"],
    }


def thinning(agents: Tensor) -> Tensor:
    """N^-0.3, to a few units in the last place: a general power takes twice as long."""
    return torch.exp(-0.3 * torch.log(agents))


def market(
    state: State, p: Parameters, flow: Flows, levers: Tensors, shocks: Tensors, response: Response
) -> Columns:
    """Section 5.8: capitalisation, price and revenue, each from levels of row t."""
    agents, per_agent = state.agents_reference, state.capitalization_per_agent
    commission = p.validator_commission * levers["commission_factor"]
    slope = GROWTH / ((agents * agents) * thinning(agents))
    capital = ((per_agent * agents) * response.value) * shocks["valuation_factor"]
    return {
        "capitalization_per_agent": per_agent + slope * flow.arrivals,
        "capitalization_in_eth": capital,
        "gboot_price": (state.capitalization_in_eth / state.boot_supply) * 1e9,
        "validator_revenue_gboot": ((state.timestep_provision_boot / 1e9) * commission)
        / p.max_validator_count,
    }


def linking(state: State, p: Parameters, shocks: Tensors, response: Response) -> Columns:
    """Section 5.9: demand for links, and the links made."""
    agents = state.agents_reference
    demand = ((p.cyberlinks_transactions_coeff * 9) * thinning(agents)) * agents
    demand = (demand * response.appetite) * shocks["demand_factor"]
    demand = (demand + p.extra_links) + p.guaranteed_links
    made = demand - p.served_only * torch.clamp(demand - state.volt_supply, min=0.0)
    return {"cyberlinks_per_day": demand, "cyberlinks_count": state.cyberlinks_count + made}


def _mint_rate(day: Tensor, halving: Number, lowest: Number) -> Tensor:
    """1/2^floor(t/h); 1,023 halvings at most, where the original overflows."""
    rate = torch.exp2(-torch.clamp(torch.floor(day / halving), max=1023.0))
    return torch.where(rate < lowest, lowest, rate)


def terms(state: State, p: Parameters, levers: Tensors) -> Columns:
    """Section 5.10: the longest lock and the mint rates of tomorrow."""
    t = state.time.to(torch.float64)
    longest = p.investmint_max_period_init * torch.ceil((t + 1.0) / p.horizon_period_init)
    factor = levers["longest_lock_factor"]
    volt = _mint_rate(t, p.volt_base_halving_period, p.volt_mint_rate_min)
    return {
        "investmint_max_period": torch.where(factor == 1.0, longest, torch.floor(longest * factor)),
        "ampere_mint_rate": _mint_rate(t, p.ampere_base_halving_period, p.ampere_mint_rate_min),
        "volt_mint_rate": volt * levers["volt_mint_factor"],
    }


def share(p: Parameters, chance: Chance, name: str, like: Tensor) -> Tensor:
    """u of today, (B,)."""
    if p.share_law == "random":
        return chance.inverse(name, candidate_share, mean=0.495)
    return filled(like, p.investmint_period_share)


def minting(state: State, p: Parameters, flow: Flows, response: Response, chance: Chance) -> Columns:
    """Section 5.11: A and V from H newly locked and locked again, and the books."""
    new = flow.bonding * (1 - p.hydrogen_liquid_ratio)
    unbooked = state.booked == state.time
    columns: Columns = {"booked": state.time + 1}
    for token, part, amount, period in (
        ("ampere", p.ampere_volt_ratio, p.ampere_base_investmint_amount, p.ampere_base_investmint_period),
        ("volt", 1 - p.ampere_volt_ratio, p.volt_base_investmint_amount, p.volt_base_investmint_period),
    ):
        book: Tensor = getattr(state, f"{token}_book")
        released = due(book, state.time)
        locked = part * new
        total = locked + released
        used = lock_share(share(p, chance, f"share_{token}", new), p, response)
        days = torch.floor(used * state.investmint_max_period)
        rate: Tensor = getattr(state, f"{token}_mint_rate")
        minted = torch.floor(((total / amount) * (days / period)) * rate)
        columns[f"{token}_minted_amount"] = minted
        columns[f"{token}_supply"] = getattr(state, f"{token}_supply") + minted
        columns[f"{token}_locked"] = getattr(state, f"{token}_locked") + locked
        columns[f"{token}_book"] = enter(
            book, state.time, days, total, released, unbooked,
            accumulate=p.books == "accumulate", in_place=p.in_place,
        )  # fmt: skip
    return columns


def resources(state: State, p: Parameters) -> Columns:
    """Section 5.12, from the links and V of row t."""
    links = state.cyberlinks_count
    memory = 40.0 * links + 40.0 * (links * p.particle_per_cyberlink)
    return {
        "gpu_memory_usage": torch.where(state.volt_supply == 0.0, 0.0, memory),
        "cpu_memory_usage": (1.2 * 1000) * links,
        "cpu_time_usage": (8.7 * 1e-07) * links,
        "gpu_time_usage": (6.2 * 1e-09) * links,
    }
