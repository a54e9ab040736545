"""The founding upload: the one moment at which the order of clients matters (section 6)."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .parameters import as_array

if TYPE_CHECKING:
    from .economy import SafeNetwork

Array = NDArray[np.float64]


def move_target(rule: str, q: Array, paid: Array, farmed: Array, issued: Array, buffer: Array) -> Array:
    """Direction of q under a store rule: −1 dearer, +1 cheaper, 0 no move."""
    if rule == "constant":
        return np.zeros_like(q)
    target = (issued + buffer) * (farmed if rule == "proposal" else paid)
    return np.sign(paid - target)


def found(
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
) -> tuple[Array, Array, Array]:
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
        q = np.maximum(q_min, q + q_step * move_target(rule, q, paid, none, issued, buffer))
        payment = chunks / q if each else users * chunks / q
        paid = paid + payment
        unfarmed = unfarmed + payment
    return q, paid, unfarmed


def found_coins(plant: "SafeNetwork") -> tuple[Any, Any, Any]:
    """q, A and U after the founding upload, which version 2 alone charges for."""
    if plant.version != "v2":  # no price exists before the first reading of f: the upload is free
        return as_array(plant.chunks_per_coin0), 0.0, as_array(plant.initial_unfarmed)
    rules = (plant.store_rule, plant.upload_granularity == "user", plant.initial_users)
    numbers = (
        plant.initial_user_chunks, plant.initial_unfarmed, plant.total_supply,
        plant.chunks_per_coin0, plant.q_step, plant.q_min, plant.buffer,
    )  # fmt: skip
    if any(isinstance(number, Tensor) for number in numbers):
        return found(*rules, *np.broadcast_arrays(*map(as_array, numbers)))
    return _found_once(*rules, *numbers)


@lru_cache(maxsize=256)
def _found_once(rule: str, each: bool, users: int, *numbers: float) -> tuple[Any, Any, Any]:
    return found(rule, each, users, *[np.asarray(float(number)) for number in numbers])
