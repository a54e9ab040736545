"""Memory for large tensors that are made anew in every step."""

import sys

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# malloc maps anything larger anew, and the system fills it with zeros page by page: for the edges of a
# thousand economies that takes four times as long as copying them.
LARGE = 2**25  # bytes

_blocks: list[NDArray[np.float64]] = []
_IDLE = 3  # references to a block that no tensor lies in: the list's, the loop's and the count's own


def blank_like(tensor: Tensor) -> Tensor:
    """As `torch.empty_like` of a contiguous float64 tensor, where possible in memory of an earlier result.

    A block is free for another result as soon as no tensor refers to it. Free blocks of other sizes are
    given back.
    """
    if tensor.device.type != "cpu" or tensor.nbytes < LARGE:
        return torch.empty_like(tensor)
    chosen, kept = None, []
    for block in _blocks:
        if sys.getrefcount(block) > _IDLE:
            kept.append(block)
        elif block.shape == tuple(tensor.shape):
            kept.append(block)
            chosen = block
    if chosen is None:
        chosen = torch.empty(tensor.shape, dtype=torch.float64).numpy()
        kept.append(chosen)
    _blocks[:] = kept
    return torch.from_numpy(chosen)
