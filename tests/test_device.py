"""What training on a GPU rests on: nothing is fetched from the device, and both devices say the same.

The device "meta" has shapes and no values, and a simulation on it goes the GPU's way: whatever asks for a
value or mixes in a tensor of the CPU raises there. Tests with a GPU skip where none is.
"""

from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor

from envs import TASKS, task_of
from envs.core.simulation import Simulation
from envs.core.tensors import map_record
from train.learning.hyperparameters import hyperparameters
from train.learning.settings import Settings

from . import tank

SAFE = "tokenomics/SafeNetwork-v0"
IDS = sorted(
    {task.economy.name: id for id, task in reversed(TASKS.items())}.values()
)  # one task of every economy
SETTINGS: dict[str, Any] = {
    "n_envs": 16, "n_steps": 4, "batch_size": 32, "n_epochs": 2, "net_arch": [8], "activation": "tanh",
    "gamma": 0.9, "gae_lambda": 0.9, "clip_range": 0.2, "vf_coef": 1.0, "ent_coef": 0.0, "log_std_init": -1.0, "gamma_end": None, "gae_lambda_end": None, "gamma_ramp": 0.5, "averaging": 0.9,
    "max_grad_norm": 10.0, "learning_rate": 1e-2,
}  # fmt: skip
gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


def learner_on(simulation: Simulation) -> Any:
    pytest.importorskip("rsl_rl", reason="rsl-rl-lib comes with the extra gpu")
    from train.learning.device import DeviceLearner

    values = hyperparameters("another") | SETTINGS | {"n_envs": simulation.batch}
    settings = Settings.of(values, task_of(SAFE))
    return DeviceLearner(simulation, settings, 0, str(simulation.device))


def actions(simulation: Simulation, steps: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    size = (steps, simulation.batch, len(simulation.action_map.labels))
    return (2.0 * torch.rand(size, generator=generator, dtype=torch.float64) - 1.0).to(simulation.device)


@pytest.mark.parametrize("name", IDS)
def test_a_step_asks_the_device_for_nothing(name: str) -> None:
    simulation = task_of(name).simulation(16, device="meta", compile=False, cut=2)
    simulation.reset(0)
    for action in actions(simulation, 3):
        transition = simulation.act(action)
    assert transition.observation.device.type == "meta"


def test_meta_device_notices_questions_and_strangers() -> None:
    value = torch.zeros(3, device="meta")
    with pytest.raises(RuntimeError):
        bool(value.any())
    with pytest.raises(RuntimeError):
        value + torch.zeros(3)


def test_rollout_and_epochs_ask_the_device_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.optim, "Adam", lambda parameters, lr, **_: torch.optim.SGD(parameters, lr))
    learner = learner_on(tank.simulation(16, device="meta"))
    learner.rollout()
    assert learner.alg.learn().device.type == "meta"


@gpu
@pytest.mark.parametrize("name", IDS)
def test_cpu_and_gpu_walk_the_same_trajectory(name: str) -> None:
    task = task_of(name)
    here, there = (task.simulation(32, device=device, compile=False, cut=8) for device in ("cpu", "cuda"))
    here.reset(7)
    there.reset(7)
    for ours, theirs in zip(actions(here, 20), actions(there, 20), strict=True):
        one, other = here.act(ours), there.act(theirs)

        def alike(a: Tensor, b: Tensor) -> Tensor:
            torch.testing.assert_close(a, b.cpu(), rtol=1e-9, atol=1e-9, equal_nan=True)
            return a

        map_record(alike, here.run, there.run)
        alike(one.reward, other.reward)


@gpu
def test_rollout_on_the_gpu_never_waits() -> None:
    learner = learner_on(task_of(SAFE).simulation(256, device="cuda", cut=3))
    learner.rollout()  # compiles
    learner.alg.update()
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        learner.rollout()
    finally:
        torch.cuda.set_sync_debug_mode("default")


@gpu
def test_memory_on_the_gpu_does_not_grow() -> None:
    learner = learner_on(task_of(SAFE).simulation(256, device="cuda", cut=3))
    held = []
    for _ in range(6):
        learner.rollout()
        learner.alg.update()
        held.append(torch.cuda.memory_allocated())
    assert all(later <= earlier for earlier, later in pairwise(held[2:]))
