"""Seeds: blocks that share none, and trainings that keep to theirs."""

from pathlib import Path

import gymnasium
import pytest
import torch

from agents.seeds import BLOCKS, ENVIRONMENTS, TEST, TRAINING, TRAININGS, Block, check_disjoint, training
from envs import task_of
from train import ppo
from train.learning.training import Training

from .trainings import BACKENDS, arguments

SAFE = "tokenomics/SafeNetwork-v0"


def test_blocks_share_no_seed() -> None:
    check_disjoint(BLOCKS)
    with pytest.raises(ValueError, match="the seeds for one and for other overlap"):
        check_disjoint([Block("other", 9, 5), Block("one", 0, 10)])
    with pytest.raises(ValueError, match=r"the seeds for late exceed 2\^63 - 1"):
        check_disjoint([Block("late", 2**63 - 1, 2)])


def test_a_block_is_not_left() -> None:
    assert TEST.seeds(torch.tensor([0, 2])).tolist() == [TEST.first, TEST.first + 2]
    with pytest.raises(ValueError, match="50000001 seeds are asked for; the block for final figures holds"):
        TEST.seeds(torch.tensor([TEST.size]))


def test_every_training_has_a_block_of_its_own() -> None:
    assert training(0, 512) == TRAINING.first
    assert training(1, ENVIRONMENTS) - training(0, ENVIRONMENTS) == ENVIRONMENTS
    assert training(TRAININGS - 1, ENVIRONMENTS) + ENVIRONMENTS == TRAINING.end
    with pytest.raises(ValueError, match="n_envs is 1048577; it must be a whole number from 1 to 1048576"):
        training(0, ENVIRONMENTS + 1)


@pytest.mark.parametrize("seed", [-1, TRAININGS, 2**63, 1.5, True])
def test_a_seed_that_is_none_is_refused_before_anything_is_written(seed: int, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"--seed is {seed}; it must be a whole number from 0 to 4294967295"):
        ppo.train(ppo.Arguments(seed=seed, out=tmp_path / "run"))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("backend", BACKENDS)
def test_trainings_live_on_the_seeds_of_their_blocks(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the learner seeds on its own."""
    found: list[list[int]] = []
    iterate = Training.iterate

    def watched(self: Training) -> None:
        iterate(self)
        run = self.learner.environment.simulation.run
        assert run is not None
        found.append(run.seed.tolist())

    monkeypatch.setattr(Training, "iterate", watched)
    for seed in (0, 1, TRAININGS - 1):
        ppo.train(arguments(tmp_path / f"{seed}", backend, rollouts=2, seed=seed))
        for seeds in found:
            assert seeds == list(range(training(seed, 6), training(seed, 6) + 6))
        assert len(found) == 2
        found.clear()


def test_seeds_fill_64_bits() -> None:
    """Numbers beyond int64 are seeds too, in every door, and environment i of seed s is that of s + i."""
    vector = gymnasium.make_vec(SAFE, num_envs=3, compile=False)
    for first in (2**63 - 2, 2**64 - 3):
        together, _ = vector.reset(seed=first)
        listed, _ = vector.reset(seed=[first, first + 1, first + 2])
        assert (together == listed).all()
        draws = vector.unwrapped.simulation.dynamics.episode_draws  # type: ignore[attr-defined]
        alone = []
        for i in range(3):
            one = task_of(SAFE).simulation(1)
            one.reset(first + i)
            alone.append(int(one.run.seed))
        run = vector.unwrapped.simulation.run  # type: ignore[attr-defined]
        assert run.seed.tolist() == alone
        assert len(set(draws(run.seed, run.episode).uniform("x").tolist())) == 3
    with pytest.raises(ValueError, match="seed is 18446744073709551616; it must be a whole number from 0"):
        task_of(SAFE).simulation(1).reset(2**64)
