"""The tasks of the leaking tanks and the robot arm are registered while these tests run, and no longer."""

import sys
from collections.abc import Iterator

import gymnasium
import pytest

from envs import ECONOMIES, MODELS, TASKS

from .files import TANKS

ROBOT = "tests.experiments.robot_task"


@pytest.fixture(autouse=True, scope="module")
def _tanks() -> Iterator[None]:
    kept = [(one, dict(one)) for one in (gymnasium.registry, TASKS, MODELS, ECONOMIES)]
    yield
    for one, before in kept:
        one.clear()
        one.update(before)
    for module in (TANKS, ROBOT):
        sys.modules.pop(module, None)
