"""The SAFE network: farming reward, store cost, and a market of vaults and clients."""

from ..core.model import Model
from . import published
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

__all__ = ["MODEL", "SafeNetwork", "State"]
