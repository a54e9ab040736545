"""The responsive storage network: a network of populations that answers to its levers."""

from pathlib import Path

from ...core.model import Model
from ..original import ORIGINAL
from .economy import EscrowGovernor, ResponsiveStorageNetwork, RouterIncentives
from .reference import REFERENCE
from .state import State
from .task import TASKS

MODEL = Model(
    economy=ResponsiveStorageNetwork,
    tasks=TASKS,
    reference=REFERENCE,
    original=ORIGINAL,
    hyperparameters=Path(__file__).with_name("ppo.yml"),
)

__all__ = ["MODEL", "EscrowGovernor", "ResponsiveStorageNetwork", "RouterIncentives", "State"]
