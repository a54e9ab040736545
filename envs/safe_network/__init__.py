"""The SAFE network: farming reward, store cost, and a market of vaults and clients."""

from pathlib import Path

from ..core.model import Model
from . import published
from .bidding.economy import BiddingNetwork
from .bidding.task import BIDDING_TASK
from .economy import SafeNetwork
from .original import ORIGINAL
from .reference import REFERENCE
from .state import State
from .task import TASK

HYPERPARAMETERS = Path(__file__).with_name("ppo.yml")
MODEL = Model(
    economy=SafeNetwork,
    tasks=(TASK,),
    reference=REFERENCE,
    published=published.table,
    original=ORIGINAL,
    hyperparameters=HYPERPARAMETERS,
)
BIDDING = Model(economy=BiddingNetwork, tasks=(BIDDING_TASK,), hyperparameters=HYPERPARAMETERS)

__all__ = ["BIDDING", "MODEL", "SafeNetwork", "State"]
