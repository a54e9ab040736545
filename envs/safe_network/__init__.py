"""The SAFE network: farming reward, store cost, and a market of vaults and clients."""

from .economy import SafeNetwork
from .state import State

__all__ = ["SafeNetwork", "State"]
