"""Version 3 of the SAFE network: vaults bid for the price of storage."""

from pathlib import Path

from ...core.model import Model
from .economy import BiddingNetwork
from .state import BiddingState
from .task import BIDDING_TASK

MODEL = Model(
    economy=BiddingNetwork, tasks=(BIDDING_TASK,), hyperparameters=Path(__file__).with_name("ppo.yml")
)

__all__ = ["MODEL", "BiddingNetwork", "BiddingState"]
