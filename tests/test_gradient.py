"""Trainings that follow the score's own gradient through the economy."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from agents.network import read
from agents.policy import load
from envs import TASKS
from train import ppo
from train.judging.episodes import run
from train.judging.held_out import acting
from train.learning.gradient import Bounded

from .test_resume import differences
from .trainings import TASK, arguments

SETTINGS = {
    "n_steps": 1,
    "batch_size": 6,
    "max_grad_norm": 0.05,
    "learning_rate": 3e-2,
    "curriculum": {},
    "gamma_end": None,
    "env": {"compile": False},
}
SIZE = 6 * TASK.horizon  # decisions of an update


def trained(out: Path, updates: int, **changes: object) -> Path:
    options = {"settings": SETTINGS, "steps": updates * SIZE, "evaluate_every": 0.0}
    return ppo.train(arguments(out, "gradient", **options | changes))  # type: ignore[arg-type]


def test_it_climbs(tmp_path: Path) -> None:
    first, last = (
        read(trained(tmp_path / str(count), count) / "best.pt")["training"]["held_out_score"]
        for count in (1, 40)
    )
    assert last > first + 0.02


@pytest.mark.parametrize("name", ["tokenomics/DataCollective-v0", "tokenomics/StorageNetwork-v0"])
def test_the_gradient_is_that_of_the_score(name: str) -> None:
    """Along a random direction it is what a small step of all actions brings."""
    task = replace(TASKS[name], horizon=4 * TASKS[name].interval)
    simulation = task.simulation(4, compile=False, autoreset=False)
    shape = (4, 4, len(simulation.action_map.labels))
    generator = torch.Generator().manual_seed(0)
    base, way = (0.3 * torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(2))

    def score(actions: torch.Tensor) -> torch.Tensor:
        move = acting(simulation, lambda decision, seen, read: actions[decision])
        return run(simulation, move, torch.arange(4)).scores.mean()

    actions = base.clone().requires_grad_()
    score(actions).backward()
    assert actions.grad is not None
    step = 1e-5
    found = (score(base + step * way) - score(base - step * way)) / (2.0 * step)
    torch.testing.assert_close((actions.grad * way).sum(), found, rtol=1e-3, atol=1e-9)


def test_beyond_the_bounds_only_ways_back_are_followed() -> None:
    x = torch.tensor([-2.0, -2.0, 0.5, 2.0, 2.0], requires_grad=True)
    (Bounded.apply(x) * torch.tensor([1.0, -1.0, 1.0, 1.0, -1.0])).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0.0, -1.0, 1.0, 1.0, 0.0]


def test_resumed_is_uninterrupted(tmp_path: Path) -> None:
    whole, cut = trained(tmp_path / "whole", 4), trained(tmp_path / "cut", 2)
    trained(cut, 4, resume=True)
    assert differences(read(whole / "last.pt"), read(cut / "last.pt")) == []


def test_ppo_goes_on_from_it(tmp_path: Path) -> None:
    begun = trained(tmp_path / "begun", 2)
    own = tmp_path / "own.yml"
    own.write_text(f"{TASK.id}: {{refine: {{gamma_ramp: 0.5}}}}")
    folder = ppo.train(arguments(tmp_path / "on", refine=begun / "best.pt", hyperparameters=own))
    kept, before = (read(path / "best.pt")["training"]["held_out_score"] for path in (folder, begun))
    assert kept >= before


def test_what_it_cannot_learn_on_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match="gradient learns on whole episodes from the initial state; env sets cut"
    ):
        trained(tmp_path / "run", 1, settings=SETTINGS | {"env": {"cut": 4}})
    assert not (tmp_path / "run").exists()


def test_its_policies_are_called_by_what_made_them(tmp_path: Path) -> None:
    assert load(trained(tmp_path / "run", 1) / "best.pt", TASK).name == "gradient"
