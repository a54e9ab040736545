"""Version 1: the reward falls with the number of sections and their size (specification section 5)."""

import torch
from torch import Tensor

from ..core.tensors import Number

LARGEST_SECTION = 200.0  # vaults; the neighbours' median count is limited to [1, 200]


def reward(
    filled: Tensor, unfarmed: Tensor, sections: Tensor, section_size: Tensor, power: Number, nano: float
) -> Tensor:
    """R = ln((f s + 1)^p) · (1/n) · (1/s) · f (f + u + 1), nanosafe, (B,).

    Args:
        filled, unfarmed: f and u. sections: s. section_size: vaults of the median section.
        power: p, 3.2 as published. nano: nanosafes in a safecoin.
    """
    growth = power * torch.log(filled * sections + 1.0)
    size = torch.clamp(section_size, 1.0, LARGEST_SECTION)
    return growth / size / sections * filled * (filled + unfarmed + 1.0) * nano


def cost(reward: Tensor, unfarmed: Tensor, rule: str, factor: Number) -> Tensor:
    """C = factor · R, or factor · (1 − u)² · R: a stand-in for the unpublished compensation."""
    if rule == "scarcity":
        return factor * (1.0 - unfarmed) ** 2 * reward
    return factor * reward
