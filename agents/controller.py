"""What a controller is, and the ones that need no idea of the economy: `envs.core.control`, where agents look."""

from envs.core.control import Constant, Controller, Random, Sensors, SideBySide, command_for

__all__ = ["Constant", "Controller", "Random", "Sensors", "SideBySide", "command_for"]
