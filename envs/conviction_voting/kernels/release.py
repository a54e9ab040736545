"""What is kept of an over-release (section Q7)."""

import torch
from torch import Tensor

from . import NAMESPACE


def _neighbours(
    passes: list[bool], requested: list[float], conviction: list[float], funds: float
) -> set[int] | None:
    """The original's sequential rule; None where the original raises."""
    kept: list[int] = []
    running = 0.0
    for j, passing in enumerate(passes):
        if passing:
            kept.append(j)
            running += requested[j]
        if running > funds:
            ordered = sorted(kept, key=lambda k: -conviction[k])
            kept, last = [], 0.0
            while True:
                if len(kept) == len(ordered):
                    return None
                following = ordered[len(kept)]
                if not last + requested[following] < funds:
                    break
                kept.append(following)
                last = requested[following]
    return set(kept)


def _prefix(passes: list[bool], requested: list[float], conviction: list[float], funds: float) -> set[int]:
    """Longest prefix by falling conviction, older first among equals, that the funds cover."""
    kept: set[int] = set()
    running = 0.0
    for j in sorted((j for j, passing in enumerate(passes) if passing), key=lambda k: -conviction[k]):
        running += requested[j]
        if running > funds:
            break
        kept.add(j)
    return kept


# Opaque to the compiler: over-releases are so rare that a sequential rule on the few environments that
# meet one is exact and costs nothing.
@torch.library.custom_op(f"{NAMESPACE}::trim", mutates_args=())
def trim(
    passes: Tensor, requested: Tensor, conviction: Tensor, funds: Tensor, existing: Tensor, neighbours: bool
) -> tuple[Tensor, Tensor]:
    """What is accepted of the proposals that pass.

    Args:
        passes, existing: bool (B, M). requested: currency (B, M). conviction: tokens (B, M).
        funds: currency (B,). neighbours: the original's rule, else the corrected one.

    Returns:
        accepted bool (B, M), and fault bool (B,): the original raises there and the corrected
        rule was applied.
    """
    accepted, fault = passes.clone(), torch.zeros_like(funds, dtype=torch.bool)
    released = torch.where(passes, requested, 0.0).sum(1)
    for i in (released > funds).nonzero().flatten().tolist():
        count = int(existing[i].sum())
        case = (
            passes[i, :count].tolist(),
            requested[i, :count].tolist(),
            conviction[i, :count].tolist(),
            float(funds[i]),
        )
        kept = _neighbours(*case) if neighbours else _prefix(*case)
        fault[i] = kept is None
        chosen = _prefix(*case) if kept is None else kept
        accepted[i] = False
        accepted[i, sorted(chosen)] = True
    return accepted, fault


@trim.register_fake
def _(
    passes: Tensor, requested: Tensor, conviction: Tensor, funds: Tensor, existing: Tensor, neighbours: bool
) -> tuple[Tensor, Tensor]:
    return torch.empty_like(passes), torch.empty_like(funds, dtype=torch.bool)
