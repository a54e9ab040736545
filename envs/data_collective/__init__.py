"""The data collective: a tokenised private tracker."""

from pathlib import Path

from ..core.model import Model
from . import published
from .economy import DataCollective
from .reference import REFERENCE
from .state import State
from .task import TASKS

MODEL = Model(
    economy=DataCollective,
    tasks=TASKS,
    reference=REFERENCE,
    published=published.table,
    hyperparameters=Path(__file__).with_name("ppo.yml"),
)

__all__ = ["MODEL", "DataCollective", "State"]
