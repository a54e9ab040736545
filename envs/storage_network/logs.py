"""Activity logs: how often nodes saw messages of each size (`model.md`, 3.6; optional, nothing reads them).

The original's entries are shared objects: a message that is new to two logs in one block is one entry in
both, and later messages of that size raise it in both.
"""

import torch
from torch import Tensor

from .parameters import NODES, J, K, Parameters
from .state import Logs, State, one_hot

SIZES = 100  # 0 stands for a failed upload
FIRST, SECOND = 0, 1  # validation: j's and k's log; others: those of nearest(i) and of nearest(k)


def empty(batch: int, kept: bool, device: torch.device | str = "cpu") -> Logs:
    """No entry, or no room for any where logs are not kept."""
    width = SIZES if kept else 0
    return Logs(
        entries=torch.zeros(batch, 2, width, dtype=torch.float64, device=device),
        shared=torch.zeros(batch, width, dtype=torch.bool, device=device),
        is_new=torch.zeros(batch, dtype=torch.bool, device=device),
    )


def enter(logs: Logs, which: Tensor, size: Tensor, where: Tensor, may_share: Tensor) -> Logs:
    """A message of a size (B,) enters one of two logs, int64 (B,) `which`, where bool (B,) holds.

    Args:
        may_share: bool (B,), whether it is the object that was entered last, so that it can be new to both.
    """
    slot = one_hot(size.to(torch.int64), SIZES) & where[:, None]
    log = torch.stack([which == FIRST, which == SECOND], 1)[:, :, None]
    had = (log & slot[:, None] & (logs.entries > 0.0)).any(1)  # (B, SIZES)
    rises = (had & slot)[:, None] & (log | logs.shared[:, None])
    creates = (slot & ~had)[:, None] & log
    joins = (slot & ~had) & (may_share & logs.is_new)[:, None]
    return Logs(
        entries=torch.where(creates, 1.0, logs.entries + rises.to(torch.float64)),
        shared=logs.shared | joins,
        is_new=(slot & ~had).any(1),
    )


def enter_validation(
    state: State, from_i: Tensor, from_k: Tensor, to_j: Tensor, to_k: Tensor, onward: Tensor
) -> Logs:
    """The sends i to j, i to k, and k to j of a block; those of i are one object, failed or not."""
    first, second = torch.zeros_like(state.time), torch.ones_like(state.time)
    always = torch.ones_like(to_j)
    logs = enter(state.logs, first, from_i, to_j, ~always)
    logs = enter(logs, second, from_i, to_k, always)
    return enter(logs, first, from_k, onward, (from_i > 0.0) & (from_k > 0.0))


def enter_found(state: State, sent: Tensor, where: Tensor) -> Logs:
    """i's message at nearest(i)."""
    which = torch.where(_is_second(state), SECOND, FIRST)
    logs = enter(state.logs, which, sent, where, torch.zeros_like(where))
    return logs._replace(is_new=logs.is_new & (which == FIRST) & (sent > 0.0))


def enter_routed(state: State, sent: Tensor, where: Tensor) -> Logs:
    """k's message at nearest(k), whose log is j's from then on (Q19)."""
    second = torch.ones_like(state.time)
    return enter(state.logs, second, sent, where, sent > 0.0)


def _is_second(state: State) -> Tensor:
    """Whether nearest(i) writes into nearest(k)'s log, being that node or j, bool (B,)."""
    same = state.nearest_i == state.nearest_k
    return same | ((state.nearest_i == J) & (state.routed_to_j > 0.0))


def by_node(parameters: Parameters, state: State, network: int) -> dict[str, dict[int, int]]:
    """The logs of one network, node → {size: frequency}."""
    first, second = (
        {size: int(times) for size, times in enumerate(log.tolist()) if times}
        for log in state.logs.entries[network]
    )
    logs: dict[str, dict[int, int]] = {node: {} for node in NODES}
    if parameters.layer == "validation":
        return logs | {NODES[J]: first, NODES[K]: second}
    logs[NODES[int(state.nearest_i[network])]] = first
    if parameters.layer == "tokens":
        logs[NODES[int(state.nearest_k[network])]] = second
        if bool(state.routed_to_j[network] > 0.0):
            logs[NODES[J]] = second
    return logs
