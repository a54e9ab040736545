"""The state of storage networks (`model.md`, section 2)."""

from typing import NamedTuple

import torch
from torch import Tensor


class Memory(NamedTuple):
    """Angles that a learner remembers, as running numbers, (B,) each."""

    number: Tensor  # angles, the three of the start included
    mean: Tensor  # rad
    squares: Tensor  # rad², sum of squared deviations from the mean
    low: Tensor  # rad, smallest
    high: Tensor  # rad, largest
    last: Tensor  # rad, newest
    fresh: Tensor  # bool, whether the z-values are still those of the start
    slope: Tensor  # z-value of the start over its angle


class Queue(NamedTuple):
    """Messages in order of arrival; slots from `length` on hold zeros."""

    created: Tensor  # (B, C) block of the request
    commitment: Tensor  # (B, C) tokens
    length: Tensor  # int64 (B,)


class Solved(NamedTuple):
    """The message that was proved in this block, (B,) each."""

    present: Tensor  # bool
    created: Tensor  # block of the request
    pledge: Tensor  # tokens, before the correction
    commitment: Tensor  # tokens, corrected once `correct` has run
    by_stand_in: Tensor  # bool, whether p proved


class Logs(NamedTuple):
    """Activity logs of two nodes, or of none (`logs.py`)."""

    entries: Tensor  # (B, 2, 100) frequency by transmitted size; (B, 2, 0) where not kept
    shared: Tensor  # bool (B, 100) sizes whose entry is one in both
    is_new: Tensor  # bool (B,) whether the last message was new to the log that it entered


class State(NamedTuple):
    """B networks. Nodes are in the order i, j, k, p, r; sizes are in size units, money in tokens.

    A layer leaves alone what it does not know: the funnel moves pools, the others all else.
    """

    time: Tensor  # int64 (B,) blocks since the start
    # storage and bandwidth
    used: Tensor  # (B, 5) used storage; p and r stay empty
    traffic_i: Tensor  # (B, 5) on the edges from i to each node
    traffic_k: Tensor  # (B, 5) on the edges from k to each node
    files: Tensor  # int8 (B, F) by file: bits held by i, j, k (1, 2, 4), seen (8), owner + 1 (16, 32)
    gross_files: Tensor  # (B,) Σ size · frequency
    least_files: Tensor  # (B,) Σ size of distinct files
    gross: Tensor  # (B,) as reported: 0 after block 1
    least: Tensor  # (B,) as reported
    found: Tensor  # (B, 5) messages from i that each node saw
    routed_to_j: Tensor  # (B,) messages from k that j saw
    pushed: Tensor  # (B, 2) files that i pushed to j and to k
    upload_i: Tensor  # (B,) 1 where i's upload check passed, nan before the first
    upload_k: Tensor  # (B,) the same of k
    failed_i: Tensor  # (B,) failed upload checks so far
    failed_k: Tensor  # (B,)
    cumulative_traffic: Tensor  # (B,)
    forward_extra: Tensor  # (B,) the overlay's forwarding metric
    logs: Logs
    liveness: Tensor  # (B, 3) estimates: j by i, k by i, j by k
    # overlay, constant in a run
    ids: Tensor  # int64 (B, 5)
    route_ids: Tensor  # int64 (B, 5) those that routing uses
    nearest_i: Tensor  # int64 (B,) node
    nearest_k: Tensor  # int64 (B,)
    storer: Tensor  # int64 (B,) node that is paid for storing
    router: Tensor  # int64 (B,) node that is paid for routing
    distance: Tensor  # (B,) XOR of storer and receiver
    # the block's draws
    arrival: Tensor  # (B,) size of what is sent
    price: Tensor  # (B,) tokens committed to the message
    # tokens
    wallets: Tensor  # (B, 5)
    treasury: Tensor  # (B,)
    transit: Tensor  # (B,) tokens that neither a wallet nor the treasury holds, as reported
    active: Queue
    located: Queue
    routed: Queue
    solved: Solved
    real: Memory
    fake: Memory
    paid: Tensor  # (B,) messages
    unpaid: Tensor  # (B,) messages
    corrections: Tensor  # (B,) Σ (tax − subsidy) of paid messages
    destroyed: Tensor  # (B,) tokens made to vanish: by defaults (Q11), or shares that sum to less than 1
    debt: Tensor  # (B,) Σ pledges of unpaid messages
    trust: Tensor  # (B, 5) each node's trust in i, 0 or 1
    tax: Tensor  # (B,) of the block, penalty included
    subsidy: Tensor  # (B,) of the block
    penalty: Tensor  # (B,) of the block
    total_tax: Tensor  # (B,)
    total_subsidy: Tensor  # (B,)
    total_penalty: Tensor  # (B,)
    latency: Tensor  # (B,) blocks, of the message solved last; nan before
    by_stand_in: Tensor  # (B,) 1 where p proved it; nan before
    pledge: Tensor  # (B,) its pledge; nan before
    angle: Tensor  # (B,) rad; nan before
    gap: Tensor  # (B,) z-gap; nan before
    score: Tensor  # (B,) fake score p*; nan before
    noisy_score: Tensor  # (B,) p* with noise; nan before
    # funnel
    signal: Tensor  # (B,)
    pools: Tensor  # (B, 5) people
    reputation: Tensor  # (B, 5)
    has_moved_on: Tensor  # bool (B, 5) whether a pool ever had an outflow to the next (Q22)
    has_fallen_back: Tensor  # bool (B, 5) whether it ever had one to the former


def one_hot(node: Tensor, width: int) -> Tensor:
    """Which of `width` columns an index (B,) names, bool (B, width)."""
    return torch.arange(width, device=node.device) == node[:, None]


def at(values: Tensor, node: Tensor) -> Tensor:
    """The column of (B, ·) that an index (B,) names, (B,)."""
    return values.gather(1, node[:, None])[:, 0]
