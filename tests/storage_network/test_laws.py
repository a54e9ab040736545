"""Laws of the storage network on models, parameters, draws and repairs that hypothesis chooses."""

from dataclasses import fields
from typing import Any

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings

from envs.core.chance import Expected, Paired
from envs.storage_network import State, StorageNetwork
from envs.storage_network.accounts import columns
from envs.storage_network.parameters import NODES, I, J, K, Repairs
from envs.storage_network.variants import ORDERS, VARIANTS

BATCH, BLOCKS = 4, 30
laws = settings(max_examples=5, deadline=None)
MARKETS = [name for name, settings_ in VARIANTS.items() if settings_["layer"] == "tokens"]
NETWORKS = [name for name, settings_ in VARIANTS.items() if settings_["layer"] != "funnel"]
SWITCHES = [field.name for field in fields(Repairs) if field.default is False]


def rates(largest: float) -> Any:
    return st.floats(0.0, largest)


@st.composite
def markets(draw: Any, repaired: bool = False) -> StorageNetwork:
    """A market with any rates, shares, wallets and order, and any repairs if so asked."""
    variant = draw(st.sampled_from(MARKETS))
    route = draw(st.floats(0.0, 0.5))
    changed: dict[str, Any] = {
        "tax_rate": draw(rates(0.5)), "subsidy_treasury": draw(rates(0.5)), "subsidy_escrow": draw(rates(0.5)),
        "route_allocation": route, "store_allocation": draw(st.floats(0.0, 0.5)),
        "starting_treasury": draw(st.sampled_from([0.0, 100.0, 2000.0])),
        "i_wallet": draw(st.floats(0.0, 3000.0)), "j_prove_likelihood": draw(st.floats(0.0, 1.0)),
        "penalty_exponent": draw(st.floats(1.0, 12.0)), "fake_threshold": draw(st.floats(0.5, 1.3)),
        **ORDERS[draw(st.sampled_from(list(ORDERS)))],
    }  # fmt: skip
    if repaired:
        changed |= {name: draw(st.booleans()) for name in SWITCHES}
        changed["forgetting"] = draw(st.sampled_from([0.0, 0.1]))
        changed["files_per_size"] = draw(st.sampled_from([1, 3]))
        changed["misbehaviour"] = draw(st.sampled_from([None, 0.2]))
    return StorageNetwork.of(variant, **changed)


def run(economy: StorageNetwork, seed: int, blocks: int = BLOCKS) -> list[State]:
    chance = Paired(seed + torch.arange(BATCH))
    levers = economy.neutral_levers(BATCH)
    states = [economy.initial(BATCH, chance.at(torch.full((BATCH,), -1)))]
    for _ in range(blocks):
        states.append(economy.step(states[-1], levers, {}, chance.at(states[-1].time)))
    return states


def tokens(economy: StorageNetwork, state: State) -> torch.Tensor:
    accounts = economy.ledger(state)
    return torch.stack([value for name, value in accounts.items() if not name.startswith("flow")]).sum(0)


@laws
@given(markets(), st.integers(0, 2**40))
def test_tokens_are_conserved(economy: StorageNetwork, seed: int) -> None:
    states = run(economy, seed)
    start = tokens(economy, states[0])
    for state in states[1:]:
        assert torch.allclose(tokens(economy, state), start, rtol=1e-12, atol=1e-7)
    if economy.pay_at == "request":
        assert bool(
            ((state.paid + state.active.length + state.located.length + state.routed.length) == BLOCKS).all()
        )
        if economy.prove_allocation is None:
            assert bool((state.destroyed == 0.0).all())


@laws
@given(markets(repaired=True), st.integers(0, 2**40))
def test_repairs_conserve_tokens_too(economy: StorageNetwork, seed: int) -> None:
    states = run(economy, seed)
    start = tokens(economy, states[0])
    for state in states[1:]:
        assert torch.allclose(tokens(economy, state), start, rtol=1e-12, atol=1e-7)
        if economy.affordable and economy.pay_at == "request":
            assert bool((state.wallets[:, 0] >= 0.0).all())
        if economy.keeps_balance and economy.counts_start and economy.prove_allocation is None:
            assert bool((state.destroyed.abs() < 1e-9).all())
        if economy.bounded:
            assert bool((state.subsidy >= 0.0).all())
            assert bool((state.wallets[:, 1:] >= -1e-9).all())
            assert bool((state.treasury >= -1e-9).all())


@laws
@given(st.sampled_from(NETWORKS), st.integers(0, 2**40), st.floats(50.0, 900.0), st.floats(0.0, 2000.0))
def test_storage_keeps_within_capacity(variant: str, seed: int, small: float, large: float) -> None:
    capacity = {"i_storage": small, "j_storage": small, "k_storage": large}
    economy = StorageNetwork.of(variant, **capacity)
    for state in run(economy, seed):
        assert bool((state.used[:, [I, J, K]] <= torch.tensor([small, small, large])).all())
        assert bool((state.used >= 0.0).all())
        assert bool((state.least <= state.gross).all())


def test_only_validation_lets_storage_shrink() -> None:
    """Q3: what k forwards overwrites what j holds; repaired, storage only grows."""
    for changed, shrinks in (({}, True), ({"adds_to_receiver": True}, False)):
        states = run(StorageNetwork.of("validation_model", **changed), 5)
        used = torch.stack([state.used for state in states])
        assert bool((used[1:] < used[:-1]).any()) == shrinks


@laws
@given(st.integers(0, 2**40), st.floats(0.0, 0.2), st.floats(0.0, 10.0), st.floats(0.0, 0.01), st.booleans())
def test_pools_conserve_people(
    seed: int, leak: float, threshold: float, response: float, mended: bool
) -> None:
    economy = StorageNetwork.of(
        "adoption", leak_coefficient=leak, threshold=threshold, response=response, mended_funnel=mended
    )
    largest = torch.zeros(BATCH, dtype=torch.float64)
    for state in run(economy, seed):
        largest = torch.maximum(largest, state.pools.abs().sum(1))  # the original's flows may exceed a pool
        assert bool(((state.pools.sum(1) - 1e5).abs() <= 1e-12 * largest * (BLOCKS + 1)).all())
        if mended:
            assert bool((state.pools >= -1e-9).all())


@laws
@given(st.sampled_from(MARKETS), st.integers(0, 2**40), st.integers(0, 15), st.data())
def test_renaming_ids_changes_names_alone(variant: str, seed: int, mask: int, data: Any) -> None:
    """XOR with one mask keeps every distance; nothing but the names may differ."""
    ids = {f"{prefix}id_{node}": data.draw(st.integers(0, 15)) for prefix in ("", "rt_") for node in NODES}
    renamed = {name: value ^ mask for name, value in ids.items()}
    first, second = (run(StorageNetwork.of(variant, **given_), seed)[-1] for given_ in (ids, renamed))
    for name, ours, theirs in zip(State._fields, first, second, strict=True):
        if name in ("ids", "route_ids"):
            assert bool(((ours ^ mask) == theirs).all())
        elif isinstance(ours, torch.Tensor):
            assert torch.equal(torch.nan_to_num(ours.double()), torch.nan_to_num(theirs.double())), name


@laws
@given(st.sampled_from(list(VARIANTS)), st.integers(0, 2**40))
def test_a_batch_is_its_members(variant: str, seed: int) -> None:
    economy = StorageNetwork.of(variant)
    together = run(economy, seed)[-1]
    chance, levers = Paired(torch.tensor([seed + 3])), economy.neutral_levers(1)
    alone = economy.initial(1, chance.at(torch.tensor([-1])))
    for _ in range(BLOCKS):
        alone = economy.step(alone, levers, {}, chance.at(alone.time))
    for name, column in columns(economy, alone).items():
        assert torch.equal(
            torch.nan_to_num(column), torch.nan_to_num(columns(economy, together)[name][3:4])
        ), name


@pytest.mark.parametrize("variant", MARKETS)
def test_every_latency_is_five_blocks(variant: str) -> None:
    for fifo in (False, True):
        states = run(StorageNetwork.of(variant, fifo=fifo), 11, 30)
        for block, state in enumerate(states):
            first = 6 if fifo else 14
            assert bool((state.latency == 5.0).all()) == (block >= first), (fifo, block)
    assert bool((states[-1].active.length + states[-1].located.length + states[-1].routed.length == 5).all())


@pytest.mark.parametrize("variant", MARKETS)
def test_queues_starve_eight_messages(variant: str) -> None:
    state = run(StorageNetwork.of(variant), 2, 60)[-1]
    starved = torch.cat(
        [state.active.created[:, :3], state.located.created[:, :3], state.routed.created[:, :2]], 1
    )
    assert bool((starved == torch.arange(1, 9)).all())


@pytest.mark.parametrize("variant", list(VARIANTS))
def test_mean_draws_run_and_repeat(variant: str) -> None:
    economy = StorageNetwork.of(variant)
    levers = economy.neutral_levers(2)
    state = economy.initial(2, Expected(2))
    for _ in range(30):
        state = economy.step(state, levers, {}, Expected(2))
    for column in columns(economy, state).values():
        assert torch.equal(torch.nan_to_num(column[:1]), torch.nan_to_num(column[1:]))


def test_the_laws_of_ids() -> None:
    """Shares that uniform ids give (3.1), within five standard deviations."""
    batch = 60000
    chance = Paired(torch.arange(batch)).at(torch.full((batch,), -1))
    wanted = {
        "master": {"nearest_i": (6.2, 34.5, 31.6, 15.2, 12.5), "nearest_k": (36.5, 24.9, 10.6, 15.3, 12.6)},
        "ijkp_kdf": {"nearest_i": (0.0, 64.7, 35.3, 0.0, 0.0)},
    }
    for variant, laws_ in wanted.items():
        state = StorageNetwork.of(variant).initial(batch, chance)
        for field, shares in laws_.items():
            counts = torch.bincount(getattr(state, field), minlength=5) / batch
            for share, count in zip(shares, counts.tolist(), strict=True):
                expected = share / 100.0
                error = 5.0 * (expected * (1.0 - expected) / batch) ** 0.5 + 5e-4
                assert abs(count - expected) <= error, (variant, field, counts)


def test_gradients_reach_the_rates() -> None:
    """Treasury and wallets are differentiable in levers, where the original's clamps let them be."""
    economy = StorageNetwork.of("subsidy_tax_tuning", id_i=5, id_j=11, id_k=12, id_p=8, id_r=15)
    chance = Paired(torch.arange(4))
    levers = {name: value.requires_grad_() for name, value in economy.neutral_levers(4).items()}
    state = economy.initial(4, chance)
    for _ in range(30):
        state = economy.step(state, levers, {}, chance.at(state.time))
    (state.treasury.sum() + 2.0 * state.wallets[:, 1:].sum()).backward()
    for name, lever in levers.items():
        assert lever.grad is not None, name
        assert bool(torch.isfinite(lever.grad).all()), name
        assert bool((lever.grad != 0.0).any()), name
