"""The edges' passes: memory that is used again, insertion out of place, and chunks of the slots in use."""

import pytest
import torch

from envs.conviction_voting import ConvictionVoting
from envs.conviction_voting.edges import gate, restake
from envs.conviction_voting.kernels import edges, memory
from envs.conviction_voting.kernels.edges import insert, no_edges
from envs.conviction_voting.kernels.memory import LARGE, blank_like
from envs.core.compiling import has_compiler

from .test_laws import run

MANY = LARGE // (8 * 96 * 48) + 1  # environments whose edges exceed what malloc keeps


def test_memory_is_used_again_only_when_nobody_refers_to_it() -> None:
    like = no_edges(MANY, 96, 48, "cpu")
    first = blank_like(like, 7)
    first.fill_(3.0)
    second = blank_like(like, 7)
    assert second.data_ptr() != first.data_ptr()
    address, view = first.data_ptr(), first[0]
    del first
    third = blank_like(like, 7)
    assert third.data_ptr() != address, "a view still refers to it"
    del view
    again = blank_like(like, 4)
    assert again.data_ptr() == address
    assert bool((again[:, :, 4:7] == 0.0).all())
    assert again.stride() == like.stride()


def test_idle_memory_of_other_sizes_is_given_back() -> None:
    blank_like(no_edges(MANY, 96, 48, "cpu"), 1)
    other = blank_like(no_edges(MANY + 1, 96, 48, "cpu"), 1)
    shapes = {block.memory.shape for block in memory._blocks}
    assert (MANY, 48, 96) not in shapes
    assert tuple(other.transpose(1, 2).shape) in shapes


@pytest.mark.parametrize("batch", [3, MANY])
def test_insertion_leaves_the_older_edges_alone(batch: int) -> None:
    old = no_edges(batch, 96, 48, "cpu")
    old[:, :60, :3] = 0.5
    kept = old.clone()
    joins = torch.arange(batch) % 2 == 0
    place, at = torch.full((batch,), 60), torch.full((batch,), 3)
    row = torch.full((batch, 48), 0.25, dtype=torch.float64)
    row[:, 3:] = 0.0
    column = torch.full((batch, 96), 0.75, dtype=torch.float64)
    new = insert(old, at + 1, joins, place, row, [~joins], [at], [column])
    assert torch.equal(old, kept)
    assert bool((new[joins, 60, :3] == 0.25).all())
    assert bool((new[~joins, :, 3] == 0.75).all())
    new[joins, 60] = 0.0
    new[~joins, :, 3] = 0.0
    assert torch.equal(new, kept)


def test_writing_in_place_changes_no_figure() -> None:
    plain, placed = run(ConvictionVoting(), 8), run(ConvictionVoting(in_place=True), 8)
    assert int(plain.proposals.sum()) > 3 * len(plain.proposals)
    for ours, theirs in zip(plain, placed, strict=True):
        assert torch.equal(ours, theirs)


@pytest.mark.slow
@pytest.mark.skipif(not has_compiler(), reason="no C++ compiler on the path")
def test_slots_in_use_give_what_all_slots_give() -> None:
    generator = torch.Generator().manual_seed(0)
    batch, people, proposals = edges._CHUNK + 40, 20, 12

    def draw(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator, dtype=torch.float64)

    live = torch.randint(1, proposals, (batch,), generator=generator)
    dead = torch.arange(proposals) >= live[:, None]
    affinity = no_edges(batch, people, proposals, "cpu") + draw(batch, people, proposals) * ~dead[:, None, :]
    open_ = gate((draw(batch, proposals) < 0.6) & ~dead)
    choice = (
        (draw(batch, people) < 0.3).double(), torch.full((batch, 1), 0.75).double(),
        torch.full((batch, 1), 0.5).double(), draw(batch, people), torch.zeros(batch, people).double(),
        torch.randint(0, proposals, (batch, people), generator=generator).double(),
    )  # fmt: skip
    rest = (draw(batch, people), draw(batch, people))
    for ours, theirs in zip(
        edges._restake(live, affinity, open_, *choice, *rest),
        restake(affinity, open_, *choice, *rest),
        strict=True,
    ):
        assert ours.dtype == torch.float64
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-15)
