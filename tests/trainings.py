"""Very short trainings on the README's example economy, with both backends where they are installed."""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from docs import example_economy  # noqa: F401  registers its task
from envs import TASKS, register
from train.learning.hyperparameters import hyperparameters
from train.ppo import Arguments

TASK = replace(
    TASKS["tokenomics/Staking-v0"], id="test/Staking-v0", horizon=24, onset=(2, 8), evaluation_onset=4
)
OTHER = replace(TASK, id="test/Other-v0", horizon=32)  # of the same shapes
SMALL: dict[str, Any] = {
    "n_envs": 6, "n_steps": 4, "batch_size": 12, "n_epochs": 2, "net_arch": [8], "averaging": 0.5,
    "learning_rate": "lin_1e-2_1e-4", "gamma": 0.9, "gamma_end": 0.95, "gae_lambda_end": 0.97,
    "env": {"compile": False, "shaping": "lin_2_0"}, "curriculum": {0.0: ["calm"], 0.4: ["calm", "boom"]},
}  # fmt: skip
ROLLOUT = 24  # decisions
BACKENDS = [
    "sb3",
    pytest.param(
        "rsl_rl", marks=pytest.mark.skipif(find_spec("rsl_rl") is None, reason="rsl-rl-lib is missing")
    ),
]

for _task in (TASK, OTHER):
    if _task.id not in TASKS:
        register(_task)


def arguments(out: Path, backend: str = "sb3", rollouts: int = 5, **changes: Any) -> Arguments:
    """Arguments of a training of so many rollouts; `settings` are hyperparameters to change."""
    settings = hyperparameters("another") | SMALL | changes.pop("settings", {})
    options: dict[str, Any] = {
        "task": TASK.id, "steps": rollouts * ROLLOUT, "out": out, "overrides": settings, "threads": 1,
        "device": "cpu", "backend": backend, "evaluate_every": 1e9,
    }  # fmt: skip
    return Arguments(**options | changes)


def events(folder: Path) -> EventAccumulator:
    """All that a training logged."""
    return EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()


def tags(folder: Path) -> set[str]:
    """Tags of scalars and images."""
    found = events(folder).Tags()
    return set(found["scalars"]) | set(found["images"])
