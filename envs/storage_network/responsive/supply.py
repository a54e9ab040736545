"""Capacity follows income (model.md, section 5.6)."""

from typing import NamedTuple

import torch
from torch import Tensor

from ...core.tensors import Number, Tensors
from .parameters import EPSILON, Parameters
from .settlement import Settlement
from .state import State


class Margins(NamedTuple):
    """Real income over cost by role, (B,)."""

    route: Tensor
    store: Tensor
    prove: Tensor


def margins(p: Parameters, state: State, shocks: Tensors, settled: Settlement) -> Margins:
    """Real income over cost; a unit of capacity costs the more the more there is of it."""

    def margin(pay: Tensor, unit_cost: Number, capacity: Tensor, effort: Number = 1.0) -> Tensor:
        cost = unit_cost * p.price0 * (capacity / p.volume0) ** p.scarcity * capacity * effort
        return shocks["price"] * pay / (cost + EPSILON)

    return Margins(
        margin(settled.pay_route, p.cost_route, state.route_capacity, 0.5 + 0.5 * state.effort + EPSILON),
        margin(settled.pay_store, p.cost_store, state.store_capacity),
        margin(settled.pay_prove, p.cost_prove, state.prove_capacity),
    )


def capacities(p: Parameters, state: State, shocks: Tensors, margin: Margins) -> dict[str, Tensor]:
    """Capacity enters where work pays and leaves where it does not; an exodus takes storers and provers."""

    def grown(capacity: Tensor, margin: Tensor) -> Tensor:
        return capacity * torch.exp(p.entry * torch.tanh(margin - 1.0))

    staying = torch.exp(-shocks["exodus"])
    return {
        "route_capacity": grown(state.route_capacity, margin.route),
        "store_capacity": grown(state.store_capacity, margin.store) * staying,
        "prove_capacity": grown(state.prove_capacity, margin.prove) * staying,
    }
