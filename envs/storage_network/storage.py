"""Storage and bandwidth: upload checks, sends, stores and their metrics (`model.md`, sections 3 to 5)."""

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Number
from . import logs
from .overlay import ping, targets
from .parameters import I, J, K, Parameters
from .state import State, at, one_hot

SIZES = 199  # files have sizes 1 to 199
SEEN, OWNER = 8, 16  # bits of an entry of `State.files`


def whole(chance: Chance, name: str, low: int, high: int) -> Tensor:
    """A whole number, low ≤ x < high, all equally likely, float64 (B,)."""
    return chance.inverse(name, lambda u: torch.floor(low + u * (high - low)), (low + high) // 2)


def per_node(values: list[Number], like: Tensor) -> Tensor:
    """Five parameters as columns (B, 5)."""
    zero = torch.zeros_like(like)
    return torch.stack([zero + value for value in values], 1)


def draw_arrival(parameters: Parameters, state: State, chance: Chance) -> State:
    """Size of what is sent in this block, 1 to 99."""
    return state._replace(arrival=whole(chance, "arrival_size", 1, 100))


def ping_and_draw(parameters: Parameters, state: State, chance: Chance) -> State:
    """The overlay's first sub-step: pings, and the size of what is sent."""
    return draw_arrival(parameters, ping(parameters, state, chance), chance)


def transmitted(outgoing: Tensor, arrival: Tensor, limit: Number) -> Tensor:
    """What passes an upload check: the arrival, or 0 where it failed (3.3)."""
    return torch.where(outgoing + arrival < limit, arrival, 0.0)


def uploads(parameters: Parameters, state: State) -> tuple[Tensor, Tensor, State]:
    """What i and k transmit, (B,) each, and the state that has noted who passed."""
    from_i = transmitted(state.traffic_i.sum(1), state.arrival, parameters.i_out_bandwidth)
    from_k = transmitted(state.traffic_k.sum(1), state.arrival, parameters.k_out_bandwidth)
    return from_i, from_k, noted(noted(state, "i", from_i), "k", from_k)


def noted(state: State, node: str, sent: Tensor) -> State:
    """The state after an upload check of i or k; a transmitted 0 is a failure."""
    passed = (sent > 0.0).to(torch.float64)
    failed = getattr(state, f"failed_{node}") + 1.0 - passed
    return state._replace(**{f"upload_{node}": passed, f"failed_{node}": failed})


def put(columns: Tensor, node: int | Tensor, where: Tensor, value: Tensor) -> Tensor:
    """(B, ·) with `value` (B,) in the column of a node, where `where` (B,) holds."""
    index = torch.full_like(where, node, dtype=torch.int64) if isinstance(node, int) else node
    return torch.where(one_hot(index, columns.shape[1]) & where[:, None], value[:, None], columns)


def send_validation(parameters: Parameters, state: State, chance: Chance) -> State:
    """i to j, i to k, and k to j, in this order; what arrives fills storage (section 4)."""
    p, arrival = parameters, state.arrival
    from_i, from_k, state = uploads(p, state)
    t_ij, t_ik, t_kj = state.traffic_i[:, J], state.traffic_i[:, K], state.traffic_k[:, J]
    used_j, used_k = state.used[:, J], state.used[:, K]

    to_j = (t_ij + t_kj + from_i < p.j_in_bandwidth) & (used_j + from_i <= p.j_storage)
    used_j = torch.where(to_j, used_j + from_i, used_j)
    to_k = (t_ik + from_i < p.k_in_bandwidth) & (used_k + from_i <= p.k_storage)
    filled = used_j + from_k if p.adds_to_receiver else used_k + from_i  # Q3
    onward = (t_kj + from_k < p.j_in_bandwidth) & (filled <= p.j_storage)
    used_j = torch.where(onward, filled, used_j)
    used_k = torch.where(to_k, used_k + from_i, used_k)
    if p.resets_traffic:
        to_j, to_k, onward = to_j & (from_i > 0.0), to_k & (from_i > 0.0), onward & (from_k > 0.0)

    if p.keeps_logs:
        entered = logs.enter_validation(state, from_i, from_k, to_j, to_k, onward)
        state = state._replace(logs=entered)
    every = torch.ones_like(to_j)
    traffic_i = put(put(state.traffic_i, J, to_j, arrival), K, to_k, from_i)
    found = put(put(state.found, J, to_j, state.found[:, J] + 1.0), K, to_k, state.found[:, K] + 1.0)
    return state._replace(
        used=put(put(state.used, J, every, used_j), K, every, used_k),
        traffic_i=traffic_i,
        traffic_k=put(state.traffic_k, J, onward, from_k),
        found=found,
        routed_to_j=state.routed_to_j + onward,
    )


def found_by_nearest(parameters: Parameters, state: State, sent: Tensor) -> State:
    """i's message to the node nearest to it; storage is not consumed (5, 6.1)."""
    p, c = parameters, state.nearest_i
    room = at(per_node(p.of_nodes("storage"), sent), c) - at(state.used, c)
    limit = at(per_node(p.of_nodes("in_bandwidth"), sent), c)
    passes = (at(state.traffic_i, c) + sent < limit) & (sent <= room)
    if p.resets_traffic:
        passes = passes & (sent > 0.0)
    if p.keeps_logs:
        state = state._replace(logs=logs.enter_found(state, sent, passes))
    return state._replace(
        traffic_i=put(state.traffic_i, c, passes, state.arrival),
        found=state.found + (one_hot(c, 5) & passes[:, None]),
    )


def routed_by_nearest(parameters: Parameters, state: State, sent: Tensor) -> State:
    """k's message by way of the node nearest to k, which counts as traffic to j (6.1)."""
    p, c = parameters, state.nearest_k
    room = at(per_node(p.of_nodes("storage"), sent), c) - at(state.used, c)
    limit = at(per_node(p.of_nodes("in_bandwidth"), sent), c)
    passes = (at(state.traffic_k, c) + sent < limit) & (sent <= room)
    if p.resets_traffic:
        passes = passes & (sent > 0.0)
    if p.keeps_logs:
        state = state._replace(logs=logs.enter_routed(state, sent, passes))
    return state._replace(
        traffic_k=put(state.traffic_k, J, passes, state.arrival),
        routed_to_j=state.routed_to_j + passes,
    )


def send_overlay(parameters: Parameters, state: State, chance: Chance) -> State:
    """i to the node nearest to it, and the forwarding metric (section 5)."""
    from_i, from_k, state = uploads(parameters, state)
    state = found_by_nearest(parameters, state, from_i)
    depth = parameters.depth
    extra = targets(state, I, 4, depth) * from_i + targets(state, K, 4, depth) * from_k
    return state._replace(forward_extra=extra)


def store(parameters: Parameters, state: State, chance: Chance) -> State:
    """A file of size 1 to 199 goes to the first of i, j, k with room for it (3.4)."""
    size = whole(chance, "store_size", 1, SIZES + 1)
    copies = parameters.files_per_size
    file = size.to(torch.int64) - 1
    if copies > 1:  # Q1
        file = file * copies + torch.floor(chance.uniform("file_copy") * copies).to(torch.int64)
    return store_file(parameters, state, size, file)


def store_file(parameters: Parameters, state: State, size: Tensor, file: Tensor) -> State:
    """A file (index int64 (B,), of a size (B,)) is offered for storage; see `store`."""
    p, entry = parameters, at(state.files, file).to(torch.int64)
    held = [((entry >> node) & 1) > 0 for node in (I, J, K)]
    need = [state.used[:, node] + torch.where(held[node], 0.0, size) for node in (I, J, K)]
    fits = [need[I] <= p.i_storage, need[J] <= p.j_storage, need[K] <= p.k_storage]
    goes = [fits[I], fits[J] & ~fits[I], fits[K] & ~fits[J] & ~fits[I]]

    used = state.used
    for node in (I, J, K):
        used = put(used, node, goes[node], need[node])
    pushed = torch.stack([goes[J], goes[K]], 1)
    traffic_i = state.traffic_i
    for node in (J, K):
        traffic_i = put(traffic_i, node, goes[node], traffic_i[:, node] + size)

    target = goes[I] + 2 * goes[J] + 3 * goes[K].to(torch.int64)  # node + 1, 0 where rejected
    seen, owner = (entry & SEEN) > 0, entry // OWNER
    again = seen & (owner == target) & (target > 0)  # Q2
    counted = size if p.count_once else torch.where(again, 2.0 * size, size)
    bit = goes[I] + 2 * goes[J] + 4 * goes[K].to(torch.int64)
    entry = torch.where(seen, entry | bit, bit + SEEN + OWNER * target)
    return state._replace(
        used=used,
        traffic_i=traffic_i,
        pushed=state.pushed + pushed,
        files=state.files.scatter(1, file[:, None], entry[:, None].to(torch.int8)),
        gross_files=state.gross_files + counted,
        least_files=state.least_files + torch.where(seen, 0.0, size),
    )


def clear(parameters: Parameters, state: State) -> State:
    """The state at the beginning of a block; it differs only where traffic is reset (Q4)."""
    if not parameters.resets_traffic:
        return state
    return state._replace(
        traffic_i=torch.zeros_like(state.traffic_i), traffic_k=torch.zeros_like(state.traffic_k)
    )


def measure(parameters: Parameters, state: State, chance: Chance) -> State:
    """What is reported of storage and traffic at the end of a block (3.5)."""
    first = state.time == 0
    traffic = state.traffic_i.sum(1) + state.traffic_k[:, J]
    return state._replace(
        gross=torch.where(first, 0.0, state.gross_files),
        least=torch.where(first, 0.0, state.least_files),
        cumulative_traffic=state.cumulative_traffic + traffic,
    )
