"""Token economies as Gymnasium environments. Importing this package registers them.

What the author of an economy needs is here: `from tokenomics_gym import Economy, Lever, ...`, in the clone
`from envs import ...`.
"""

from .core.actions import ActionMap, Increments, Levels
from .core.chance import Chance
from .core.control import Constant, Controller, Random
from .core.dashboard import Panel
from .core.declarations import Lever, LeverSet, Sensor, Shock
from .core.economy import Economy
from .core.model import Case, Model, Original, Track, untracked
from .core.objective import Objective, tolerance
from .core.parameters import parameter
from .core.reference import Reference
from .core.scenario import CALM, Noise, Scenario, Series, Window
from .core.simulation import Simulation
from .core.table import Table
from .core.task import Target, Task
from .registry import ECONOMIES, MODELS, TASKS, load_plugins, model_of, register, task_of
from .version import __version__

__all__ = [
    "CALM", "ECONOMIES", "MODELS", "TASKS", "ActionMap", "Case", "Chance", "Constant", "Controller", "Economy",
    "Increments", "Levels", "Lever", "LeverSet", "Model", "Noise", "Objective", "Original", "Panel", "Random",
    "Reference", "Scenario", "Sensor", "Series", "Shock", "Simulation", "Table", "Target", "Task", "Track", "Window",
    "__version__", "load_plugins", "model_of", "parameter", "register", "task_of", "tolerance", "untracked",
]  # fmt: skip
