"""The SAFE network of bidding vaults, version 3 of its rules, with its mechanism as levers.

Source: `model.md`, sections B1 to B8, and the network's own.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from typing_extensions import override

from ...core.chance import Chance
from ...core.economy import Economy
from ...core.tensors import Tensors
from .. import accounts
from ..initial import free_upload, initial_state
from ..market import answer
from ..population import lose_vaults, settle
from ..section_laws import FORMULAS
from ..trade import trade, visit
from .auction import call, expected_ratio, first_bidders, post, settle_bids, split_of
from .interface import BIDDING_LEVERS, BIDDING_SENSORS, BIDDING_SHOCKS, read_bidding_sensors
from .parameters import BiddingParameters
from .state import BiddingState


@dataclass(frozen=True)
class BiddingNetwork(BiddingParameters, Economy[BiddingState]):
    """A SAFE network whose vaults bid for the reward of a GET; the store cost follows the reward."""

    name: ClassVar[str] = "safe_network_bidding"
    levers = BIDDING_LEVERS
    sensors = BIDDING_SENSORS
    shocks = BIDDING_SHOCKS
    frozen: ClassVar[tuple[str, ...]] = ("initial_users", "initial_vaults", "total_supply")

    @property
    def compilable(self) -> bool:
        """The laws `hist` and `tree` loop until all newcomers have a home."""
        return self.sections in FORMULAS

    @override
    def initial(self, batch: int, chance: Chance, device: torch.device | str = "cpu") -> BiddingState:
        """The networks just after a founding upload that costs nothing."""
        network = initial_state(self, free_upload(self, 0.0), batch, chance, device)
        split = split_of(self, self.neutral_levers(batch, device))
        bidders = first_bidders(self, network.vaults, split)
        prices = post(self, network, bidders, call(self, bidders))
        ratio = expected_ratio(self, bidders, prices)
        return BiddingState(accounts.open_first_day(self, network, prices, ratio), bidders)

    @override
    def step(self, state: BiddingState, levers: Tensors, shocks: Tensors, chance: Chance) -> BiddingState:
        """One day, in the order of section B1."""
        before, bidders = state
        opened = lose_vaults(self, before, shocks["vault_loss"], chance)
        quotes = call(self, bidders)
        prices = post(self, opened, bidders, quotes, levers["anchor"]).times(levers["reward"], levers["cost"])
        seen = answer(self, opened, prices, expected_ratio(self, bidders, prices), shocks)
        network, clients = settle(self, opened, seen, chance)
        wanted = visit(self, clients, seen.market, chance)
        deal = trade(self, network, wanted, prices)
        closed = accounts.close_day(self, before, opened.vaults, network, prices, seen, wanted, deal, shocks)
        return BiddingState(closed, settle_bids(self, bidders, quotes, opened, closed, levers, shocks))

    @override
    def sense(self, state: BiddingState, levers: Tensors) -> dict[str, Tensor]:
        return read_bidding_sensors(self, state, levers)

    @override
    def collapsed(self, state: BiddingState) -> Tensor:
        return accounts.has_collapsed(self, state.network)

    @override
    def metrics(self, state: BiddingState) -> dict[str, Tensor]:
        return accounts.metrics(self, state.network)

    @override
    def ledger(self, state: BiddingState) -> dict[str, Tensor]:
        return accounts.ledger(self, state.network)
