"""The compiled simulation is the eager one."""

from dataclasses import fields

import pytest
import torch

from envs import task_of
from envs.core.chance import Paired
from envs.core.compiling import has_compiler
from envs.core.options import Options
from envs.core.simulation import Simulation, Transition
from envs.core.tensors import map_record

from .tank import HoldLevel, Tank, simulation


@pytest.mark.slow
@pytest.mark.skipif(not has_compiler(), reason="no C++ compiler on the path")
def test_compiled_equals_eager() -> None:
    """Every leaf of the run and of the transition, to 1e-12, under random actions in every scenario."""
    task, batch = task_of("tokenomics/SafeNetwork-v0"), 64
    runs = [task.simulation(batch, interval=1, onset=5, compile=choice) for choice in (False, True)]
    eager, compiled = runs
    assert compiled.compiled
    assert not eager.compiled
    scenario = torch.arange(batch) % len(task.scenarios)
    for run in runs:
        run.reset(3, scenario=scenario)
    draws = Paired(torch.arange(batch))
    for day in range(30):
        action = 2.0 * draws.at(torch.full((batch,), day)).uniform("action", 2) - 1.0
        first, second = (run.act(action) for run in runs)

        def near(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
            rounding = 1e-6 if a.dtype == torch.float32 else 1e-12  # float32 at the edge: one last digit
            torch.testing.assert_close(a, b, rtol=rounding, atol=rounding)
            return a

        for one in fields(Transition):
            if one.name != "read":
                map_record(near, (getattr(first, one.name),), (getattr(second, one.name),))
        map_record(near, (first.sensors,), (second.sensors,))
        map_record(near, eager.run, compiled.run)


@pytest.mark.slow
@pytest.mark.skipif(not has_compiler(), reason="no C++ compiler on the path")
def test_compiled_graphs_are_given_what_they_were_made_for() -> None:
    """Layouts that differ from the first call's give the same; what cannot be had is refused."""
    tanks = [simulation(64, interval=2, compile=choice) for choice in (False, True)]
    for tank in tanks:
        tank.reset(0)
    actions = torch.linspace(-1.0, 1.0, 128).reshape(64, 2)
    for action in (actions[:, :1], actions.to(torch.float64)[:, 1:], torch.zeros(1, 64).T):
        eager, compiled = (tank.act(action).observation for tank in tanks)
        torch.testing.assert_close(eager, compiled)
    eager, compiled = (tank.step({"tap": torch.tensor(0.5)}).observation for tank in tanks)
    torch.testing.assert_close(eager, compiled)
    with pytest.raises(ValueError, match=r"shape \(3, 1\); it must be \(64, 1\)"):
        tanks[1].act(torch.zeros(3, 1))
    with pytest.raises(RuntimeError, match="use compile=False"):
        tanks[1].act(torch.zeros(64, 1, requires_grad=True))


@pytest.mark.slow
@pytest.mark.skipif(not has_compiler(), reason="no C++ compiler on the path")
def test_every_simulation_has_graphs_of_its_own() -> None:
    """Two economies, and parameters that change from episode to episode, although no guard tells them apart."""
    for start, randomise in ((10.0, {}), (20.0, {}), (10.0, {"start": (0.5, 1.5)})):
        ends = []
        for choice in (False, True):
            options = Options(horizon=3, randomise=randomise, compile=choice)
            run = Simulation(Tank(start=start), HoldLevel(), options, batch=64)
            run.reset(0)
            ends.append([run.act(torch.zeros(64, 1)).observation for _ in range(7)])
        for eager, compiled in zip(*ends, strict=True):
            torch.testing.assert_close(eager, compiled)
