"""The race: judging many policies at once is judging each by itself, and the table names the winner."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from agents.network import PolicyNetwork, Shape, content_of
from agents.policy import load, made_for
from agents.registry import baseline, controller
from envs import task_of
from train.judging.assess import assess
from train.judging.statistics import Estimate
from train.race import Checkpoint, judge, row

TASK = replace(task_of("tokenomics/SafeNetwork-v0"), horizon=100, evaluation_onset=10, onset=(5, 50))


def checkpoint(folder: Path, seed: int) -> Checkpoint:
    torch.manual_seed(seed)
    shape = Shape(20, 2, (8,), "tanh", "tanh")
    parameters = {
        f"actor.{name}": 0.3 * torch.randn_like(value)
        for name, value in PolicyNetwork(shape).state_dict().items()
    }
    path = folder / f"{seed}.pt"
    torch.save(content_of(shape, parameters, made_for(TASK, 7, None, False), {}), path)
    return Checkpoint("rsl_rl", path, 3.0 + seed, 1.0 + seed)


def test_judging_together_is_judging_one_by_one(tmp_path: Path) -> None:
    checkpoints = [checkpoint(tmp_path, seed) for seed in range(3)]
    judge(TASK, checkpoints, draws=3)
    rule = assess(TASK, controller(TASK, baseline(TASK)), 3).episodes["score"]
    for one in checkpoints:
        alone = assess(TASK, load(one.path, TASK), 3).episodes["score"]
        assert one.advantage.value == pytest.approx(float((alone - rule).mean()), abs=1e-12)
        assert one.advantage.low < one.advantage.value < one.advantage.high
    assert len({one.advantage.value for one in checkpoints}) == 3


def test_first_checkpoint_above_zero_wins() -> None:
    def at(second: float, *advantage: float) -> Checkpoint:
        return Checkpoint("sb3", Path("x"), second + 10.0, second, Estimate(*advantage))

    behind, first, better = at(5, 0.01, -0.01, 0.03), at(10, 0.02, 0.01, 0.03), at(15, 0.04, 0.03, 0.05)
    shown = row("sb3", [behind, first, better], 20.0)
    assert shown == ("sb3", "20.0", "10.0", "0.0200 [0.0100, 0.0300]", "0.0400 [0.0300, 0.0500]")
    assert "not within 20 s" in row("sb3", [behind], 20.0)[1]
    assert np.isnan(Checkpoint("sb3", Path("x"), 0.0, 0.0).advantage.low)
