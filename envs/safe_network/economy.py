"""The SAFE network economy that sets its own prices: versions 1 and 2 of its rules.

Source: `model.md`, sections 1 to 6, and the market extension of section 11.1.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from typing_extensions import override

from ..core.chance import Chance
from ..core.economy import Economy
from ..core.tensors import Tensors
from . import accounts
from .initial import initial_state
from .interface import LEVERS, SENSORS, SHOCKS, read_sensors
from .market import answer, price_ratio
from .parameters import Parameters
from .population import lose_vaults, settle
from .prices import PriceLaw, law_of
from .section_laws import FORMULAS
from .state import State
from .trade import trade, trade_in_turn, visit


@dataclass(frozen=True)
class SafeNetwork(Parameters, Economy[State]):
    """Coins pay for storage and reward those who serve it; the network sets both prices.

    Coins paid for storage return to the network and can be farmed again. Nobody's wallet is
    tracked: people hold T − U.
    """

    name: ClassVar[str] = "safe_network"
    levers = LEVERS
    sensors = SENSORS
    shocks = SHOCKS
    frozen: ClassVar[tuple[str, ...]] = ("initial_users", "initial_vaults", "total_supply")

    @property
    def compilable(self) -> bool:
        """The laws `hist` and `tree` loop until all newcomers have a home, clients until all are served."""
        return self.sections in FORMULAS and not (self.steps_within_day and self.stepping == "client")

    @property
    def law(self) -> PriceLaw:
        """How prices begin, move and are read off a state."""
        return law_of(self)

    @override
    def initial(self, batch: int, chance: Chance, device: torch.device | str = "cpu") -> State:
        """The networks just after the founding upload (section 6.3)."""
        state = initial_state(self, self.law.first_coins(self), batch, chance, device)
        prices = self.law.post(self, state, state)
        return accounts.open_first_day(self, state, prices, price_ratio(prices.reward, prices.cost))

    @override
    def step(self, state: State, levers: Tensors, shocks: Tensors, chance: Chance) -> State:
        """One day, in the order of section 6."""
        before = state
        state = lose_vaults(self, state, shocks["vault_loss"], chance)
        state = self.law.move(self, state)
        prices = self.law.post(self, before, state).times(levers["reward"], levers["cost"])
        seen = answer(self, state, prices, price_ratio(prices.reward, prices.cost), shocks)
        morning = state.vaults
        state, clients = settle(self, state, seen, chance)
        wanted = visit(self, clients, seen.market, chance)
        if self.steps_within_day:
            deal = trade_in_turn(self, state, wanted, prices, seen.market, levers["cost"])
        else:
            deal = trade(self, state, wanted, prices)
        return accounts.close_day(self, before, morning, state, prices, seen, wanted, deal, shocks)

    @override
    def sense(self, state: State, levers: Tensors) -> dict[str, Tensor]:
        return read_sensors(self, state, self.law.post(self, state, state), levers)

    @override
    def collapsed(self, state: State) -> Tensor:
        return accounts.has_collapsed(self, state)

    @override
    def metrics(self, state: State) -> dict[str, Tensor]:
        return accounts.metrics(self, state)

    @override
    def ledger(self, state: State) -> dict[str, Tensor]:
        return accounts.ledger(self, state)
