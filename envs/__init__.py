"""Token economies as Gymnasium environments. Importing this package registers them."""

from .core.task import Task
from .registry import ECONOMIES, TASKS, register, register_all, task_of

register_all()

__all__ = ["ECONOMIES", "TASKS", "Task", "register", "task_of"]
