"""Conviction voting: a graph economy of participants and proposals in tensors."""

from ..core.model import Model
from .economy import ConvictionVoting
from .reference import REFERENCE
from .state import State
from .task import TASKS

MODEL = Model(
    economy=ConvictionVoting,
    tasks=TASKS,
    reference=REFERENCE,
)

__all__ = ["MODEL", "ConvictionVoting", "State"]
