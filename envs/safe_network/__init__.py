"""The SAFE network: farming reward, store cost, and a market of vaults and clients."""

from pathlib import Path

from ..core.model import Model
from . import published
from .economy import SafeNetwork
from .original import ORIGINAL
from .reference import REFERENCE
from .state import State
from .task import TASK

MODEL = Model(
    economy=SafeNetwork,
    tasks=(TASK,),
    reference=REFERENCE,
    published=published.table,
    original=ORIGINAL,
    hyperparameters=Path(__file__).with_name("ppo.yml"),
)

__all__ = ["MODEL", "SafeNetwork", "State"]
