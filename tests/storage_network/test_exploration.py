"""The explorations, and trust beyond the fixtures."""

from math import tan

import pytest
import torch

from envs.core.chance import Paired, Replay
from envs.storage_network import trust
from envs.storage_network.exploration import (
    explore_classifier,
    explore_regressor,
    explore_treasury,
    fit_power_law,
    power_law,
)

B, T = 64, 120


def test_the_regressors_gap_fades_like_one_over_n() -> None:
    routes = explore_regressor(B, T, Paired(torch.arange(B)))
    early, late = routes.gap[5:15].abs().mean(), routes.gap[105:115].abs().mean()
    assert 0.03 < float(late / early) < 0.4
    assert bool((routes.angle > 0.0).all())
    assert bool((routes.angle < torch.pi / 4.0).all())
    assert bool(((routes.tax > 0.0) == (routes.gap > 0.0)).all())
    slower = routes.gap[20:] > 0.0
    assert float(routes.angle[20:][slower].mean()) > float(routes.angle[20:][~slower].mean())


def test_a_route_learned_by_hand() -> None:
    """One angle of 0.5 rad: within (-1, 1) the first z-value is the angle itself."""
    draws = {"distance": 0.3, "time": tan(0.5)}
    replay = Replay({k: torch.full((1, 1), v, dtype=torch.float64) for k, v in draws.items()})
    routes = explore_regressor(1, 1, replay)
    w = 0.5 / (2.0 / 3.0) ** 0.5
    expected = w * 3.0**0.5 / (4.0 + w * w) ** 0.5
    assert float(routes.angle) == pytest.approx(0.5, abs=1e-12)
    assert float(routes.gap) == pytest.approx(0.5 - expected, abs=1e-12)


def test_the_classifier_calls_noisy_scores_fake() -> None:
    routes = explore_classifier(B, T, Paired(torch.arange(B)))
    assert bool(routes.is_fake[routes.score > 0.8].all())
    assert not bool(routes.is_fake[routes.score < 0.3].any())
    assert 0.05 < float(routes.is_fake.double().mean()) < 0.9
    harsher = explore_classifier(B, T, Paired(torch.arange(B)), exponent=2.0)
    below = routes.score < 1.0
    assert bool((harsher.tax[below] >= routes.tax[below]).all())


def test_the_treasury_settles() -> None:
    for share in (0.1, 0.3):
        balance = explore_treasury(2000, T, Paired(torch.arange(2000)), share)[-1]
        wanted = (1.0 - share) / share
        error = float(balance.std()) / 2000**0.5
        assert abs(float(balance.mean()) - wanted) < 5.0 * error + wanted * (1.0 - share) ** T


@pytest.mark.parametrize("exponent", [1.5, 2.5, 4.0])
def test_the_exponent_is_found_within_its_error(exponent: float) -> None:
    count = 4000
    uniform = Paired(torch.arange(200)).uniform("wait", count).T
    found = fit_power_law(power_law(uniform, exponent, 2.0), 2.0)
    z = (found.value - exponent) / found.error
    assert abs(float(z.mean())) < 5.0 / 200**0.5
    assert 0.8 < float(z.std()) < 1.25
    with pytest.raises(ValueError, match="at least"):
        fit_power_law(torch.tensor([[0.5]]), 1.0)


def test_full_trust_never_falls_by_the_literal_formula() -> None:
    one, mean = torch.ones(1, dtype=torch.float64), torch.full((1,), 0.2, dtype=torch.float64)
    reneges = torch.tensor([True])
    assert float(trust.literal(one, mean, reneges, 5.0)) == 1.0
    assert float(trust.repaired(one, mean, reneges, 5.0)) < 0.1


def test_repaired_trust_stays_within_bounds() -> None:
    scores = torch.linspace(0.0, 1.0, 50, dtype=torch.float64)
    for kappa in (1.0, 8.0):
        for kept in (False, True):
            after = trust.repaired(scores, scores.flip(0), torch.full((50,), not kept), kappa)
            assert bool(((after >= 0.0) & (after <= 1.0)).all())
            assert bool(((after >= scores) if kept else (after <= scores)).all())


def test_reneging_pays_above_the_threshold() -> None:
    surplus, gain = torch.tensor([2.0]).double(), torch.tensor([0.5]).double()
    alone = trust.renege_threshold(surplus, 0.9, gain)
    watched = trust.renege_threshold(surplus, 0.9, gain, audit_rate=0.2, others=10.0, others_gain=0.5)
    assert float(alone) == pytest.approx(9.0)
    assert float(watched) == pytest.approx(27.0)
    chances = [
        float(trust.renege_probability(torch.tensor([p]).double(), alone, 1.0)) for p in (5.0, 9.0, 13.0)
    ]
    assert chances[0] < 0.1
    assert chances[1] == pytest.approx(0.5)
    assert chances[2] > 0.9


def test_audits_hit_and_spread() -> None:
    batch, routes = 500, 20
    chance = Paired(torch.arange(batch))
    registered = torch.ones(batch, routes, dtype=torch.bool)
    misbehaves = registered & (torch.arange(routes) < 5)
    found = trust.audit(registered, misbehaves, 0.3, 2.0, chance)
    assert bool((found.hits <= misbehaves).all())
    assert bool((found.hits <= found.audited).all())
    assert abs(float(found.audited.double().mean()) - 0.3) < 5.0 * (0.21 / batch / routes) ** 0.5
    assert torch.equal(found.cost, 2.0 * found.audited.sum(1))
    scores = torch.full((2, 3, 3), 0.9, dtype=torch.float64)
    after = trust.broadcast(scores, torch.tensor([[True, False, False], [False, False, False]]), 5.0)
    assert torch.equal(after[1], scores[1])
    assert bool((after[0, 1:, 0] < 0.9).all())
    assert float(after[0, 0, 0]) == 0.9
    assert torch.equal(after[0, :, 1:], scores[0, :, 1:])
    unpaid, needed = torch.tensor([[True, False, False]]), torch.tensor([[3, 3, 3]])
    caught = trust.is_misbehaving(unpaid, torch.tensor([[3, 3, 4]]), torch.tensor([[3, 3, 4]]), needed)
    assert caught.tolist() == [[True, False, True]]


def test_clients_act_as_often_as_they_trust() -> None:
    scores = torch.tensor([[0.0, 0.3, 1.0]], dtype=torch.float64).expand(4000, 3)
    acts = trust.acts(scores, Paired(torch.arange(4000))).double().mean(0)
    assert float(acts[0]) == 0.0
    assert float(acts[2]) == 1.0
    assert abs(float(acts[1]) - 0.3) < 0.04
