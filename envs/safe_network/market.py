"""The market of vaults and clients: how people answer the ratio of store cost to reward.

Source: specification section 3. All functions take and return batched tensors (B,).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.tensors import Number


class Market(NamedTuple):
    """What a day's prices call forth."""

    read_share: Tensor  # (B,) ρ, probability that a client reads
    write_share: Tensor  # (B,) ω, computed apart so that it keeps its digits near 0
    users_per_vault: Tensor  # (B,) clients per vault
    growth: Tensor  # (B,) 1/day, vaults' daily growth before shocks and clipping


def shares(ratio: Tensor, read_share: float | None, power: Number) -> tuple[Tensor, Tensor]:
    """Read and write share (ReadWriteRatioNo3), ρ = σ(w (1+w)^e1)."""
    if read_share is not None:
        constant = torch.full_like(ratio, read_share)
        return constant, 1.0 - constant
    small = torch.exp(-ratio * (1.0 + ratio) ** power)  # at most 1: both shares keep their digits
    return 1.0 / (1.0 + small), small / (1.0 + small)


def phase(day: Tensor, first: Number, days: tuple[float, ...], factors: tuple[float, ...]) -> Tensor:
    """φ, scale of the users-per-vault law (InitialRatioTimeChangeNo1)."""
    young, middle, old = factors
    factor = torch.where(day < days[1], torch.full_like(day, middle), old)
    return first * torch.where(day <= days[0], young, factor)


def yearly_growth(day: Tensor, days: tuple[float, ...], rates: tuple[float, ...]) -> Tensor:
    """y, growth per year that the law aims at, by age of the network."""
    later = torch.where(day < days[1], torch.full_like(day, rates[1]), rates[2])
    return torch.where(day < days[0], rates[0], later)


def vault_growth(
    day: Tensor,
    filled: Tensor,
    ratio: Tensor,
    users_per_vault: Tensor,
    power: Number,
    yearly: Tensor,
    pivot: float,
) -> Tensor:
    """g (DemandBasedNo6), 1/day: the launch boost (pivot − t) stands in for users in year one."""
    pull = filled * ((1.0 + filled) ** power - 1.0)
    drive = torch.where(day < pivot, pivot - day, users_per_vault)
    return pull * ((1.0 - ratio) * drive) * yearly / 365.0
