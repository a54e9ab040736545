"""Section laws: how many sections the vaults form (specification section 4).

`smooth` and `lockstep` are formulas of the vault count. `hist` carries the expected number of
sections by size, (B, split + 1); `tree` carries integer sizes, (B, slots), −1 where no section is.
"""

from math import lgamma, log

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Number

_ENOUGH = 1e-12  # vaults; what is less counts as none


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
    while bool((left > _ENOUGH).any()):
        sections = histogram.sum(1)
        lot = torch.where(left > _ENOUGH, torch.minimum(left, 0.5 * sections), 0.0)
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


def tree_add(sizes: Tensor, vaults: Tensor, split: float, chance: Chance, name: str) -> Tensor:
    """Whole vaults (B,) join sections chosen uniformly, in lots of one per section on average.

    Raises:
        RuntimeError: more sections than slots.
    """
    left = torch.floor(vaults + _ENOUGH).to(torch.int64)
    sizes, lot_number = sizes.clone(), 0
    while bool((left > 0).any()):
        sections = (sizes >= 0.0).sum(1)
        lot = torch.minimum(left, sections)
        width = int(lot.max())
        draw = chance.uniform(f"{name}.arrival.{lot_number}", width)
        home = torch.clamp((draw * sections[:, None]).to(torch.int64), max=sections[:, None] - 1)
        joins = torch.arange(width) < lot[:, None]
        sizes.scatter_add_(1, home, joins.to(torch.float64))
        _split_full(sizes, sections, split, chance, f"{name}.split.{lot_number}")
        left = left - lot
        lot_number += 1
    return sizes


def _split_full(sizes: Tensor, sections: Tensor, split: float, chance: Chance, name: str) -> None:
    """Turns every section above `split` into two, in place, each vault going to either half."""
    from scipy.stats import binom  # heavy to import and needed by this law alone

    used, turn = int(sections.max()), 0
    while True:
        full = sizes[:, :used] > split
        count = full.sum(1)
        if not bool(count.any()):
            return
        if int((sections + count).max()) > sizes.shape[1]:
            raise RuntimeError(f"the section tree needs more than {sizes.shape[1]} slots; raise tree_slots")
        row, column = full.nonzero(as_tuple=True)
        rank = (full.cumsum(1) - 1)[row, column]
        draw = chance.uniform(f"{name}.{turn}", int(count.max()))[row, rank]
        whole = sizes[row, column]
        half = torch.as_tensor(binom.ppf(draw.numpy(), whole.numpy(), 0.5))
        sizes[row, column] = whole - half
        sizes[row, sections[row] + rank] = half
        sections = sections + count
        used, turn = int(sections.max()), turn + 1


def tree_remove(sizes: Tensor, fraction: Tensor, chance: Chance, name: str) -> Tensor:
    """Every vault leaves with probability `fraction` (B,); sections do not merge."""
    kept = chance.binomial(name, sizes.clamp(min=0.0), (1.0 - fraction)[:, None].expand_as(sizes))
    return torch.where(sizes >= 0.0, kept, sizes)


def tree_median(sizes: Tensor) -> Tensor:
    """n, the lower median size of a section."""
    order = sizes.sort(1, descending=True).values
    middle = torch.div((sizes >= 0.0).sum(1), 2, rounding_mode="floor")
    return order.gather(1, middle[:, None])[:, 0]
