"""The rows of inference and training: they are measured, and count decisions and steps alike."""

from importlib.util import find_spec
from time import perf_counter
from typing import Any

import pytest

from envs import task_of
from train.judging.training_speed import processes, settings_at, trained

TASK = task_of("tokenomics/SafeNetwork-v0")
SMALL: dict[str, Any] = {
    "n_envs": 4, "n_steps": 4, "batch_size": 8, "n_epochs": 1, "net_arch": [8], "env": {"compile": False, "interval": 2},
}  # fmt: skip


def test_rollouts_keep_their_size() -> None:
    settings = settings_at(TASK, 64, "rsl_rl", {"n_envs": 512, "n_steps": 64})
    assert (settings.n_envs, settings.n_steps) == (64, 512)
    assert settings_at(TASK, 2**17, "sb3", {}).n_steps == 1


def test_every_row_is_measured() -> None:
    figures = trained(TASK, 4, "cpu", perf_counter, seconds=0.01, rounds=1, overrides=SMALL)
    names = ["SB3's VecEnv", "training, SB3", "environment + inference", "training, rsl_rl"]
    assert [figure.name for figure in figures] == names
    for figure in figures[: 4 if find_spec("rsl_rl") else 2]:
        assert figure.decisions_per_second is not None
        assert figure.steps_per_second == pytest.approx(2.0 * figure.decisions_per_second)


@pytest.mark.slow
def test_processes_of_one_environment_each() -> None:
    figure = processes(TASK, 2, seconds=0.1, rounds=1)
    assert figure.decisions_per_second is not None
    assert figure.decisions_per_second > 1.0
