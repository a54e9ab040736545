"""The scalar market, and the speed beside the original's."""

import time

import pytest
import torch

import envs
from envs.core.chance import Paired
from envs.core.compiling import has_compiler
from envs.storage_network import StorageNetwork
from envs.storage_network.accounts import columns
from envs.storage_network.original import NETWORKS, ORIGINAL, PUBLISHED, blocks_of, case, scalar_run
from envs.storage_network.storage import whole
from train.judging.speed import beside_original

from .files import near, start


@pytest.mark.parametrize("distance", [4, 6])
def test_a_scalar_market_gives_the_same_tokens(distance: int) -> None:
    economy = StorageNetwork.of("subsidy_tax_tuning", id_i=9, id_j=0, id_k=distance, id_p=1, id_r=1)
    assert [int(start(economy).nearest_i), int(start(economy).nearest_k)] == [1, 1]
    source = Paired(torch.tensor([distance + 3]))

    def draw(name: str, block: int) -> float:
        chance = source.at(torch.tensor([block - 1]))
        ranges = {"token": (2, 100), "arrival_size": (1, 100), "store_size": (1, 200)}
        if name in ranges:
            return float(whole(chance, name, *ranges[name]))
        if name == "time_noise":
            return float(1.0 + 0.2 * 2.0**0.5 * torch.erfinv(2.0 * chance.uniform(name) - 1.0))
        return float(chance.uniform(name))

    wanted = scalar_run(60, draw, distance)
    state, levers = start(economy), economy.neutral_levers(1)
    for _ in range(60):
        state = economy.step(state, levers, {}, source.at(state.time))
    row = columns(economy, state)
    for name, value in wanted.items():
        near(row[name], value, name)


@pytest.mark.slow
@pytest.mark.skipif(not has_compiler(), reason="needs a C++ compiler")
@pytest.mark.parametrize("variant", ["subsidy_tax_tuning", "validation_model"])
def test_compiled_blocks_equal_eager_ones(variant: str) -> None:
    economy = StorageNetwork.of(variant)
    state = start(economy, 64)
    for _ in range(3):
        ahead, eager = (blocks_of(economy, 64, 1, compiled)(state) for compiled in (True, False))
        state = eager
    compiled, plain = columns(economy, ahead), columns(economy, eager)
    for name, column in plain.items():
        near(torch.nan_to_num(compiled[name]), torch.nan_to_num(column), name, 1e-12)


@pytest.mark.parametrize("variant", list(PUBLISHED))
def test_a_batch_is_far_faster_than_the_original(variant: str) -> None:
    """Eager and in a short look; compiled it is a thousand times, which a busy machine must not decide."""
    timed = case(variant, 1024, False)
    begun = time.process_time()
    timed.begin()
    for _ in range(2):
        timed.call()
    rate = 2 * timed.steps / (time.process_time() - begun)
    assert rate > 10.0 * timed.original()


def test_the_command_for_speed_sets_them_beside_the_original() -> None:
    model = envs.model_of(envs.task_of("tokenomics/StorageRouter-v0"))
    assert model.original is envs.model_of("storage_network").original is ORIGINAL
    cases = ORIGINAL.cases(envs.task_of("tokenomics/StorageRouter-v0"), 8, False)
    assert [one.name for one in cases] == [f"published {variant}, 8 networks" for variant in PUBLISHED]
    chosen = next(one for one in cases if "master" in one.name)
    shown = beside_original([chosen], ORIGINAL.about, 1.0, 0.001, rounds=1)
    assert "| published master, 8 networks |" in shown
    assert (
        ORIGINAL.cases(envs.task_of("tokenomics/StorageRouter-v0"), 10 * NETWORKS, False)[0].steps == NETWORKS
    )
    assert "master): 46" in shown
