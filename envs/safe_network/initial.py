"""The initial state: the founding upload, the one moment at which the order of clients matters (section 6.3)."""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Number
from .parameters import NetworkParameters, Parameters, as_array
from .section_laws import first_sections
from .state import Day, State, filled_share, unfarmed_share

Array = NDArray[np.float64]


class Coins(NamedTuple):
    """The founders' coins, each () or (B,)."""

    chunks_per_coin: Any  # q
    paid: Any  # A, safecoin
    unfarmed: Any  # U, safecoin


def initial_state(
    p: NetworkParameters, coins: Coins, batch: int, chance: Chance, device: torch.device | str
) -> State:
    """`batch` networks just after the founding upload; of their first day nothing is known yet."""

    def fill(value: Any) -> Tensor:
        return torch.as_tensor(value, dtype=torch.float64, device=device).expand(batch).clone()

    zero = fill(0.0)
    vaults = fill(float(p.initial_vaults))
    state = State(
        time=torch.zeros(batch, dtype=torch.int64, device=device), vaults=vaults,
        chunks=fill(p.initial_users * as_array(p.initial_user_chunks)),
        chunks_per_coin=fill(coins.chunks_per_coin), paid=fill(coins.paid), farmed=zero,
        unfarmed=fill(coins.unfarmed), lost=zero, earned=zero,
        sections=first_sections(p, vaults, chance),
        reference_reward=zero, reference_cost=zero, mirror=zero,
        filled_mean=zero, unfarmed_mean=zero, growth_mean=zero, day=Day(*[zero] * len(Day._fields)),
    )  # fmt: skip
    return state._replace(filled_mean=filled_share(p, state), unfarmed_mean=unfarmed_share(p, state))


def free_upload(p: NetworkParameters, chunks_per_coin: Number) -> Coins:
    """Coins where founders store for nothing."""
    return Coins(as_array(chunks_per_coin), 0.0, as_array(p.initial_unfarmed))


def charged_upload(p: Parameters) -> Coins:
    """Coins where founders pay the price that their own uploads move."""
    rules = (p.store_rule, p.upload_granularity == "user", p.initial_users)
    numbers = (
        p.initial_user_chunks, p.initial_unfarmed, p.total_supply,
        p.chunks_per_coin0, p.q_step, p.q_min, p.buffer,
    )  # fmt: skip
    if any(isinstance(number, Tensor) for number in numbers):
        return upload(*rules, *np.broadcast_arrays(*map(as_array, numbers)))
    return _upload_once(*rules, *numbers)


@lru_cache(maxsize=256)  # every reset asks for it, and it takes a loop over all founders
def _upload_once(rule: str, each: bool, users: int, *numbers: float) -> Coins:
    return upload(rule, each, users, *[np.asarray(float(number)) for number in numbers])


def upload(
    rule: str,
    each: bool,
    users: int,
    chunks: Array,
    unfarmed: Array,
    total: Array,
    q: Array,
    q_step: Array,
    q_min: Array,
    buffer: Array,
) -> Coins:
    """Uploads the founding users' chunks one after another.

    Args:
        rule: store rule, evaluated before every user's payment (`each`) or once for all.
        users: founding users. chunks: uploaded by each of them.
        unfarmed, total: U and T, safecoin. q, q_step, q_min: chunks per safecoin.
        buffer: β. All arrays broadcast to (B,).

    Returns:
        q, paid coins A and unfarmed coins U after the upload.
    """
    paid = np.zeros_like(q)
    none = np.zeros_like(q)
    for _ in range(users if each else 1):
        issued = 1.0 - unfarmed / total
        q = np.maximum(q_min, q + q_step * direction(rule, q, paid, none, issued, buffer))
        payment = chunks / q if each else users * chunks / q
        paid = paid + payment
        unfarmed = unfarmed + payment
    return Coins(q, paid, unfarmed)


def direction(rule: str, q: Array, paid: Array, farmed: Array, issued: Array, buffer: Array) -> Array:
    """Where a store rule moves q: −1 dearer, +1 cheaper, 0 no move."""
    if rule == "constant":
        return np.zeros_like(q)
    target = (issued + buffer) * (farmed if rule == "proposal" else paid)
    return np.sign(paid - target)
