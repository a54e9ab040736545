"""The responsive storage network: one step is one block (model.md, section 5)."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from typing_extensions import override

from ...core.chance import Chance
from ...core.declarations import Lever, Sensor, Shock
from ...core.economy import Economy
from ...core.tensors import Tensors
from . import accounts, interface
from .adoption import adopt, store
from .behaviour import effort, fakes, knowledge, promises
from .block import Block
from .figures import figures, statistics
from .parameters import Parameters
from .requests import request
from .routing import judge, route
from .settlement import Rates, deliver, settle, withhold
from .state import State, initial_state
from .supply import capacities, margins
from .wallets import balances


@dataclass(frozen=True, eq=False)
class ResponsiveStorageNetwork(Parameters, Economy[State]):
    """Senders, storers, routers and provers as populations that answer to ten levers."""

    name: ClassVar[str] = "storage_network_responsive"
    levers: ClassVar[tuple[Lever, ...]] = interface.LEVERS
    sensors: ClassVar[tuple[Sensor, ...]] = interface.sensors_with(interface.LEVERS)
    shocks: ClassVar[tuple[Shock, ...]] = interface.SHOCKS

    def initial(self, batch: int, chance: Chance, device: torch.device | str = "cpu") -> State:
        """The network before its first block (section 3). Nothing is drawn."""
        return initial_state(self, batch, device)

    def step(self, state: State, levers: Tensors, shocks: Tensors, chance: Chance) -> State:
        """One block (section 5). Levers that are not given are neutral."""
        block = self.transact(state, self.all_levers(state, levers), shocks, chance)
        asked = block.asked
        wallets = balances(self, state, block)
        return State(
            time=state.time + 1,
            volume=(asked.volume, *state.volume[:-1]),
            escrow=(asked.locked, *state.escrow[:-1]),
            pledge=(asked.pledged, *state.pledge[:-1]),
            memory=block.routes.memory,
            stored=store(self, state, block),
            effort=effort(self, state, block),
            fake=fakes(self, state, block),
            skill=knowledge(self, state, block),
            **wallets,
            **capacities(self, state, shocks, block.margins),
            **promises(self, state, block),
            **adopt(self, state, block),
            **figures(state, block),
            **statistics(self, state, block, wallets["treasury"], chance),
        )

    def transact(self, state: State, levers: Tensors, shocks: Tensors, chance: Chance) -> Block:
        """What is asked, routed, judged, delivered and paid in the next block (5.1 to 5.4)."""
        asked = request(self, state, levers, shocks, chance)
        routes = route(self, state, shocks, chance)
        verdict = judge(self, state, levers, shocks, routes)
        delivery = deliver(self, state, asked, routes)
        withheld = withhold(levers, verdict)
        rates = Rates(
            tax=levers["tax"],
            subsidy=levers["subsidy"],
            treasury_share=self.treasury_share,
            route_share=levers["route_share"],
            store_share=levers["store_share"],
            fine=self.fine,
        )
        settled = settle(
            delivery.commitment, state.treasury, routes.slow, routes.fast, state.fake,
            verdict.caught, withheld, rates,
        )  # fmt: skip
        margin = margins(self, state, shocks, settled)
        return Block(levers, shocks, asked, routes, verdict, delivery, withheld, settled, margin)

    def all_levers(self, state: State, levers: Tensors) -> dict[str, Tensor]:
        """The ten levers; those that a task does not set are neutral."""
        return {
            lever.name: levers[lever.name]
            if lever.name in levers
            else torch.full_like(state.adopted, lever.neutral)
            for lever in interface.LEVERS
        }

    def sense(self, state: State, levers: Tensors) -> dict[str, Tensor]:
        """What a controller reads (section 7)."""
        return interface.read(self, state, levers)

    def collapsed(self, state: State) -> Tensor:
        """Fewer than one in a hundred of the market uses the network, bool (B,)."""
        return state.adopted + state.loyal < 0.01

    @override
    def metrics(self, state: State) -> dict[str, Tensor]:
        return accounts.metrics(state)

    @override
    def ledger(self, state: State) -> dict[str, Tensor]:
        return accounts.ledger(state)


class EscrowGovernor(ResponsiveStorageNetwork):
    """The network under the levers that guard promises; the others stay neutral."""

    levers: ClassVar[tuple[Lever, ...]] = interface.levers_named("escrow", "steepness", "fee", "audit")
    sensors: ClassVar[tuple[Sensor, ...]] = interface.sensors_with(levers)


class RouterIncentives(ResponsiveStorageNetwork):
    """The network under the levers that make routes fast and honest; the others stay neutral."""

    levers: ClassVar[tuple[Lever, ...]] = interface.levers_named(
        "tax", "subsidy", "penalty", "threshold", "audit"
    )
    sensors: ClassVar[tuple[Sensor, ...]] = interface.sensors_with(levers)
