"""Senders ask for messages and lock tokens (model.md, section 5.1)."""

from typing import NamedTuple

import torch
from torch import Tensor

from ...core.chance import Chance
from ...core.tensors import Tensors
from .laws import logarithm
from .parameters import EPSILON, Parameters
from .state import State


class Request(NamedTuple):
    """What senders ask for in a block, (B,)."""

    people: Tensor  # n, users, the loyal counting 1.5, over those of block 0
    real_fee: Tensor  # F*, fee times the token's price
    wanted: Tensor  # messages
    volume: Tensor  # v, messages that are taken
    locked: Tensor  # token
    pledged: Tensor  # token


def request(p: Parameters, state: State, levers: Tensors, shocks: Tensors, chance: Chance) -> Request:
    """Requests fall with the real fee and with what is locked; distrusted ones are not acted on."""
    fee, escrow = levers["fee"], levers["escrow"]
    n = (state.adopted + 1.5 * state.loyal) / (1.1 * p.users0)
    real_fee, q = fee * shocks["price"], p.price0 * fee
    tendency = (
        p.noise_demand * chance.normal("demand")
        - p.elasticity * logarithm(real_fee)
        - p.reluctance * (escrow - 0.5)
    )
    wanted = p.volume0 * n * shocks["demand"] * torch.exp(tendency)
    taken = wanted * state.trust
    share = torch.clamp(0.25 * state.senders / (q * escrow * taken + EPSILON), max=1.0)
    volume = taken * share
    locked = q * escrow * volume
    return Request(n, real_fee, wanted, volume, locked, q * volume - locked)
