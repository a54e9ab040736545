"""The compiled day is the eager one."""

import pytest
import torch

from envs.core.compiling import has_compiler
from envs.data_collective.task import TASKS

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not has_compiler(), reason="no C++ compiler on the path")]


@pytest.mark.parametrize("pricing", ["fixed_gate", "fixed_download"])
def test_compiled_equals_eager(pricing: str) -> None:
    plain, fast = (
        TASKS[0].simulation(9, compile=compiled, economy={"pricing": pricing}) for compiled in (False, True)
    )
    action = torch.rand(9, 9, generator=torch.Generator().manual_seed(1)) * 2.0 - 1.0
    for one in (plain, fast):
        one.reset(torch.arange(9), torch.arange(9), torch.full((9,), 10))
    with torch.inference_mode():
        for _ in range(4):
            wanted, ours = plain.act(action), fast.act(action)
            torch.testing.assert_close(ours.reward, wanted.reward, rtol=1e-9, atol=1e-9)
    assert plain.run is not None
    assert fast.run is not None
    for name, value in plain.run.state._asdict().items():
        torch.testing.assert_close(
            getattr(fast.run.state, name),
            value,
            rtol=1e-8,
            atol=1e-8,
            msg=lambda text, name=name: f"{name}: {text}",
        )
