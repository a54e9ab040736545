"""The Bostrom network economy: an inflationary token, its resource tokens and its link market."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from typing_extensions import override

from ..core.chance import Chance
from ..core.declarations import Lever, Sensor, Shock
from ..core.economy import Economy
from ..core.tensors import Tensors, choose
from . import accounts, equations, feedback
from .interface import LEVERS, SENSORS, SHOCKS, read_sensors, remember
from .kernels import empty_book
from .parameters import Parameters
from .state import COLUMNS, State


@dataclass(frozen=True)
class Bostrom(Parameters, Economy[State]):
    """Sections 2 to 6 of `model.md`, one step per day; the defaults are the original's.

    The extension (`Extension`) is off by default, and off is bit-equal to the original equations.
    """

    name: ClassVar[str] = "bostrom"
    levers: ClassVar[tuple[Lever, ...]] = LEVERS
    sensors: ClassVar[tuple[Sensor, ...]] = SENSORS
    shocks: ClassVar[tuple[Shock, ...]] = SHOCKS
    frozen: ClassVar[tuple[str, ...]] = (
        "initial_agents_count",
        "initial_capitalization_per_agent",
        "initial_capitalization_in_eth",
        "initial_gboot_price",
        "timesteps_per_year",
    )
    """Capitalisation hangs on an integration constant (section 11.3): no policy and no draw may touch it."""

    @override
    def initial(self, batch: int, chance: Chance, device: torch.device | str = "cpu") -> State:
        """Row 0: the initial values unmodified, both books empty."""
        zero = torch.zeros(batch, dtype=torch.float64, device=device)
        first = {name: zero + getattr(self, f"initial_{name}") for name in COLUMNS}
        apart = (  # no two leaves share memory, or the first step would compile to a graph of its own
            "bonded_flow", "released_flow", "ampere_locked", "volt_locked", "valuation", "network",
            "validator_cost", "revenue_mean",
        )  # fmt: skip
        return State(
            **first,
            **{name: zero.clone() for name in apart},
            time=torch.zeros(batch, dtype=torch.int64, device=device),
            ampere_book=empty_book(batch, self.book_days, device),
            volt_book=empty_book(batch, self.book_days, device),
            booked=torch.zeros(batch, dtype=torch.int64, device=device),
            agents_reference=first["agents_count"].clone(),
            price_mean=first["gboot_price"].clone(),
            scarcity_mean=zero + 1.0,
        )

    @override
    def step(self, state: State, levers: Tensors, shocks: Tensors, chance: Chance) -> State:
        """Row t + 1; no column sees another column's new value, but for sections 5.9 and 13.3 (cost)."""
        raw = feedback.bonding(state, self, levers)
        flow = equations.flows(state, self, raw)
        response = feedback.respond(state, self, raw, flow.released, shocks, chance)
        usage = equations.resources(state, self)
        time = state.time + 1
        row = {
            **equations.inflation(state, self, levers),
            **equations.balances(state, self, flow),
            **equations.adoption(state, flow, response, shocks),
            **equations.market(state, self, flow, levers, shocks, response),
            **equations.linking(state, self, shocks, response),
            **equations.terms(state, self, levers),
            **equations.minting(state, self, flow, response, chance),
            **usage,
        }
        return state._replace(
            **row,
            **remember(state, row),
            valuation=response.valuation,
            network=response.network,
            validator_cost=feedback.infrastructure_cost(self, usage, time, shocks),
            time=time,
        )

    @property
    @override
    def writes_in_place(self) -> bool:
        return self.in_place

    @override
    def step_where(
        self, going: Tensor, state: State, levers: Tensors, shocks: Tensors, chance: Chance
    ) -> State:
        """What is booked already is not entered into the books."""
        booked = torch.where(going, state.booked, state.time + 1)
        return choose(going, self.step(state._replace(booked=booked), levers, shocks, chance), state)

    @override
    def sense(self, state: State, levers: Tensors) -> dict[str, Tensor]:
        return read_sensors(self, state, levers)

    @override
    def collapsed(self, state: State) -> Tensor:
        """Liquid BOOT, A, V or capitalisation below zero, which the original allows (section 10)."""
        least = torch.minimum(state.ampere_supply, state.volt_supply)
        least = torch.minimum(least, state.boot_liquid_supply)
        return torch.minimum(least, state.capitalization_in_eth) < 0.0

    @override
    def metrics(self, state: State) -> dict[str, Tensor]:
        return accounts.metrics(self, state)

    @override
    def ledger(self, state: State) -> dict[str, Tensor]:
        return accounts.ledger(self, state)
