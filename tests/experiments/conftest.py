"""The task of the leaking tanks is registered while these tests run, and no longer."""

import sys
from collections.abc import Iterator

import gymnasium
import pytest

from envs import ECONOMIES, MODELS, TASKS

from .files import TANKS


@pytest.fixture(autouse=True, scope="module")
def _tanks() -> Iterator[None]:
    kept = [(one, dict(one)) for one in (gymnasium.registry, TASKS, MODELS, ECONOMIES)]
    yield
    for one, before in kept:
        one.clear()
        one.update(before)
    sys.modules.pop(TANKS, None)
