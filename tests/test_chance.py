"""The sources of randomness. Statistical tests draw fixed seeds: they pass always or never."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from envs.core.chance import Chance, Exact, Expected, Paired, Replay

FALSE_ALARM = 1e-4  # of each statistical test below, had its seed been random
MANY = 20_000


def paired(count: int, first: int = 0, time: int = 0) -> Paired:
    return Paired(first + torch.arange(count)).at(torch.full((count,), time))


def uniform_enough(draws: torch.Tensor) -> bool:
    return bool(stats.kstest(draws.flatten().numpy(), "uniform").pvalue > FALSE_ALARM)


def test_uniform_over_every_coordinate() -> None:
    """Kolmogorov and Smirnov's test over environments, times, names, elements, and seeds far apart."""
    assert uniform_enough(paired(MANY).uniform("draw"))
    times = Paired(torch.zeros(MANY, dtype=torch.int64)).at(torch.arange(MANY))
    assert uniform_enough(times.uniform("draw"))
    one = paired(1)
    assert uniform_enough(torch.cat([one.uniform(f"draw.{i}") for i in range(MANY // 4)]))
    assert uniform_enough(one.uniform("draw", MANY))
    episodes = Paired(torch.zeros(MANY, dtype=torch.int64), torch.arange(MANY)).at(torch.zeros(MANY).long())
    assert uniform_enough(episodes.uniform("draw"))
    assert uniform_enough(Paired(torch.arange(MANY) << 32).uniform("draw"))
    assert uniform_enough(Paired(-torch.arange(MANY)).uniform("draw"))


def test_neighbours_are_independent() -> None:
    """Correlations over MANY draws, each judged at FALSE_ALARM by the normal approximation."""
    base = paired(MANY)
    first = base.uniform("draw")
    others = {
        "name": base.uniform("draws"),
        "time": paired(MANY, time=1).uniform("draw"),
        "environment": paired(MANY, first=1).uniform("draw"),
        "element": base.uniform("draw", 2)[:, 1],
        "episode": Paired(torch.arange(MANY), torch.ones(MANY).long())
        .at(torch.zeros(MANY).long())
        .uniform("draw"),
    }
    limit = stats.norm.isf(FALSE_ALARM / 2) / math.sqrt(MANY)
    for what, other in others.items():
        correlation = np.corrcoef(first.numpy(), other.numpy())[0, 1]
        assert abs(correlation) < limit, what
        assert not torch.equal(first, other), what


@pytest.mark.parametrize(
    ("draws", "law"),
    [
        (paired(MANY).normal("draw"), stats.norm()),
        (paired(MANY).exponential("draw"), stats.expon()),
        (paired(MANY).gamma("draw", 3), stats.gamma(3)),
    ],
    ids=["normal", "exponential", "gamma"],
)
def test_laws(draws: torch.Tensor, law: object) -> None:
    assert stats.kstest(draws.numpy(), law.cdf).pvalue > FALSE_ALARM  # type: ignore[attr-defined]


def test_same_bits_for_any_batch_and_order() -> None:
    whole = paired(4096, time=3).uniform("draw", 5)
    for rows in ([0], [4095], [7, 3, 1000]):
        few = Paired(torch.tensor(rows)).at(torch.full((len(rows),), 3)).uniform("draw", 5)
        assert torch.equal(few, whole[rows])
    assert torch.equal(paired(9).uniform("draw", 5)[:, :3], paired(9).uniform("draw", 3))


def test_uniform_never_reaches_its_ends() -> None:
    draws = paired(MANY).uniform("draw", 20)
    assert 0.0 < float(draws.min()) < 1e-4
    assert 1.0 - 1e-4 < float(draws.max()) < 1.0


def test_known_bits() -> None:
    """The draws are part of every published result: they must not change."""
    draws = Paired(torch.tensor([0, 1, 2**40])).at(torch.tensor([0, 5, 9125])).uniform("readers")
    words = (draws * 2**32 - 0.5).to(torch.int64).tolist()
    assert words == [366524955, 2122307949, 1183721922]


def test_exact_counts_follow_their_laws() -> None:
    """Chi-squared test of the true binomial and Poisson laws."""
    source = Exact(torch.arange(MANY)).at(torch.zeros(MANY, dtype=torch.int64))
    size, chance, rate = 6, 0.3, 1.5
    counts = torch.full((MANY,), float(size)).double()
    binomial = source.binomial("draw", counts, torch.full_like(counts, chance))
    poisson = source.poisson("other", torch.full_like(counts, rate)).clamp(max=7)
    for draws, law, top in ((binomial, stats.binom(size, chance), size), (poisson, stats.poisson(rate), 7)):
        seen = torch.bincount(draws.long(), minlength=top + 1).numpy()
        wanted = law.pmf(np.arange(top + 1))
        wanted[-1] += 1.0 - wanted.sum()
        assert stats.chisquare(seen, wanted * MANY).pvalue > FALSE_ALARM


def test_rounded_counts_stay_in_range() -> None:
    source = paired(MANY)
    counts = torch.full((MANY,), 5.0).double()
    draws = source.binomial("draw", counts, torch.full_like(counts, 0.5))
    assert set(draws.tolist()) <= {0.0, 1.0, 2.0, 3.0, 4.0, 5.0}
    assert float(source.poisson("draw", counts * 0.1).min()) >= 0.0
    many = torch.full((MANY,), 1e6).double()
    deviation = float(source.binomial("draw", many, torch.full_like(many, 0.2)).std())
    assert deviation == pytest.approx(math.sqrt(1e6 * 0.2 * 0.8), rel=0.03)


def test_expected_gives_means() -> None:
    source: Chance = Expected(3).at(torch.zeros(3, dtype=torch.int64))
    counts, shares = torch.tensor([1.0, 2.0, 3.5]).double(), torch.tensor([0.5, 0.1, 0.2]).double()
    assert source.uniform("draw", 2).tolist() == [[0.5] * 2] * 3
    assert source.normal("draw").tolist() == [0.0] * 3
    assert source.exponential("draw").tolist() == [1.0] * 3
    assert source.gamma("draw", 4, 2).tolist() == [[4.0] * 2] * 3
    assert torch.equal(source.binomial("draw", counts, shares), counts * shares)
    assert torch.equal(source.poisson("draw", counts), counts)


def test_replay_gives_what_was_injected() -> None:
    rows = torch.arange(12, dtype=torch.float64).reshape(3, 1, 4)
    source: Chance = Replay({"draw": rows, "count": rows[:, :, 0]}).at(torch.tensor([2]))
    for draw in (source.uniform, source.normal, source.exponential):
        assert torch.equal(draw("draw", 4), rows[2])
    assert torch.equal(source.gamma("draw", 7, 4), rows[2])
    assert float(source.binomial("count", torch.ones(1), torch.ones(1))) == 8.0
    assert float(source.poisson("count", torch.ones(1))) == 8.0


def test_replay_names_what_is_missing_or_misshapen() -> None:
    source = Replay({"draw": torch.zeros(3, 1, 4)})
    with pytest.raises(KeyError, match="no draw named 'other' to replay; there are \\['draw'\\]"):
        source.uniform("other")
    with pytest.raises(ValueError, match="draw 'draw' has shape \\(4,\\), wanted \\(2,\\)"):
        source.uniform("draw", 2)


@pytest.mark.parametrize("count", [2.0**31 + 1.0, 1e17, 1e19])
def test_exact_draws_of_huge_counts_end(count: float) -> None:
    """SciPy's quantile never returns for counts that float64 cannot count."""
    chance = Exact(torch.arange(3)).at(torch.zeros(3, dtype=torch.int64))
    full = torch.full((3,), count, dtype=torch.float64)
    draw = chance.binomial("x", full, torch.full_like(full, 0.9999))
    assert ((draw <= full) & (draw > 0.99 * full)).all()
    assert (chance.poisson("x", full) > 0.99 * full).all()
