"""The published models as one economy: a block is a list of verbs (`model.md`, section 1)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import torch
from torch import Tensor
from typing_extensions import override

from ..core.chance import Chance
from ..core.declarations import Lever, Sensor
from ..core.economy import Economy
from ..core.tensors import Tensors
from . import accounts, adoption, initial, interface, market, overlay, storage
from .parameters import Parameters, check_together
from .state import State
from .variants import VARIANTS

Verb = Callable[[Parameters, State, Chance], State]

BLOCKS: dict[str, tuple[Verb, ...]] = {
    "validation": (storage.draw_arrival, storage.send_validation, storage.store, storage.measure),
    "overlay": (storage.ping_and_draw, storage.send_overlay, storage.store, storage.measure),
    "funnel": (adoption.advance,),
}


@dataclass(frozen=True, eq=False)
class StorageNetwork(Parameters, Economy[State]):
    """A messaging and storage market of five nodes, as Status and BlockScience published it.

    A sender pays to have a message found at a storer, carried by a router and certified by a prover; a
    treasury taxes slow routes and subsidises fast ones. `of` makes any of the published models.
    """

    name: ClassVar[str] = "storage_network"
    levers: ClassVar[tuple[Lever, ...]] = interface.LEVERS
    sensors: ClassVar[tuple[Sensor, ...]] = interface.SENSORS

    def __post_init__(self) -> None:
        super().__post_init__()
        check_together(self)
        overlay.check_ids(self)

    @classmethod
    def of(cls, variant: str, **changed: Any) -> Self:
        """The published model of that name (`VARIANTS`), with some parameters changed.

        Raises:
            ValueError: unknown variant, or a parameter out of its range.
        """
        if variant not in VARIANTS:
            raise ValueError(f"variant is {variant!r}; it must be one of {', '.join(VARIANTS)}")
        return cls(**VARIANTS[variant] | changed)

    @override
    def initial(self, batch: int, chance: Chance, device: torch.device | str = "cpu") -> State:
        return initial.begin(self, batch, chance, device)

    def verbs(self, levers: Tensors) -> tuple[Verb, ...]:
        """What a block does, in order."""
        if self.layer != "tokens":
            return BLOCKS[self.layer]
        rates, penalty = interface.rates(self, levers), levers["penalty"]

        def correct(parameters: Parameters, state: State, chance: Chance) -> State:
            return market.correct(parameters, state, chance, rates, penalty)

        return (
            overlay.ping, market.request, market.join, market.find, market.route, market.pre_prove,
            market.prove, correct, market.pay, storage.store, market.report,
        )  # fmt: skip

    def step(self, state: State, levers: Tensors, shocks: Tensors, chance: Chance) -> State:
        """A block."""
        state = storage.clear(self, state)
        for verb in self.verbs(levers):
            state = verb(self, state, chance)
        return state._replace(time=state.time + 1)

    @override
    def sense(self, state: State, levers: Tensors) -> dict[str, Tensor]:
        return interface.readings(self, state)

    def collapsed(self, state: State) -> Tensor:
        """Never: the original runs on with negative wallets and full disks, bool (B,)."""
        return torch.zeros_like(state.solved.present)

    @override
    def metrics(self, state: State) -> dict[str, Tensor]:
        return accounts.metrics(self, state)

    @override
    def ledger(self, state: State) -> dict[str, Tensor]:
        return accounts.ledger(self, state)
