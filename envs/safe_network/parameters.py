"""Parameters of the SAFE network, with the published values (section 2)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from ..core.parameters import check_parameters, parameter
from ..core.tensors import Number
from .records import Fiat, SizePrices


@dataclass(frozen=True)
class NetworkParameters:
    """What every version has: coins, storage, people, and their market."""

    total_supply: Number = parameter(
        4294967296.0, "T, coins there will ever be", unit="safecoin", source="2", above=0
    )
    initial_unfarmed: Number = parameter(
        3650722201.632215, "U before the founding upload", unit="safecoin", source="2", low=0
    )
    nano: float = parameter(1e9, "nanosafes in one safecoin", unit="nanosafe/safecoin", source="1", above=0)
    initial_users: int = parameter(5000, "founding users", unit="client", source="2", low=0, fixed=True)
    initial_vaults: int = parameter(5000, "founding vaults", unit="vault", source="8.1", low=1, fixed=True)
    initial_user_chunks: Number = parameter(
        100000.0, "uploaded by each founding user", unit="chunk", source="2", low=0
    )
    vault_size: Number = parameter(500000.0, "V, capacity of a vault", unit="chunk", source="2", above=0)
    actions_per_user_day: Number = parameter(
        100.0, "a, reads or writes of an active client", unit="1/day", source="2", low=0
    )
    sections: str = parameter(
        "smooth", "section law", source="4", choices=("smooth", "hist", "tree", "lockstep")
    )
    split: Number = parameter(200.0, "a section holding more vaults splits", unit="vault", source="4", low=2)
    tree_slots: int = parameter(
        65536, "sections that the tree law can hold", unit="section", source="4", low=2, fixed=True
    )
    growth_power: Number = parameter(2.0, "e2 of the growth law", source="3.4", low=0)
    growth_yearly: tuple[float, ...] = parameter(
        (0.20, 0.16, 0.12), "y by age of the network", unit="1/year", source="3.4", low=0
    )
    growth_days: tuple[float, ...] = parameter(
        (365, 730),
        "ages at which y changes; the first ends the launch boost",
        unit="day",
        source="3.4",
        low=0,
    )
    growth_clip: tuple[float, ...] = parameter((-0.5, 1.0), "bounds of g", unit="1/day", source="3.5")
    upv_initial: Number = parameter(
        3.0, "scale of the users-per-vault law", unit="client/vault", source="3.3", low=0
    )
    upv_days: tuple[float, ...] = parameter(
        (180, 365), "ages at which φ changes", unit="day", source="3.3", low=0
    )
    upv_factors: tuple[float, ...] = parameter(
        (1.0, 2.2, 3.3), "φ by age, over its scale", source="3.3", low=0
    )
    rw_power: Number = parameter(2.0, "e1 of the read share", source="3.2", low=0)
    integer: bool = parameter(False, "counts are whole: truncated, and readers drawn", source="6")
    allow_exit: bool = parameter(False, "vaults leave when growth is negative", source="8.7")
    vault_min: Number = parameter(8.0, "vaults that never leave", unit="vault", source="6", above=0)
    market_w: float | None = parameter(None, "constant ratio shown to the market", source="3.1", above=0)
    read_share: float | None = parameter(None, "constant ρ", source="3.2", low=0, high=1)
    fiat_theta_supply: Number = parameter(
        0.0, "θs, vaults' answer to the reward in outside money", source="11.1", low=0
    )
    fiat_theta_demand: Number = parameter(
        0.0, "θd, clients' answer to the cost in outside money", source="11.1", low=0
    )
    fiat_window: Number = parameter(365.0, "memory of both references", unit="day", source="11.1", low=1)
    fiat: Fiat | None = parameter(None, "path of X, price of the coin in outside money", source="11.1")

    def __post_init__(self) -> None:
        check_parameters(self)
        owner = type(self).__name__
        if self.fiat is not None and not isinstance(self.fiat, Fiat):
            raise TypeError(f"{owner}.fiat is {self.fiat!r}; it must be a Fiat")
        if np.any(as_array(self.initial_unfarmed) > as_array(self.total_supply)):
            raise ValueError(f"{owner}.initial_unfarmed exceeds total_supply")
        self._check_entries(2, "growth_days", "upv_days", "growth_clip")
        self._check_entries(3, "growth_yearly", "upv_factors")
        founding = as_array(self.initial_user_chunks) * self.initial_users
        if np.any(founding > self.initial_vaults * as_array(self.vault_size)):
            raise ValueError(f"{owner}.initial_user_chunks do not fit into initial_vaults · vault_size")

    def _check_entries(self, count: int, *names: str) -> None:
        for name in names:
            entries = len(getattr(self, name))
            if entries != count:
                raise ValueError(f"{type(self).__name__}.{name} has {entries} entries; it takes {count}")


@dataclass(frozen=True)
class Parameters(NetworkParameters):
    """A network that sets both prices by itself, as in versions 1 and 2."""

    reward_divisor: str = parameter(
        "sections",
        "iteration 1 divides R by s, iteration 5 by (ln s)^p",
        source="6.1",
        choices=("sections", "log_power"),
    )
    reward_log_power: Number = parameter(3.5, "p", source="6.1", low=0)
    store_rule: str = parameter(
        "literal",
        "what moves q: the published listing, Seneca's prose, nothing",
        source="6.2",
        choices=("literal", "proposal", "constant"),
    )
    chunks_per_coin0: Number = parameter(11134.0, "first q", unit="chunk/safecoin", source="2", above=0)
    buffer: Number = parameter(0.1, "β, wanted reserve of unfarmed coins", source="6.2", low=0, high=1)
    q_step: Number = parameter(
        1.0, "move of q at one evaluation of the store rule", unit="chunk/safecoin", source="6.2", low=0
    )
    q_min: Number = parameter(1.0, "floor of q", unit="chunk/safecoin", source="6.2", above=0)
    stepping: str = parameter(
        "day",
        "store rule evaluated once a day, for every client, or for blocks of clients",
        source="8.2, 10",
        choices=("day", "client", "block"),
    )
    stepping_blocks: int = parameter(
        64, "blocks of clients in a day, where stepping is block", source="10", low=1, fixed=True
    )
    upload_granularity: str = parameter(
        "user", "store rule evaluated for each founding user or once", source="6.3", choices=("user", "batch")
    )
    size_prices: SizePrices | None = parameter(
        None, "version 1's prices, which no store rule moves; none gives version 2's", source="5"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.size_prices is not None and not isinstance(self.size_prices, SizePrices):
            raise TypeError(
                f"{type(self).__name__}.size_prices is {self.size_prices!r}; it must be SizePrices"
            )

    @property
    def steps_within_day(self) -> bool:
        """Whether q moves with every client instead of once a day."""
        return self.stepping != "day" and self.store_rule != "constant" and self.size_prices is None


def as_array(number: Number) -> Any:
    """A parameter as a NumPy array, () or (B,)."""
    return number.detach().cpu().numpy() if isinstance(number, Tensor) else np.asarray(float(number))
