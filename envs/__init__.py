"""Token economies as Gymnasium environments. Importing this package registers them."""

from .core.model import Model
from .core.reference import Reference
from .core.task import Task
from .registry import ECONOMIES, MODELS, TASKS, model_of, register, task_of

__all__ = [
    "ECONOMIES", "MODELS", "TASKS", "Model", "Reference", "Task", "model_of", "register", "task_of",
]  # fmt: skip
