"""The economy: section 5 as a timeline."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.declarations import Lever, Sensor, Shock
from ..core.economy import Economy
from ..core.tensors import Tensors, choose
from . import measures
from .arrivals import arrive
from .genesis import begin, remember_median
from .interface import SENSORS, SHOCKS, levers_for, mechanism
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

    def initial(self, batch: int, chance: Chance, device: torch.device | str = "cpu") -> State:
        """See `Economy.initial`; section 4."""
        return begin(self, batch, chance, device)

    def step(self, state: State, levers: Tensors, shocks: Tensors, chance: Chance) -> State:
        """See `Economy.step`; section 5."""
        return self._step(state, levers, shocks, chance)

    def step_where(
        self, going: Tensor, state: State, levers: Tensors, shocks: Tensors, chance: Chance
    ) -> State:
        """See `Economy.step_where`; nobody's affinities are written for the others."""
        return choose(going, self._step(state, levers, shocks, chance, going), state)

    @property
    def writes_in_place(self) -> bool:
        """See `Economy.writes_in_place`."""
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

    def sense(self, state: State, levers: Tensors) -> dict[str, Tensor]:
        """See `Economy.sense`."""
        return measures.readings(self, state, mechanism(levers))

    def collapsed(self, state: State) -> Tensor:
        """Whether the treasury is all but spent, or the original would have raised; bool (B,)."""
        return state.fault | (state.funds < self.collapse_share * self.funds0)

    def metrics(self, state: State) -> dict[str, Tensor]:
        """See `Economy.metrics`."""
        return measures.metrics(self, state)

    def ledger(self, state: State) -> dict[str, Tensor]:
        """See `Economy.ledger`."""
        return measures.ledger(self, state)
