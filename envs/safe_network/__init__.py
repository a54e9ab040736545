"""The SAFE network: farming reward, store cost, and a market of vaults and clients."""

from ..core.model import Model
from . import published
from .bidding.economy import BiddingNetwork
from .bidding.task import BIDDING_TASK
from .economy import SafeNetwork
from .reference import REFERENCE
from .state import State
from .task import TASK

MODEL = Model(
    economy=SafeNetwork,
    tasks=(TASK,),
    reference=REFERENCE,
    published=published.report,
)
BIDDING = Model(economy=BiddingNetwork, tasks=(BIDDING_TASK,))

__all__ = ["BIDDING", "MODEL", "SafeNetwork", "State"]
