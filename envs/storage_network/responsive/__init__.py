"""The responsive storage network: a network of populations that answers to its levers."""

from .economy import EscrowGovernor as EscrowGovernor
from .economy import ResponsiveStorageNetwork as ResponsiveStorageNetwork
from .economy import RouterIncentives as RouterIncentives
from .state import State as State
