"""What these tests share: runs of the economy alone."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from envs.core.chance import Chance, Expected
from envs.storage_network.responsive import ResponsiveStorageNetwork, State

Setting = Mapping[str, float | Tensor]


def run(
    economy: ResponsiveStorageNetwork,
    blocks: int,
    batch: int = 1,
    levers: Setting | Callable[[int], Setting] | None = None,
    shocks: Setting | Callable[[int], Setting] | None = None,
    chance: Chance | None = None,
) -> list[State]:
    """The states from block 0 on; what is not set stays neutral."""
    source = chance or Expected(batch)
    state = economy.initial(batch, source)
    states = [state]
    for block in range(blocks):
        held = economy.neutral_levers(batch) | full(levers, block, batch)
        befalling = economy.neutral_shocks(batch) | full(shocks, block, batch)
        state = economy.step(state, held, befalling, source.at(state.time))
        states.append(state)
    return states


def full(setting: Setting | Callable[[int], Setting] | None, block: int, batch: int) -> dict[str, Tensor]:
    """A setting as tensors (B,)."""
    given = setting(block) if callable(setting) else setting or {}
    zero = torch.zeros(batch, dtype=torch.float64)
    return {name: zero + value for name, value in given.items()}


def leaves(state: State) -> dict[str, Tensor]:
    """Every tensor of a state by its column's name."""
    return ResponsiveStorageNetwork().row(state)
