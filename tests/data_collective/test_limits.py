"""Limits with a known answer (section 9)."""

from math import exp, log

import pytest
import torch

from envs.core.chance import Paired
from envs.data_collective import DataCollective

from .files import SMALL, paths

BATCH = 4
STILL = {"leave_rate": 0.0, "ban_rate": 0.0, "join_rate": 0.0}


def near(ours: torch.Tensor, wanted: torch.Tensor | float, relative: float = 1e-10) -> None:
    torch.testing.assert_close(
        ours, torch.as_tensor(wanted, dtype=torch.float64).expand_as(ours), rtol=relative, atol=1e-12
    )


def test_nobody_asks() -> None:
    economy = DataCollective(**SMALL, host_speed=1e-13)
    supply = torch.full((BATCH,), 2e6, dtype=torch.float64)
    for state in paths(economy, 5, BATCH, shocks={"demand": 0.0}, inflation=0.2):
        near(state.saturation, 1e-6, 1e-9)
        near(state.reach, 0.0)
        assert float(state.fees.max()) < 1e-6
        near(state.minted, 0.2 * supply / 365.0)
        near(state.supply, supply + state.minted - state.burned)
        supply = state.supply


def test_without_elasticity_the_charge_moves_money_alone() -> None:
    economy = DataCollective(**SMALL, elasticity=0.0, patience=0.0)
    cheap, dear = (list(paths(economy, 1, BATCH, download_price=price))[-1] for price in (0.5, 5.0))
    near(cheap.demanded, cheap.requested)
    near(dear.demanded, cheap.demanded)
    near(dear.fees, 10.0 * cheap.fees, 1e-9)


def test_endless_uplinks_hold_the_surge_at_its_lower_end() -> None:
    economy = DataCollective(**SMALL, uplink_median=1e9, balance0=1e3, release_rate=0.0)
    state = next(paths(economy, 1, BATCH, download_price=2.0))
    near(state.fees / state.downloaded, 2.0 / 5.0)


@pytest.mark.parametrize("pricing", ["fixed_gate", "fixed_download"])
def test_without_surge_saturation_is_demand_over_capacity(pricing: str) -> None:
    economy = DataCollective(N=8, K=1, R=4, pricing=pricing, balance0=1e4, release_rate=0.0)
    state = next(paths(economy, 1, BATCH, surge_exponent=0.0, download_price=1.0))
    ratio = state.requested / state.capacity  # the charge is the reference price
    near(state.peak, 1.8 * ratio)
    day = exp(0.15 * log(0.45) + 0.40 * log(0.96) + 0.45 * log(1.8))
    near(state.saturation, day * ratio)
    near(state.fees, state.downloaded)


def test_everybody_is_sampled() -> None:
    economy = DataCollective(**SMALL, audit_response=0.0, freeride0=0.0, **STILL)
    chance = Paired(torch.arange(BATCH))
    before = economy.initial(BATCH, chance.at(torch.full((BATCH,), -1)))
    after = next(paths(economy, 1, BATCH, audit_rate=1.0))
    near(after.slashed, (0.1 * (1.0 - before.uptime) * before.stake).sum(1))
    near(after.members, before.members)


def test_one_region() -> None:
    economy = DataCollective(N=6, K=5, R=1)
    for state in paths(economy, 10, BATCH, geo_boost=2.0):
        near(state.boosted, 0.0)
        near(state.diversity, 1.0)


def test_endless_allotment() -> None:
    for state in paths(DataCollective(**SMALL, free_gb=1e12), 5, BATCH):
        near(state.fees, 0.0)


def test_pool_without_fee() -> None:
    for state in paths(DataCollective(**SMALL, pool_fee=0.0), 20, BATCH):
        near(state.pool_usd * state.pool_token, 250000.0 * 12500.0, 1e-13)


def test_lock_age_counts_for_nothing_at_exponent_zero() -> None:
    """Who stays does not depend on forfeits, and stakers are paid by stake."""
    bound, free = (
        list(paths(DataCollective(**SMALL, handcuff=handcuff), 20, BATCH, lock_exponent=0.0))[-1]
        for handcuff in (0.0, 5.0)
    )
    near(bound.members, free.members)
    bound, free = (
        list(paths(DataCollective(**SMALL, handcuff=handcuff), 20, BATCH, lock_exponent=2.0))[-1]
        for handcuff in (0.0, 5.0)
    )
    assert bool((free.left < bound.left).all())


def test_constant_and_elastic_inflation() -> None:
    supply = torch.full((BATCH,), 2e6, dtype=torch.float64)
    for constant, elastic in zip(
        paths(DataCollective(**SMALL), 8, BATCH),
        paths(DataCollective(**SMALL, mint_elasticity=2.0), 8, BATCH),
        strict=True,
    ):
        near(constant.minted, 0.1 * supply / 365.0)
        supply = constant.supply
        factor = torch.clamp((elastic.load / 0.8) ** 2, 0.25, 4.0)
        near(elastic.minted / (elastic.supply - elastic.minted + elastic.burned), 0.1 * factor / 365.0)
