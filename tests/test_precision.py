"""Every economy computes in float64: torch's default dtype, float32, changes no bit of it."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest
import torch
from torch import Tensor

from envs import MODELS, TASKS, task_of
from envs.core.chance import Paired
from envs.storage_network import StorageNetwork
from envs.storage_network.variants import VARIANTS

ODD = 1.0 - 1e-9  # a factor that leaves no number as float32 can hold it
STEPS = 3

ECONOMIES: dict[str, Any] = {
    **{name: model.economy() for name, model in MODELS.items()},
    **{name: task_of(name).economy for name in TASKS},
    **{name: StorageNetwork.of(name) for name in VARIANTS},
}


def oddly_set(economy: Any) -> Any:
    """The economy with parameters of many digits, a little less than its own where they may be."""
    numbers = {
        one.name: max(getattr(economy, one.name) * ODD, one.metadata["low"] or 0.0)
        for one in fields(economy)
        if not one.metadata.get("fixed", True) and isinstance(getattr(economy, one.name), float)
    }
    return replace(economy, **numbers)


def numbers(record: Any, name: str) -> Iterator[tuple[str, Tensor]]:
    """The tensors of nested records by their path."""
    if isinstance(record, Tensor):
        yield name, record
    elif isinstance(record, dict):
        for key, value in record.items():
            yield from numbers(value, f"{name}.{key}")
    else:
        for key, value in zip(getattr(record, "_fields", range(len(record))), record, strict=True):
            yield from numbers(value, f"{name}.{key}")


def run(economy: Any) -> dict[str, Tensor]:
    """Everything that a few steps compute."""
    chance = Paired(torch.arange(2))
    levers = {name: value * ODD for name, value in economy.neutral_levers(2).items()}
    shocks = {name: value * ODD for name, value in economy.neutral_shocks(2).items()}
    state = economy.initial(2, chance.at(torch.full((2,), -1)))
    found = dict(numbers(state, "0"))
    for step in range(1, STEPS + 1):
        state = economy.step(state, levers, shocks, chance.at(state.time))
        found |= numbers(state, str(step))
    for method in ("metrics", "ledger"):
        found |= numbers(getattr(economy, method)(state), method)
    return found | dict(numbers(economy.sense(state, levers), "sensor"))


@pytest.mark.parametrize("name", ECONOMIES)
def test_no_number_passes_through_float32(name: str) -> None:
    economy = oddly_set(ECONOMIES[name])
    found = run(economy)
    kept = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        wanted = run(economy)
    finally:
        torch.set_default_dtype(kept)
    different = [
        path for path in wanted
        if found[path].dtype != wanted[path].dtype
        or not torch.equal(torch.nan_to_num(found[path]), torch.nan_to_num(wanted[path]))
    ]  # fmt: skip
    assert not different
