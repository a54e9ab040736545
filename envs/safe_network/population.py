"""Vaults and clients who come and go (section 6)."""

import torch
from torch import Tensor

from ..core.chance import Chance
from .market import Answer
from .parameters import NetworkParameters
from .section_laws import extend, shrink
from .state import State, drop_chunks


def lose_vaults(p: NetworkParameters, state: State, fraction: Tensor, chance: Chance) -> State:
    """1. A share of the vaults leaves at once; chunks above the remaining capacity are lost."""
    vaults = torch.maximum(state.vaults * (1.0 - fraction), _least(p))
    vaults = torch.where(fraction > 0.0, whole(p, vaults), state.vaults)
    state = state._replace(vaults=vaults, sections=shrink(p, state, vaults, chance, "loss"))
    return drop_chunks(state, vaults * p.vault_size, fraction > 0.0)


def settle(p: NetworkParameters, state: State, seen: Answer, chance: Chance) -> tuple[State, Tensor]:
    """5 and 6. Newcomers join sections; leavers leave where they may, with what no longer fits.

    Returns:
        the state, and the clients of the day, (B,): they follow the vault count that the growth rate
        calls for, even where none may leave.
    """
    total = state.vaults + whole(p, state.vaults * seen.growth)
    floor = _least(p) if p.allow_exit else state.vaults
    vaults = torch.maximum(total, torch.minimum(floor, state.vaults))
    state = state._replace(sections=shrink(p, state, vaults, chance, "exit"))
    grown = extend(p, state.sections, torch.clamp(vaults - state.vaults, min=0.0), chance)
    leaves = vaults < state.vaults
    state = drop_chunks(state._replace(vaults=vaults, sections=grown), vaults * p.vault_size, leaves)
    clients = whole(p, seen.market.users_per_vault * torch.clamp(total, min=0.0) * seen.demand)
    return state, clients


def whole(p: NetworkParameters, count: Tensor) -> Tensor:
    """Truncates a count toward zero in integer mode."""
    return torch.trunc(count) if p.integer else count


def _least(p: NetworkParameters) -> Tensor:
    return torch.as_tensor(p.vault_min, dtype=torch.float64)
