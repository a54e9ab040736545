"""The economy: section 5 as a timeline."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor
from typing_extensions import override

from ..core.chance import Chance
from ..core.declarations import Lever, Sensor, Shock
from ..core.economy import Economy
from ..core.tensors import Tensors, choose
from . import accounts
from .arrivals import arrive
from .initial import initial_state, remember_median
from .interface import SENSORS, SHOCKS, levers_for, mechanism, readings
from .outcomes import conclude, fund
from .parameters import Parameters
from .staking import stake
from .state import State


@dataclass(frozen=True, eq=False)
class ConvictionVoting(Parameters, Economy[State]):
    """Conviction voting as BlockScience, 1Hive, Aragon and the Commons Stack published it, version 1.

    Participants stake tokens on the proposals they like; a stake turns into conviction over time, and a
    proposal whose conviction exceeds the trigger is paid from a common treasury.
    """

    name: ClassVar[str] = "conviction_voting"
    levers: ClassVar[tuple[Lever, ...]] = levers_for(
        rho=0.02, beta=0.2, half_life=1.0, tmin=7.0, min_supp=50.0
    )
    sensors: ClassVar[tuple[Sensor, ...]] = SENSORS
    shocks: ClassVar[tuple[Shock, ...]] = SHOCKS

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, slots in (("participants0", "participant_slots"), ("proposals0", "proposal_slots")):
            most, capacity = torch.as_tensor(getattr(self, name)), getattr(self, slots)
            if not most.is_meta and float(most.max()) > capacity:
                raise ValueError(
                    f"{type(self).__name__}.{name} is {float(most.max()):g}; {slots} is {capacity}, "
                    f"and no more can begin"
                )

    @override
    def initial(self, batch: int, chance: Chance, device: torch.device | str = "cpu") -> State:
        return initial_state(self, batch, chance, device)

    @override
    def step(self, state: State, levers: Tensors, shocks: Tensors, chance: Chance) -> State:
        return self._step(state, levers, shocks, chance)

    @override
    def step_where(
        self, going: Tensor, state: State, levers: Tensors, shocks: Tensors, chance: Chance
    ) -> State:
        """Nobody's affinities are written for the others."""
        return choose(going, self._step(state, levers, shocks, chance, going), state)

    @property
    @override
    def writes_in_place(self) -> bool:
        return self.in_place

    def _step(
        self, state: State, levers: Tensors, shocks: Tensors, chance: Chance, going: Tensor | None = None
    ) -> State:
        rules, before = mechanism(levers), state
        state = arrive(self, state, rules, shocks, chance, going)
        state = conclude(self, state, chance)
        state = fund(self, state, rules)
        state = stake(self, state, rules, shocks, chance)
        state = remember_median(self, state, self._median_moved(before, state))
        return state._replace(time=state.time + 1)

    def _median_moved(self, before: State, after: State) -> Tensor:
        moved = (after.participants > before.participants) | (after.proposals > before.proposals)
        if self.median_over == "candidates" or self.conflicts:
            moved = moved | (after.status != before.status).any(1)
        return moved

    @override
    def sense(self, state: State, levers: Tensors) -> dict[str, Tensor]:
        return readings(self, state, mechanism(levers))

    @override
    def collapsed(self, state: State) -> Tensor:
        """Whether the treasury is all but spent, or the original would have raised; bool (B,)."""
        return state.fault | (state.funds < self.collapse_share * self.funds0)

    @override
    def metrics(self, state: State) -> dict[str, Tensor]:
        return accounts.metrics(self, state)

    @override
    def ledger(self, state: State) -> dict[str, Tensor]:
        return accounts.ledger(self, state)
