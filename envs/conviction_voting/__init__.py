"""Conviction voting: a graph economy of participants and proposals in tensors."""

from pathlib import Path

from ..core.model import Model
from . import published
from .economy import ConvictionVoting
from .original import ORIGINAL
from .reference import REFERENCE
from .state import State
from .task import TASKS

MODEL = Model(
    economy=ConvictionVoting,
    tasks=TASKS,
    reference=REFERENCE,
    published=published.table,
    original=ORIGINAL,
    hyperparameters=Path(__file__).with_name("ppo.yml"),
)

__all__ = ["MODEL", "ConvictionVoting", "State"]
