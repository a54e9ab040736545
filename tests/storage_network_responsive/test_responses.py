"""What each lever does to the mean field, and that all of it can be differentiated."""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from envs.core.chance import Expected
from envs.storage_network.responsive import ResponsiveStorageNetwork, State
from envs.storage_network.responsive.parameters import EPSILON
from envs.storage_network.responsive.state import in_ring

from .cases import leaves, run


@dataclass(frozen=True)
class Response:
    """A figure at some values of a lever, as printed, and its direction (0: none).

    It is the mean over what blocks 100 to 199 lead to, or what block 199 alone leads to.
    """

    figure: str
    printed: str
    direction: int = 0
    at_the_end: bool = False

    @property
    def wanted(self) -> list[float]:
        return [float(number) for number in self.printed.split()]

    @property
    def rounding(self) -> list[float]:
        return [0.51 * 10.0 ** -len(number.partition(".")[2]) for number in self.printed.split()]


RESPONSES: dict[str, tuple[list[float], list[Response]]] = {
    "subsidy": (
        [0.0, 0.1, 0.2, 0.3],
        [Response("latency", "8.497 7.950 7.806 7.807"), Response("effort", "0.501 0.633 0.664 0.664")],
    ),
    "audit": (
        [0.0, 0.05, 0.1, 0.2, 0.4],
        [
            Response("fake", "0.309 0.0044 0.0022 0.0021 0.0021", -1),
            Response("audited", "0.000 0.049 0.098 0.099 0.098"),
            Response("audit_cost", "0 0.93 1.69 1.65 1.58"),
        ],
    ),
    "route_share": (
        [0.3, 0.4, 0.5, 0.6],
        [
            Response("latency", "8.771 8.268 7.906 7.638", -1),
            Response("effort", "0.462 0.498 0.533 0.563", 1),
            Response("store_cap", "5.59 5.39 4.87 4.17", -1),
        ],
    ),
    "store_share": (
        [0.4, 0.5, 0.6, 0.7, 0.8],
        [
            Response("fill", "0.592 0.499 0.434 0.385 0.349", -1, True),
            Response("proof_load", "0.313 0.359 0.426 0.532 0.729", 1),
        ],
    ),
    "penalty": (
        [0.0, 0.25, 0.5, 0.75, 1.0],
        [
            Response("fake", "0.675 0.188 0.0044 0.0026 0.0020", -1),
            Response("wronged", "0 0.012 0.022 0.032 0.042", 1),
        ],
    ),
    "threshold": (
        [0.5, 0.7, 0.9],
        [
            Response("recall", "0.986 0.932 0.708", -1),
            Response("wronged", "0.183 0.060 0.0024", -1),
        ],
    ),
    "escrow": (
        [0.0, 0.25, 0.5, 0.75, 1.0],
        [
            Response("default", "0.0503 0.0306 0.0171 0.0068 0", -1),
            Response("trust", "0.806 0.905 0.952 0.980 0.997", 1),
            Response("locked", "0 112 202 262 293", 1, True),
            Response("requested", "3.63 3.37 2.92 2.45 2.04", -1),
        ],
    ),
    "steepness": (
        [1.0, 2.0, 4.0, 8.0],
        [Response("default", "0.0103 0.0171 0.117 0.289", 1), Response("lost", "0.074 0.062 0.204 0.319")],
    ),
    "fee": (
        [0.75, 1.0, 1.5, 2.0],
        [
            Response("requested", "3.17 2.92 2.13 1.61", -1),
            Response("late", "0.423 0.280 0.137 0.085", -1),
        ],
    ),
    "price": (
        [0.5, 0.75, 1.0, 1.25],
        [Response("route_cap", "2.28 5.51 6.52 6.79", 1), Response("load", "0.640 0.537 0.423 0.350", -1)],
    ),
}
CASES = [(name, value) for name, (values, _) in RESPONSES.items() for value in values]


def figures(state: State) -> dict[str, Tensor]:
    fill = state.stored / (state.store_capacity + EPSILON)
    return leaves(state) | {"locked": in_ring(state.escrow), "fill": fill}


@pytest.fixture(scope="module")
def seen() -> list[dict[str, Tensor]]:
    """Every figure after blocks 100 to 199, (cases,)."""
    economy, batch = ResponsiveStorageNetwork(), len(CASES)
    levers, shocks = economy.neutral_levers(batch), economy.neutral_shocks(batch)
    for row, (name, value) in enumerate(CASES):
        (shocks if name == "price" else levers)[name][row] = value
        if name == "subsidy":
            levers["tax"][row] = 0.15
    return [figures(state) for state in run(economy, 200, batch, levers, shocks)[101:]]


@pytest.mark.parametrize("name", RESPONSES)
def test_every_lever_acts_as_measured(name: str, seen: list[dict[str, Tensor]]) -> None:
    rows = [row for row, (lever, _) in enumerate(CASES) if lever == name]
    for response in RESPONSES[name][1]:
        blocks = torch.stack([figures[response.figure][rows] for figures in seen])
        found = blocks[-1] if response.at_the_end else blocks.mean(0)
        for value, wanted, rounding in zip(found.tolist(), response.wanted, response.rounding, strict=True):
            assert abs(value - wanted) <= 1e-3 * abs(wanted) + rounding, (response.figure, found.tolist())
        if response.direction:  # where a bound binds, a lever may turn by less than is printed
            moved, least = response.direction * found.diff(), torch.tensor(response.rounding[1:])
            assert (moved > -least).all(), (response.figure, found.tolist())
            assert response.direction * (found[-1] - found[0]) > 0.0


def test_routing_collapses_where_routers_earn_too_little() -> None:
    states = run(ResponsiveStorageNetwork(), 200, 1, {"route_share": 0.2})[101:]
    assert float(torch.stack([s.latency for s in states]).mean()) == pytest.approx(9.19, rel=1e-3)
    assert float(torch.stack([s.store_capacity for s in states]).mean()) == pytest.approx(4.03, rel=2e-3)


def test_gradients_of_service_exist_for_all_levers() -> None:
    economy = ResponsiveStorageNetwork()
    levers = {name: value.requires_grad_() for name, value in economy.neutral_levers(1).items()}
    state, served, late = economy.initial(1, Expected(1)), torch.zeros(1), torch.zeros(1)
    for _ in range(40):
        state = economy.step(state, levers, economy.neutral_shocks(1), Expected(1))
        served, late = served + state.served, late + state.late
    signs = {}
    for label, figure in (("served", served), ("late", late)):
        slopes = torch.autograd.grad(figure.sum(), list(levers.values()), retain_graph=True)
        for name, slope in zip(levers, slopes, strict=True):
            assert slope.isfinite().all(), (label, name)
            signs[label, name] = float(slope.sign())
    wanted = {
        "fee": -1, "route_share": 1, "tax": 1, "subsidy": 1, "penalty": 1, "audit": 1, "escrow": -1,
    }  # fmt: skip
    assert {name: signs["served", name] for name in wanted} == wanted
