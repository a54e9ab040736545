"""The overlay: ids, distances, the nearest node, and pings (`model.md`, section 3)."""

import torch
from torch import Tensor

from ..core.chance import Chance
from .parameters import ID_NAMES, ROUTE_ID_NAMES, I, J, K, Parameters
from .state import State

IDS = 16  # 4 bits
BITS = 4


def proximity(distance: Tensor) -> Tensor:
    """Equal leading bits of two ids with this XOR distance, int64."""
    lengths = [(distance >= 2**bit).to(torch.int64) for bit in range(BITS)]
    return BITS - torch.stack(lengths).sum(0)


def nearest(ids: Tensor, node: int, fallback: bool) -> Tensor:
    """The node that a node takes for its nearest, int64 (B,).

    It is the first of its routing table with the second largest proximity, itself included (3.1).

    Args:
        ids: int64 (B, 4 or 5). node: whose table. fallback: where that is the node itself, the first
            row as close as node k instead.
    """
    close = proximity(ids ^ ids[:, node : node + 1])
    second = close.sort(1).values[:, -2:-1]
    row = _first(close == second)
    if not fallback:
        return row
    return torch.where(row == node, _first(close == close[:, K : K + 1]), row)


def _first(which: Tensor) -> Tensor:
    places = torch.arange(which.shape[1], device=which.device)
    return torch.where(which, places, which.shape[1]).amin(1)


def _routable() -> Tensor:
    every = torch.cartesian_prod(*[torch.arange(IDS)] * 4)
    row = nearest(every, I, fallback=False)
    return every[(row == J) | (row == K)]


ROUTABLE = _routable()
"""All sets of four ids under which the overlay does not abort: nearest(i) is j or k; int64 (·, 4)."""


def ids_of(parameters: Parameters, names: tuple[str, ...], batch: int, chance: Chance) -> Tensor:
    """The five ids, given or drawn, int64 (B, 5); the overlay's law leaves out what aborts (Q17)."""
    if parameters.layer in ("validation", "funnel"):  # know no ids
        return torch.zeros(batch, 5, dtype=torch.int64)
    if getattr(parameters, names[0]) is not None:
        return _given_ids(parameters, names, batch)
    if parameters.layer == "overlay" and not parameters.fallback:
        sets = len(ROUTABLE)
        index = chance.inverse("ids", lambda u: torch.floor(u * sets), sets // 2)
        four = ROUTABLE.to(index.device)[index.to(torch.int64)]
        return torch.cat([four, torch.zeros_like(four[:, :1])], 1)
    drawn = [chance.inverse(name, lambda u: torch.floor(u * IDS), IDS // 2) for name in names]
    return torch.stack(drawn, 1).to(torch.int64)


def _given_ids(parameters: Parameters, names: tuple[str, ...], batch: int) -> Tensor:
    columns = [torch.zeros(batch, dtype=torch.int64)] * 5
    for node, name in enumerate(names[: parameters.members]):
        columns[node] = torch.as_tensor(getattr(parameters, name)).to(torch.int64).expand(batch)
    return torch.stack(columns, 1)


def check_ids(parameters: Parameters) -> None:
    """Refuses given ids under which the overlay aborts (Q17).

    Raises:
        ValueError: naming them, and what helps.
    """
    values = [getattr(parameters, name) for name in ID_NAMES[:4]]
    given = [torch.as_tensor(value) for value in values if value is not None]
    aborts = parameters.layer == "overlay" and not parameters.fallback
    if not aborts or len(given) < 4 or given[0].is_meta:
        return
    batch = max(one.numel() for one in given)
    ids = torch.stack([one.to(torch.int64).reshape(-1).expand(batch) for one in given], 1)
    row = nearest(ids, I, fallback=False)
    bad = (row != J) & (row != K)
    if bool(bad.any()):
        raise ValueError(
            f"ids {ids[bad][0].tolist()}: the node nearest to i is neither j nor k, and the overlay aborts; "
            "choose other ids, or fallback=True"
        )


def neighbours(parameters: Parameters, batch: int, chance: Chance) -> dict[str, Tensor]:
    """Everything that follows from the ids, as fields of the state."""
    ids = ids_of(parameters, ID_NAMES, batch, chance)
    route_ids = ids_of(parameters, ROUTE_ID_NAMES, batch, chance) if parameters.two_id_sets else ids
    table = route_ids[:, : parameters.members]
    fallback = parameters.layer != "overlay" or parameters.fallback
    nearest_i, nearest_k = nearest(table, 0, fallback), nearest(table, K, fallback)
    storer, router = torch.full_like(nearest_i, K), torch.full_like(nearest_i, 4)
    if parameters.real_route:
        storer = torch.where(nearest_i == 0, storer, nearest_i)
        router = torch.where((nearest_k == 0) | (nearest_k == K), router, nearest_k)
    distance = (ids.gather(1, storer[:, None])[:, 0] ^ ids[:, J]).to(torch.float64)
    return {
        "ids": ids, "route_ids": route_ids.clone(), "nearest_i": nearest_i, "nearest_k": nearest_k,
        "storer": storer, "router": router, "distance": distance,
    }  # fmt: skip


def pinged(estimate: Tensor, online: Tensor, step: Tensor | float) -> Tensor:
    """A liveness estimate after a ping of a node that is on-line (bool) or not; same shapes."""
    return torch.clamp(torch.where(online, estimate + step, estimate - step), 0.0, 1.0)


def ping(parameters: Parameters, state: State, chance: Chance) -> State:
    """Pings of i to j, i to k, and k to j, each with its chance (3.2)."""
    online = {
        node: chance.uniform(f"u_avail_{node}") >= parameters.offline_probability for node in ("j", "k")
    }
    estimates = []
    for column, link in enumerate(("i_to_j", "i_to_k", "k_to_j")):
        before = state.liveness[:, column]
        after = pinged(before, online[link[-1]], parameters.ping_step)
        happens = chance.uniform(f"u_ping_{link}") < parameters.ping_probability
        estimates.append(torch.where(happens, after, before))
    return state._replace(liveness=torch.stack(estimates, 1))


def targets(state: State, node: int, members: int, depth: Tensor | float) -> Tensor:
    """Rows of a node's routing table within an XOR distance, itself included; (B,)."""
    table = state.ids[:, :members]
    return (
        (table ^ table[:, node : node + 1]) < torch.as_tensor(depth, dtype=torch.float64).reshape(-1, 1)
    ).sum(1)
