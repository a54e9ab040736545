"""Bostrom: an inflationary proof-of-stake token with resource tokens and a market for links."""

from pathlib import Path

from ..core.model import Model
from . import published
from .economy import Bostrom
from .original import ORIGINAL
from .reference import REFERENCE
from .state import State
from .task import TASKS

MODEL = Model(
    economy=Bostrom,
    tasks=TASKS,
    reference=REFERENCE,
    published=published.table,
    original=ORIGINAL,
    hyperparameters=Path(__file__).with_name("ppo.yml"),
)

__all__ = ["MODEL", "Bostrom", "State"]
