"""The storage network: the published models of a market for messages and storage."""

from .economy import StorageNetwork as StorageNetwork
from .state import State as State
