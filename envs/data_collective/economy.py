"""The data collective: section 5 as a timeline."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from typing_extensions import override

from ..core.chance import Chance
from ..core.declarations import Lever, Sensor, Shock
from ..core.economy import Economy
from ..core.tensors import Tensors
from . import access, accounts, hosting, learning, market, settlement, traffic, world
from .initial import begin
from .interface import LEVERS, SENSORS, SHOCKS, read_sensors
from .parameters import Columns, Parameters, check_together, columns
from .state import State, narrowed, price, widened

FEWEST, LEAST_PRICE = 0.03, 0.01  # of potential members, of the initial price: the end


@dataclass(frozen=True)
class DataCollective(Parameters, Economy[State]):
    """A community round one archive, whose token gates access, pays for downloads and rewards hosting."""

    name: ClassVar[str] = "data_collective"
    levers: ClassVar[tuple[Lever, ...]] = LEVERS
    sensors: ClassVar[tuple[Sensor, ...]] = SENSORS
    shocks: ClassVar[tuple[Shock, ...]] = SHOCKS

    def __post_init__(self) -> None:
        super().__post_init__()
        check_together(self)

    @override
    def initial(self, batch: int, chance: Chance, device: torch.device | str = "cpu") -> State:
        """Section 3."""
        return begin(self, batch, chance, device)

    @override
    def step(self, state: State, levers: Tensors, shocks: Tensors, chance: Chance) -> State:
        """A day, section 5: incomes, prices and ratios are yesterday's where it begins."""
        p, levers, shocks = Columns(self), columns(levers), columns(shocks)
        s = widened(state)
        usd = price(s)
        s, appeal = world.turn(p, s, shocks, chance)
        s, moves = access.come_and_go(p, s, appeal, levers, shocks, chance)
        choice = hosting.choose(p, s, levers, shocks)
        s = s._replace(yield_=torch.where(appeal.released, 0.0, s.yield_))
        demand = traffic.ask(p, s, choice, appeal.popularity, moves.going)
        capacity = traffic.offer(p, s, choice, levers, demand.waiting)
        s, service = traffic.serve(p, s, levers, demand, capacity, appeal.popularity)
        s, flows = traffic.deliver(p, s, choice, demand, capacity, service, appeal.popularity, levers)
        s, income = settlement.settle(p, s, choice, capacity, flows, levers)
        s, income = settlement.audit(p, s, choice, flows, income, levers)
        s, cost = learning.learn(
            p, s, choice, capacity, service, flows, income, appeal.popularity, moves.going, usd, shocks
        )
        s = market.trade(p, s, income, moves, cost, shocks["gloom"], shocks["dump"])
        return narrowed(s._replace(time=s.time + 1))

    @override
    def sense(self, state: State, levers: Tensors) -> dict[str, Tensor]:
        return read_sensors(self, state, levers)

    @override
    def collapsed(self, state: State) -> Tensor:
        """Members or price have all but gone, bool (B,)."""
        few = state.members.sum(1) < FEWEST * state.potential.sum(1)
        return few | (price(state) < LEAST_PRICE * self.price0)

    @override
    def metrics(self, state: State) -> dict[str, Tensor]:
        return accounts.metrics(state)

    @override
    def ledger(self, state: State) -> dict[str, Tensor]:
        return accounts.ledger(state)
