"""The storage network: the published models of a market for messages and storage."""

from ..core.model import Model
from . import published
from .economy import StorageNetwork
from .original import ORIGINAL
from .reference import REFERENCE
from .state import State

MODEL = Model(
    economy=StorageNetwork, tasks=(), reference=REFERENCE, published=published.table, original=ORIGINAL
)

__all__ = ["MODEL", "State", "StorageNetwork"]
