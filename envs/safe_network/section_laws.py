"""How many sections the vaults form (section 4).

`smooth` and `lockstep` are formulas of the vault count. `hist` carries the expected number of
sections by size, (B, split + 1); `tree` carries integer sizes, (B, slots), −1 where no section is.
"""

from math import lgamma, log

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Number
from .kernels import NEGLIGIBLE, tree_add
from .parameters import NetworkParameters
from .state import State

FORMULAS = ("smooth", "lockstep")  # laws that are functions of the vault count


def section_count(p: NetworkParameters, state: State) -> Tensor:
    """s under the law in force."""
    if p.sections == "smooth":
        return smooth_count(state.vaults, p.split)
    if p.sections == "lockstep":
        return lockstep_count(state.vaults, p.split)
    return state.sections.sum(1) if p.sections == "hist" else tree_count(state.sections)


def section_size(p: NetworkParameters, state: State) -> Tensor:
    """n, vaults of the median section under the law in force."""
    if p.sections in FORMULAS:
        return state.vaults / section_count(p, state)
    return (hist_median if p.sections == "hist" else tree_median)(state.sections)


def first_sections(p: NetworkParameters, vaults: Tensor, chance: Chance) -> Tensor:
    """Sections of the first vaults, (B, bins); no bins under the formula laws."""
    if p.sections == "hist":
        start = torch.zeros(vaults.shape[0], int(p.split) + 1, dtype=torch.float64)
        start[:, 0] = 1.0
    elif p.sections == "tree":
        start = tree_start(vaults.shape[0], p.tree_slots)
    else:
        return vaults[:, None][:, :0]
    return extend(p, start, vaults, chance)


def extend(p: NetworkParameters, bins: Tensor, newcomers: Tensor, chance: Chance) -> Tensor:
    """The sections, (B, bins), after so many newcomers have joined."""
    if p.sections == "hist":
        return hist_add(bins, newcomers)
    if p.sections == "tree":
        return tree_add(bins, newcomers, float(p.split), chance, "sections")
    return bins


def shrink(p: NetworkParameters, state: State, vaults: Tensor, chance: Chance, name: str) -> Tensor:
    """The sections, (B, bins), after all but `vaults` have left; `name` is the draws'."""
    if p.sections in FORMULAS or not bool((vaults < state.vaults).any()):
        return state.sections
    gone = torch.clamp(1.0 - vaults / state.vaults, min=0.0)
    if p.sections == "hist":
        return hist_remove(state.sections, gone)
    return tree_remove(state.sections, gone, chance, f"sections.{name}")


def smooth_count(vaults: Tensor, split: Number) -> Tensor:
    """s = max(1, N · 2 ln 2 / split)."""
    return torch.clamp(vaults * (2.0 * log(2.0)) / split, min=1.0)


def lockstep_count(vaults: Tensor, split: Number) -> Tensor:
    """Smallest power of two s with N/s ≤ split."""
    exponent = torch.clamp(torch.ceil(torch.log2(vaults / split)), min=0.0)
    count = torch.exp2(exponent)
    count = torch.where((count > 1.0) & (vaults / (count * 0.5) <= split), count * 0.5, count)
    return torch.where(vaults / count > split, count * 2.0, count)


def _log_binomials(n: int) -> Tensor:
    return torch.tensor(
        [lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1) for i in range(n + 1)],
        dtype=torch.float64,
    )


def hist_add(histogram: Tensor, vaults: Tensor) -> Tensor:
    """Mean field of uniform arrivals: `vaults` (B,) join in lots of half a vault per section."""
    split = histogram.shape[1] - 1
    halves = 2.0 * torch.exp(_log_binomials(split + 1) - (split + 1) * log(2.0))
    back = halves[: split + 1].clone()
    back[split] += halves[split + 1]
    left = vaults
    while bool((left > NEGLIGIBLE).any()):
        sections = histogram.sum(1)
        lot = torch.where(left > NEGLIGIBLE, torch.minimum(left, 0.5 * sections), 0.0)
        moved = histogram * (lot / sections)[:, None]
        arriving = torch.cat([torch.zeros_like(moved[:, :1]), moved[:, :-1]], dim=1)
        histogram = histogram - moved + arriving + moved[:, -1:] * back
        left = left - lot
    return histogram


def hist_remove(histogram: Tensor, fraction: Tensor) -> Tensor:
    """Binomial thinning of every section by `fraction` (B,), without merging."""
    sizes = torch.arange(histogram.shape[1], dtype=torch.float64)
    kept, size = sizes[:, None], sizes[None, :]
    ways = torch.lgamma(size + 1) - torch.lgamma(kept + 1) - torch.lgamma((size - kept).clamp(min=0) + 1)
    rows = []
    for row, gone in zip(histogram, fraction, strict=True):
        if float(gone) <= 0.0:
            rows.append(row)
            continue
        law = torch.xlogy(kept, 1.0 - gone) + torch.xlogy((size - kept).clamp(min=0), gone)
        rows.append(torch.where(kept <= size, torch.exp(ways + law), 0.0) @ row)
    return torch.stack(rows)


def hist_median(histogram: Tensor) -> Tensor:
    """n, the smallest size whose cumulative count reaches half of the sections."""
    reached = histogram.cumsum(1) >= 0.5 * histogram.sum(1, keepdim=True)
    return reached.to(torch.int8).argmax(1).to(torch.float64)


def tree_start(batch: int, slots: int) -> Tensor:
    """One empty section in each of `batch` networks."""
    sizes = torch.full((batch, slots), -1.0, dtype=torch.float64)
    sizes[:, 0] = 0.0
    return sizes


def tree_count(sizes: Tensor) -> Tensor:
    """s, the number of sections."""
    return (sizes >= 0.0).sum(1).to(torch.float64)


def tree_remove(sizes: Tensor, fraction: Tensor, chance: Chance, name: str) -> Tensor:
    """Every vault leaves with probability `fraction` (B,); sections do not merge."""
    kept = chance.binomial(name, sizes.clamp(min=0.0), (1.0 - fraction)[:, None].expand_as(sizes))
    return torch.where(sizes >= 0.0, kept, sizes)


def tree_median(sizes: Tensor) -> Tensor:
    """n, the lower median size of a section."""
    order = sizes.sort(1, descending=True).values
    middle = torch.div((sizes >= 0.0).sum(1), 2, rounding_mode="floor")
    return order.gather(1, middle[:, None])[:, 0]
