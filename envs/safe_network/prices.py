"""What the network asks for storing and pays for reading: two laws, one of them chosen (sections 5 and 6)."""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from ..core.tensors import Number, power
from .initial import Coins, charged_upload, free_upload
from .parameters import Parameters
from .records import SizePrices
from .section_laws import section_count, section_size
from .state import State, filled_share, unfarmed_share

FEWEST_SECTIONS = 2.0  # keeps (ln s)^p positive when an exodus leaves fewer vaults than fill two
LARGEST_SECTION = 200.0  # vaults; the neighbours' median count is limited to [1, 200]


class Prices(NamedTuple):
    """Prices of a day, nanosafe, (B,)."""

    reward: Tensor  # R per GET
    cost: Tensor  # C per PUT
    opening: Tensor  # C before the store rule moved it this morning

    def times(self, reward: Tensor, cost: Tensor) -> "Prices":
        """These prices under multipliers of R and C, (B,)."""
        return Prices(self.reward * reward, self.cost * cost, self.opening * cost)


class PriceLaw(Protocol):
    """How prices begin, move and are read off a state."""

    def first_coins(self, p: Parameters) -> Coins:
        """q, A and U after the founding upload."""

    def move(self, p: Parameters, state: State) -> State:
        """2. What the morning does to q."""

    def post(self, p: Parameters, before: State, state: State) -> Prices:
        """3. Prices before multipliers act; `before` is the state that the day began with."""


class StoreRuleLaw:
    """Version 2: R from the coins left to farm, C = b/q, q moved by the store rule."""

    def first_coins(self, p: Parameters) -> Coins:
        """The founding users pay, one after another."""
        return charged_upload(p)

    def move(self, p: Parameters, state: State) -> State:
        """One evaluation of the store rule moves q by one step."""
        if p.store_rule == "constant" or p.steps_within_day:
            return state
        base = state.farmed if p.store_rule == "proposal" else state.paid
        issued = 1.0 - unfarmed_share(p, state)
        direction = torch.sign(state.paid - (issued + p.buffer) * base)
        q = state.chunks_per_coin + p.q_step * direction
        return state._replace(chunks_per_coin=torch.maximum(q, torch.as_tensor(p.q_min, dtype=torch.float64)))

    def post(self, p: Parameters, before: State, state: State) -> Prices:
        """R = u f b over s or (ln s)^p; C = b/q."""
        count = section_count(p, state)
        if p.reward_divisor == "sections":
            divisor = count
        else:
            divisor = power(torch.log(torch.clamp(count, min=FEWEST_SECTIONS)), p.reward_log_power)
        reward = unfarmed_share(p, state) * filled_share(p, state) * p.nano / divisor
        return Prices(reward, p.nano / state.chunks_per_coin, p.nano / before.chunks_per_coin)


class SizeLaw:
    """Version 1: R falls with the number of sections and their size, C is a multiple of R."""

    def __init__(self, numbers: SizePrices) -> None:
        self.numbers = numbers

    def first_coins(self, p: Parameters) -> Coins:
        """No price exists before the first reading of f."""
        return free_upload(p, p.chunks_per_coin0)

    def move(self, p: Parameters, state: State) -> State:
        """Nothing moves q, and nothing reads it."""
        return state

    def post(self, p: Parameters, before: State, state: State) -> Prices:
        """R from f, u, s and n; C from R."""
        filled, unfarmed = filled_share(p, state), unfarmed_share(p, state)
        count, size = section_count(p, state), section_size(p, state)
        reward = size_reward(filled, unfarmed, count, size, self.numbers.log_power, p.nano)
        cost = size_cost(reward, unfarmed, self.numbers.cost_rule, self.numbers.cost_factor)
        return Prices(reward, cost, cost)


def law_of(p: Parameters) -> PriceLaw:
    """The price law in force: the one place where versions 1 and 2 differ."""
    return StoreRuleLaw() if p.size_prices is None else SizeLaw(p.size_prices)


def size_reward(
    filled: Tensor, unfarmed: Tensor, sections: Tensor, section_size: Tensor, power: Number, nano: float
) -> Tensor:
    """R = ln((f s + 1)^p) · (1/n) · (1/s) · f (f + u + 1), nanosafe, (B,).

    Args:
        filled, unfarmed: f and u. sections: s. section_size: vaults of the median section.
        power: p, 3.2 as published. nano: nanosafes in a safecoin.
    """
    growth = power * torch.log(filled * sections + 1.0)
    size = torch.clamp(section_size, 1.0, LARGEST_SECTION)
    return growth / size / sections * filled * (filled + unfarmed + 1.0) * nano


def size_cost(reward: Tensor, unfarmed: Tensor, rule: str, factor: Number) -> Tensor:
    """C = factor · R, or factor · (1 − u)² · R: a stand-in for the unpublished compensation."""
    if rule == "scarcity":
        return factor * (1.0 - unfarmed) ** 2 * reward
    return factor * reward
