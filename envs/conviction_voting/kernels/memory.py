"""Memory for the edges of many economies, which are made anew in every step."""

import sys
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# malloc maps anything larger anew, and the system fills it with zeros page by page: for the edges of a
# thousand economies that takes four times as long as copying them.
LARGE = 2**25  # bytes


@dataclass
class _Block:
    memory: NDArray[np.float64]  # (B, M, N)
    used: int  # columns that may not be zero

    def idle(self) -> bool:
        """Whether no tensor lies in it: only the block and the call refer to the memory."""
        return sys.getrefcount(self.memory) <= 2


_blocks: list[_Block] = []


def blank_like(edges: Tensor, width: int) -> Tensor:
    """Edges (B, N, M) to be filled up to column `width`; from there on they are zero.

    Where they are many they lie in memory of earlier ones that no tensor refers to any more, if there are
    such. Idle memory of other sizes is given back.
    """
    batch, rows, columns = edges.shape
    shape = (batch, columns, rows)
    if edges.device.type != "cpu" or edges.nbytes < LARGE:
        return edges.new_zeros(shape).transpose(1, 2)
    _blocks[:] = [block for block in _blocks if block.memory.shape == shape or not block.idle()]
    chosen = next((block for block in _blocks if block.idle()), None)
    if chosen is None:
        chosen = _Block(torch.zeros(shape, dtype=torch.float64).numpy(), width)
        _blocks.append(chosen)
    chosen.memory[:, width : chosen.used] = 0.0
    chosen.used = width
    return torch.from_numpy(chosen.memory).transpose(1, 2)
