"""Version 3 of the SAFE network: vaults bid for the price of storage."""

from ...core.model import Model
from .economy import BiddingNetwork
from .state import BiddingState
from .task import BIDDING_TASK

MODEL = Model(economy=BiddingNetwork, tasks=(BIDDING_TASK,))

__all__ = ["MODEL", "BiddingNetwork", "BiddingState"]
