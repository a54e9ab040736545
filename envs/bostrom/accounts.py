"""Key figures and the ledger: BOOT by account, H by where it is, A and V."""

from torch import Tensor

from ..core.tensors import filled
from .interface import MONTH, coverage
from .parameters import Parameters
from .state import State


def metrics(p: Parameters, state: State) -> dict[str, Tensor]:
    """Key figures of the moment, (B,)."""
    revenue = state.validator_revenue_gboot * state.gboot_price
    return {
        "supply_growth_percent": 100.0 * (state.boot_supply / p.initial_boot_supply - 1.0),
        "inflation_percent_per_year": 100.0 * state.boot_inflation_rate,
        "bonded_share_percent": 100.0 * state.boot_bonded_supply / state.boot_supply,
        "price_eth_per_gboot": state.gboot_price,
        "capitalization_eth": state.capitalization_in_eth,
        "revenue_eth_per_month": MONTH * revenue,
        "revenue_over_cost": coverage(state),
        "link_demand_per_day": state.cyberlinks_per_day,
        "link_supply_per_day": state.volt_supply,
    }


def ledger(p: Parameters, state: State) -> dict[str, Tensor]:
    """Balances, the last step's flows, and what is out of balance; (B,), in the token's unit.

    Out of balance in the original (sections 5.6, 10, 11.1), zero up to rounding with
    `books="accumulate"` and `gift_account="conserved"`:

    - `BOOT.unaccounted`: supply less the accounts; arises where the frozen balance is clipped at 0.
    - `BOOT.gift_mismatch`: claimed less released less the to-distribution book value.
    - `H.lost_ampere`, `H.lost_volt`: locked H that no book releases any more.
    """
    s = state  # short, in what follows
    accounts = (s.boot_liquid_supply + s.boot_frozen_supply) + s.boot_bonded_supply
    gone = s.boot_frozen_supply - p.initial_boot_frozen_supply
    owed = p.initial_boot_to_distribution_supply - p.initial_boot_claimed_supply
    ampere, volt = s.ampere_book.sum(1), s.volt_book.sum(1)
    return {
        "BOOT.supply": s.boot_supply,
        "BOOT.liquid": s.boot_liquid_supply,
        "BOOT.bonded": s.boot_bonded_supply,
        "BOOT.frozen": s.boot_frozen_supply,
        "BOOT.to_distribution": s.boot_to_distribution_supply,
        "BOOT.mint": s.timestep_provision_boot,
        "BOOT.transfer.liquid_to_bonded": s.bonded_flow,
        "BOOT.transfer.frozen_to_liquid": s.released_flow,
        "BOOT.unaccounted": s.boot_supply - accounts,
        "BOOT.gift_mismatch": ((s.boot_claimed_supply + gone) - s.boot_to_distribution_supply) + owed,
        "H.supply": s.hydrogen_supply,
        "H.liquid": s.hydrogen_liquid_supply,
        "H.idle": filled(s.hydrogen_supply, p.initial_hydrogen_supply) - p.initial_hydrogen_liquid_supply,
        "H.locked_ampere": ampere,
        "H.locked_volt": volt,
        "H.lost_ampere": s.ampere_locked - ampere,
        "H.lost_volt": s.volt_locked - volt,
        "H.mint": s.bonded_flow,
        "A.supply": s.ampere_supply,
        "A.mint": s.ampere_minted_amount,
        "V.supply": s.volt_supply,
        "V.mint": s.volt_minted_amount,
    }
