"""Laws of the responsive network under parameters, levers, shocks and draws that hypothesis chooses."""

from dataclasses import fields
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.core.chance import Expected, Paired
from envs.storage_network.responsive import ResponsiveStorageNetwork
from envs.storage_network.responsive.accounts import total
from envs.storage_network.responsive.interface import LEVERS
from envs.storage_network.responsive.parameters import DELAY, Parameters
from envs.storage_network.responsive.state import State, in_ring

from .cases import leaves, run

quick = settings(max_examples=8, deadline=None)
DECLARED = {one.name: one for one in fields(Parameters)}
SHARES = ("effort", "fake", "skill", "trust", "renege")
WALLETS = ("senders", "storers", "routers", "provers", "market", "treasury")
BATCH = 8

seeds = st.integers(0, 2**31)


def random_levers(seed: int, batch: int = BATCH) -> Any:
    """Levers anywhere in their ranges, a third of them at an end, new in every block."""
    generator = torch.Generator().manual_seed(seed)

    def at(block: int) -> dict[str, torch.Tensor]:
        draws = torch.clamp(
            3.0 * torch.rand(batch, len(LEVERS), generator=generator, dtype=torch.float64) - 1.0, 0.0, 1.0
        )
        return {one.name: one.low + (one.high - one.low) * draws[:, i] for i, one in enumerate(LEVERS)}

    return at


def random_shocks(seed: int, batch: int = BATCH) -> Any:
    """Shocks as hard as any scenario's, and harder, new in every block."""
    generator = torch.Generator().manual_seed(seed + 1)

    def at(block: int) -> dict[str, torch.Tensor]:
        draws = torch.rand(batch, 8, generator=generator, dtype=torch.float64).T
        return {
            "demand": 3.0 * draws[0],
            "bandwidth": 0.05 + 2.0 * draws[1],
            "sybil": torch.clamp(draws[2] - 0.9, min=0.0),
            "novelty": torch.clamp(draws[3] - 0.8, min=0.0),
            "exodus": torch.clamp(draws[4] - 0.9, min=0.0),
            "price": torch.exp(2.0 * draws[5] - 1.0),
            "auditors": 1.5 * draws[6],
            "solvency": 2.0 * draws[7],
        }

    return at


@st.composite
def economies(draw: st.DrawFn) -> ResponsiveStorageNetwork:
    """Some parameters elsewhere in their ranges, ends included and several at once."""
    names = draw(st.lists(st.sampled_from(sorted(DECLARED)), max_size=12, unique=True))
    values = {}
    for name in names:
        rule = DECLARED[name].metadata
        near = st.floats(0.1, 10.0).map(lambda factor, name=name: factor * DECLARED[name].default)
        values[name] = draw(st.sampled_from([rule["low"], rule["high"]]) | near)
        values[name] = min(max(values[name], rule["low"]), rule["high"])
    return ResponsiveStorageNetwork(**values)


def check_laws(states: list[State], tolerance: float = 1e-12) -> None:
    everything = total(states[0])
    for state in states:
        for name, value in leaves(state).items():
            assert value.isfinite().all(), name
        assert ((total(state) / everything - 1.0).abs() < tolerance).all()
        for name in WALLETS:
            assert (getattr(state, name) >= -1e-12 * everything).all(), name
        for amount in (*state.volume, *state.escrow, *state.pledge):
            assert (amount >= 0.0).all()
        for name in SHARES:
            share = getattr(state, name)
            assert ((share >= -1e-15) & (share <= 1.0 + 1e-15)).all(), name
        users = state.adopted + state.loyal
        assert ((state.adopted >= 0.0) & (state.loyal >= 0.0) & (users <= 1.0 + 1e-12)).all()


@quick
@given(economies(), seeds)
def test_tokens_are_conserved_and_every_figure_keeps_its_range(
    economy: ResponsiveStorageNetwork, seed: int
) -> None:
    chance = Paired(seed + torch.arange(BATCH))
    check_laws(run(economy, 40, BATCH, random_levers(seed), random_shocks(seed), chance))


def test_six_hundred_blocks_under_random_levers_and_shocks() -> None:
    economy = ResponsiveStorageNetwork()
    states = run(economy, 600, 64, random_levers(0, 64), random_shocks(0, 64), Paired(torch.arange(64)))
    check_laws(states[::20] + states[-1:])


@pytest.mark.parametrize("end", ["low", "high"])
def test_every_parameter_at_its_end(end: str) -> None:
    batch = len(DECLARED)
    values = {
        name: torch.tensor(
            [one.metadata[end] if i == j else one.default for j in range(batch)], dtype=torch.float64
        )
        for i, (name, one) in enumerate(DECLARED.items())
    }
    states = run(
        ResponsiveStorageNetwork(**values),
        300,
        batch,
        random_levers(1, batch),
        None,
        Paired(torch.arange(batch)),
    )
    check_laws(states[::10] + states[-1:])


@quick
@given(seeds)
def test_what_is_taken_settles_five_blocks_later_bit_for_bit(seed: int) -> None:
    economy = ResponsiveStorageNetwork()
    states = run(economy, 20, BATCH, random_levers(seed), None, Paired(seed + torch.arange(BATCH)))
    for block in range(1, 20 - DELAY):
        taken, due = states[block], states[block + DELAY - 1]
        for ring in ("volume", "escrow", "pledge"):
            assert torch.equal(getattr(taken, ring)[0], getattr(due, ring)[-1])


@quick
@given(economies(), seeds)
def test_networks_of_a_batch_do_not_see_each_other(economy: ResponsiveStorageNetwork, seed: int) -> None:
    alone = run(economy, 5, 1, None, None, Paired(torch.tensor([seed + 3])))
    among = run(economy, 5, BATCH, None, None, Paired(seed + torch.arange(BATCH)))
    for name, value in leaves(alone[-1]).items():
        assert torch.allclose(value, leaves(among[-1])[name][3:4], rtol=1e-12, atol=0.0), name


def test_scaling_tokens_and_messages_changes_units_alone() -> None:
    plain = run(ResponsiveStorageNetwork(), 40)[-1]
    scaled = run(ResponsiveStorageNetwork(price0=54.0), 40)[-1]
    for name in WALLETS:
        assert torch.allclose(getattr(scaled, name), 2.0 * getattr(plain, name), rtol=1e-6)
    for name in (*SHARES, "adopted", "loyal", "latency", "late", "lost"):
        assert torch.allclose(getattr(scaled, name), getattr(plain, name), rtol=1e-6), name
    assert torch.allclose(in_ring(scaled.escrow), 2.0 * in_ring(plain.escrow), rtol=1e-6)


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_parameters_outside_their_range_are_refused(name: str) -> None:
    rule = DECLARED[name].metadata
    for value in (rule["low"] - 1.0, 2.0 * rule["high"] + 1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=rf"\.{name} is .*must be") as raised:
            ResponsiveStorageNetwork(**{name: value})
        assert "\n" not in str(raised.value)
    with pytest.raises(TypeError, match=rf"\.{name} is .*must be a number"):
        ResponsiveStorageNetwork(**{name: "1"})


def test_mean_field_draws_nothing() -> None:
    first, second = (run(ResponsiveStorageNetwork(), 30, 2, chance=Expected(2))[-1] for _ in range(2))
    assert all(
        torch.equal(a, b) for a, b in zip(leaves(first).values(), leaves(second).values(), strict=True)
    )
    assert torch.equal(first.senders[:1], first.senders[1:])
