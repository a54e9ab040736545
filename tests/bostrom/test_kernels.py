"""Bostrom's kernels: release books, and the looked-up law of the lock share, which is the inverse normal's draw by draw."""

from dataclasses import replace

import torch

from envs.bostrom import Bostrom
from envs.bostrom.kernels import EDGE, candidate_share, quantile, within
from envs.core.chance import Expected, Paired

from .files import run


def test_books_in_place_are_the_same_books() -> None:
    for mode in ("overwrite", "accumulate"):
        plain = Bostrom(share_law="random", books=mode, book_days=400)
        chance = Paired(torch.arange(3))
        end = run(plain, chance, 500, 3)[-1]
        same = run(replace(plain, in_place=True), chance, 500, 3)[-1]
        assert all(torch.equal(a, b) for a, b in zip(end, same, strict=True))


def test_a_day_is_booked_once() -> None:
    economy = Bostrom(books="accumulate", in_place=True)
    levers, shocks = economy.neutral_levers(2), economy.neutral_shocks(2)
    state = economy.initial(2, Expected(2))
    once = economy.step(state, levers, shocks, Expected(2))
    book = once.volt_book.clone()
    again = economy.step(state._replace(booked=once.booked), levers, shocks, Expected(2))
    assert torch.equal(again.volt_book, book)


def test_what_is_due_is_read_from_the_books() -> None:
    day = torch.tensor([0, 95])
    book = torch.arange(100.0, dtype=torch.float64).repeat(2, 1)
    assert within(book, day, 10).tolist() == [45.0, sum([95, 96, 97, 98, 99, 0, 1, 2, 3, 4])]
    assert within(torch.ones_like(book), day, 90, 5).tolist() == [90.0, 90.0]
    assert within(torch.ones_like(book), day, 365, 15).tolist() == [100.0, 100.0]


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
