"""Bostrom: an inflationary proof-of-stake token with resource tokens and a market for links."""

from ..core.model import Model
from . import published
from .economy import Bostrom
from .reference import REFERENCE
from .state import State
from .task import TASKS

MODEL = Model(
    economy=Bostrom,
    tasks=TASKS,
    reference=REFERENCE,
    published=published.report,
)

__all__ = ["MODEL", "Bostrom", "State"]
