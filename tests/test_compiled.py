"""The compiled simulation is the eager one."""

from dataclasses import fields

import pytest
import torch

from envs import task_of
from envs.core.chance import Paired
from envs.core.compiling import has_compiler
from envs.core.simulation import Transition
from envs.core.tensors import map_record


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
