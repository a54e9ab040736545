"""The published baselines of conviction voting, by their own reward formula."""

import pytest

from envs.conviction_voting.published import COLUMNS, PUBLISHED, compare, episodes

RUNS = 100
LIMIT = 4.0  # standard errors; 24 correlated figures exceed it by chance less than once in 600 times


@pytest.mark.parametrize(
    ("policy", "parameter"),
    [("constant", 0.0075), ("constant", 0.001), ("relative", 1.25), ("relative", 2.0)],
)
def test_totals_agree_within_their_standard_errors(policy: str, parameter: float) -> None:
    table = compare(policy, parameter, 100, RUNS, seed=40_000)
    assert set(table) == set(COLUMNS)
    assert max(z for _, _, z in table.values()) < LIMIT, table


def test_another_policy_is_told_apart() -> None:
    """The comparison has teeth: the totals of rho 0.005 are not those published for 0.01."""
    theirs = PUBLISHED["constant", 0.01, 100]
    ours = episodes("constant", 0.005, 100, RUNS, seed=40_000)
    funded = ours["funded"]
    assert float(funded.mean()) - theirs[0] > LIMIT * float(funded.std()) / RUNS**0.5
