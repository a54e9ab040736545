"""Conservation and limits of section 9 under random parameters, levers, shocks, seeds and sizes."""

from dataclasses import fields
from typing import Any

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from envs.core.chance import Paired
from envs.data_collective import DataCollective, State
from envs.data_collective.interface import LEVERS, SHOCKS
from envs.data_collective.parameters import Parameters

NUMBERS = [one for one in fields(Parameters) if isinstance(one.default, float)]
FIXED = ("supply0", "pool0", "treasury0")
WILD = {
    "demand": (0.0, 10.0), "hype": (0.0, 40.0), "exodus": (0.0, 1.0), "bandwidth": (0.1, 10.0),
    "dump": (0.0, 0.3), "gloom": (-2.0, 2.0), "freeride": (0.0, 10.0), "sybil": (0.0, 300.0),
}  # fmt: skip


def value_of(draw: st.DrawFn, one: Any) -> float:
    """Within the declared range, from nothing to three times the default, often at an end."""
    rules = one.metadata
    low = rules["low"] if rules["low"] is not None else rules["above"] + 0.02 * max(one.default, 0.1)
    high = rules["high"] if rules["high"] is not None else 3.0 * max(one.default, 0.3)
    return draw(st.one_of(st.just(one.default), st.just(low), st.just(high), st.floats(low, high)))


@st.composite
def economies(draw: st.DrawFn) -> DataCollective:
    regions = draw(st.integers(1, 4))
    changed = draw(st.lists(st.sampled_from(NUMBERS), max_size=8, unique_by=lambda one: one.name))
    return DataCollective(
        N=regions * draw(st.integers(1, 3)),
        K=draw(st.integers(1, 5)),
        R=regions,
        pricing=draw(st.sampled_from(["fixed_gate", "fixed_download"])),
        **{one.name: value_of(draw, one) for one in changed if one.name not in FIXED},
    )


def wild(generator: torch.Generator, low: float, high: float, batch: int) -> Tensor:
    """Anywhere between the bounds, a third of the values at one of them."""
    u = torch.rand(batch, 2, generator=generator, dtype=torch.float64)
    inside = low + (high - low) * u[:, 0]
    return torch.where(u[:, 1] < 1 / 6, low, torch.where(u[:, 1] < 1 / 3, high, inside))


@settings(max_examples=25, deadline=None)
@given(economy=economies(), seed=st.integers(0, 2**40))
def test_laws_hold_every_day(economy: DataCollective, seed: int) -> None:
    batch, days = 3, 25
    generator = torch.Generator().manual_seed(seed % 2**31)
    chance = Paired(seed + torch.arange(batch))
    before = economy.initial(batch, chance.at(torch.full((batch,), -1)))
    positions = economy.neutral_levers(batch)
    with torch.inference_mode():
        for day in range(days):
            if day % 5 == 0:
                positions = {one.name: wild(generator, one.low, one.high, batch) for one in LEVERS}
                shocks = {
                    one.name: torch.where(
                        torch.rand(batch, generator=generator) < 0.4,
                        wild(generator, *WILD[one.name], batch),
                        one.neutral,
                    )
                    for one in SHOCKS
                }
            after = economy.step(before, positions, shocks, chance.at(before.time))
            check(economy, before, after)
            before = after


def check(economy: DataCollective, before: State, after: State) -> None:
    for name, value in after._asdict().items():
        assert bool(torch.isfinite(value).all()), name
    ledger = economy.ledger(after)
    close(ledger["VIDYA.unaccounted"], torch.zeros(1), after.supply, "supply is what accounts hold")
    close(
        after.supply - before.supply,
        after.minted - after.burned,
        after.supply,
        "supply moves by mint and burn",
    )
    close(after.uploaded, after.downloaded, after.uploaded + 1e-3, "what is sent is received")
    close(after.pool_usd - before.pool_usd, after.usd_in, after.pool_usd, "USD of the pool")
    assert bool((after.uploaded <= after.capacity * (1 + 1e-9)).all())
    product = after.pool_usd * after.pool_token / (before.pool_usd * before.pool_token)
    assert bool((product >= 1.0 - 1e-12).all())
    stored = (after.hosted * after.size[:, None]).sum(2)
    assert bool((stored <= after.disk * (1 + 1e-9)).all())
    assert float(after.hosted.min()) >= 0.0
    assert float(after.hosted.max()) <= 1.0 + 1e-12
    assert bool((after.members <= after.potential * (1 + 1e-12)).all())
    for name in ("members", "balance", "stake", "lock_age", "seeded", "leeched", "backlog", "pool_token", "pool_usd",
                 "holders", "vesting", "treasury", "sybils", "sybil_stake", "minted", "burned", "unpaid"):  # fmt: skip
        assert float(getattr(after, name).min()) >= -1e-9, name
    for name in ("availability", "served", "diversity", "profiting", "worst", "offered"):
        assert float(getattr(after, name).min()) >= 0.0, name
        assert float(getattr(after, name).max()) <= 1.0 + 1e-9, name


def close(ours: Tensor, wanted: Tensor, scale: Tensor, law: str) -> None:
    assert bool(((ours - wanted).abs() <= 1e-9 * scale).all()), f"{law}: off by {(ours - wanted).abs().max()}"
