"""The looked-up law of the lock share is the inverse normal's, draw by draw."""

import torch

from envs.bostrom.kernels import EDGE, candidate_share, quantile
from envs.core.chance import Paired


def levels(word: torch.Tensor) -> torch.Tensor:
    return (torch.clamp(word, 0, 2**32 - 1).to(torch.float64) + 0.5) * 2.0**-32


def test_draws_are_the_quantiles() -> None:
    drawn = Paired(torch.arange(1_000_000)).uniform("share_volt")
    ends = torch.arange(100_000)
    for level in (drawn, levels(ends), levels(2**32 - 1 - ends)):
        assert torch.equal(candidate_share(level), quantile(level).abs())  # -0.0 is 0


def test_no_level_beside_a_jump_is_taken_for_another() -> None:
    jumps = EDGE[EDGE < 1.0]
    assert len(jumps) == 100
    word = (jumps / 2.0**-32).to(torch.int64)
    for beside in range(-2, 3):
        level = levels(word + beside)
        assert torch.equal(candidate_share(level), quantile(level).abs())
    assert (quantile(levels(word)) > quantile(levels(word - 1))).all()
