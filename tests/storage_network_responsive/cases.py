"""What these tests share: runs of the economy alone."""

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from envs.core.chance import Chance, Expected, Replay
from envs.storage_network.responsive import ResponsiveStorageNetwork, State
from envs.storage_network.responsive.reference import columns

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
    return columns(ResponsiveStorageNetwork(), state)


class Trace(NamedTuple):
    """What drove a recorded run, and what it recorded; each tensor is (T, 1)."""

    levers: dict[str, Tensor]
    shocks: dict[str, Tensor]
    draws: dict[str, Tensor]
    rows: list[dict[str, float]]  # T + 1, the first one before any step


def read_trace(path: Path) -> Trace:
    """A recorded run.

    Raises:
        ValueError: a cell holds no number.
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = [{name: float(cell) for name, cell in row.items() if cell} for row in csv.DictReader(file)]

    def under(prefix: str) -> dict[str, Tensor]:
        names = [name for name in rows[-1] if name.startswith(prefix)]
        return {
            name.removeprefix(prefix): torch.tensor([[row[name]] for row in rows[1:]], dtype=torch.float64)
            for name in names
        }

    return Trace(under("lever."), under("shock."), under("draw."), rows)


def replay(economy: ResponsiveStorageNetwork, trace: Trace) -> Iterator[tuple[State, State]]:
    """Every block under a trace's levers, shocks and draws, neutral where it has none: the states before and after."""
    chance: Chance = Replay(trace.draws) if trace.draws else Expected(1)
    neutral = economy.neutral_shocks(1)
    state = economy.initial(1, chance)
    for block in range(len(trace.rows) - 1):
        levers = {name: values[block] for name, values in trace.levers.items()}
        shocks = neutral | {name: values[block] for name, values in trace.shocks.items()}
        before, state = state, economy.step(state, levers, shocks, chance.at(state.time))
        yield before, state
