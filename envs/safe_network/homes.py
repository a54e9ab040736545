"""The sections that vaults live in, under the law in force (specification section 4)."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..core.chance import Chance
from . import sections
from .state import State

if TYPE_CHECKING:
    from .economy import SafeNetwork

FORMULAS = ("smooth", "lockstep")  # laws that are functions of the vault count


def count(plant: "SafeNetwork", state: State) -> Tensor:
    """s under the section law in force."""
    if plant.sections == "smooth":
        return sections.smooth_count(state.vaults, plant.split)
    if plant.sections == "lockstep":
        return sections.lockstep_count(state.vaults, plant.split)
    return state.sections.sum(1) if plant.sections == "hist" else sections.tree_count(state.sections)


def size(plant: "SafeNetwork", state: State) -> Tensor:
    """n, vaults of the median section under the law in force."""
    if plant.sections in FORMULAS:
        return state.vaults / count(plant, state)
    median = sections.hist_median if plant.sections == "hist" else sections.tree_median
    return median(state.sections)


def found(plant: "SafeNetwork", vaults: Tensor, chance: Chance) -> Tensor:
    """Sections of the first vaults, (B, bins); no bins under the formula laws."""
    if plant.sections == "hist":
        start = torch.zeros(vaults.shape[0], int(plant.split) + 1, dtype=torch.float64)
        start[:, 0] = 1.0
    elif plant.sections == "tree":
        start = sections.tree_start(vaults.shape[0], plant.tree_slots)
    else:
        return vaults[:, None][:, :0]
    return extend(plant, start, vaults, chance)


def extend(plant: "SafeNetwork", bins: Tensor, newcomers: Tensor, chance: Chance) -> Tensor:
    """The sections, (B, bins), after so many newcomers have joined."""
    if plant.sections == "hist":
        return sections.hist_add(bins, newcomers)
    if plant.sections == "tree":
        return sections.tree_add(bins, newcomers, float(plant.split), chance, "sections")
    return bins


def shrink(plant: "SafeNetwork", state: State, vaults: Tensor, chance: Chance, name: str) -> Tensor:
    """The sections, (B, bins), after all but `vaults` have left; `name` is the draws'."""
    if plant.sections in FORMULAS or not bool((vaults < state.vaults).any()):
        return state.sections
    gone = torch.clamp(1.0 - vaults / state.vaults, min=0.0)
    if plant.sections == "hist":
        return sections.hist_remove(state.sections, gone)
    return sections.tree_remove(state.sections, gone, chance, f"sections.{name}")
