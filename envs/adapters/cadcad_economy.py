"""The economy behind a model in cadCAD's style: its functions, called for every environment or once for all."""

import random as python_random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor
from typing_extensions import override

from ..core.chance import Chance
from ..core.economy import Economy
from ..core.objective import Objective
from ..core.tensors import Tensors

Row = dict[str, Any]
Blocks = Sequence[Mapping[str, Mapping[str, Callable[..., Any]]]]
OWN = {"simulation": 0, "subset": 0, "run": 1}  # what cadCAD puts into a state besides


class Variables(NamedTuple):
    """The state of B models."""

    time: Tensor  # timesteps, int64 (B,)
    values: Tensor  # every state variable, float64 (B, variables)


class History(Sequence[Any]):
    """In place of the list of earlier states, which is not kept."""

    def _refuse(self) -> Any:
        raise ValueError("the history of states is not kept; hold what is needed of it in a state variable")

    @override
    def __getitem__(self, place: Any) -> Any:
        return self._refuse()

    @override
    def __len__(self) -> int:
        return int(self._refuse())


@dataclass(frozen=True)
class Adapted(Economy[Variables]):
    """An outside model; `task_from` makes a class of it for each, whose fields are its parameters and initial values.

    Attributes:
        variables: names of the state variables. blocks: cadCAD's partial state update blocks.
        known: names of the parameters that are numbers. constants: the others.
        tensors: functions take tensors (B,), and are called once for all environments.
    """

    variables: ClassVar[tuple[str, ...]]
    blocks: ClassVar[Blocks]
    known: ClassVar[tuple[str, ...]]
    constants: ClassVar[Mapping[str, Any]]
    tensors: ClassVar[bool]

    @property
    def substeps(self) -> int:
        """Blocks of a timestep."""
        return len(self.blocks)

    @property
    @override
    def compilable(self) -> bool:
        return self.tensors

    @override
    def initial(self, batch: int, chance: Chance, device: torch.device | str = "cpu") -> Variables:
        zero = torch.zeros(batch, dtype=torch.float64, device=device)
        values = torch.stack([zero + getattr(self, f"initial_{name}") for name in self.variables], 1)
        return Variables(zero.to(torch.int64), values)

    @override
    def step(self, state: Variables, levers: Tensors, shocks: Tensors, chance: Chance) -> Variables:
        parameters = {name: getattr(self, name) for name in self.known if name not in levers} | dict(levers)
        if self.tensors:
            row = moved(
                self, parameters, self.columns(state) | {"timestep": state.time, "substep": self.substeps}
            )
            values = torch.stack([state.values[:, 0] * 0.0 + row[name] for name in self.variables], 1)
        else:
            seeds = (chance.uniform("cadcad") * 2**32).to(torch.int64).tolist()
            rows = self.rows(state)
            settings = [
                dict(zip(parameters, one, strict=True))
                for one in zip(*self._lists(parameters, len(rows)), strict=True)
            ]
            with own_seeds() as begin:
                found = []
                for row, seed, setting in zip(rows, seeds, settings or [{}] * len(rows), strict=True):
                    begin(seed)
                    after = moved(self, setting, row)
                    found.append([float(after[name]) for name in self.variables])
            values = torch.tensor(found, dtype=torch.float64, device=state.values.device)
        return Variables(state.time + 1, values)

    @staticmethod
    def _lists(parameters: Mapping[str, Any], batch: int) -> list[list[Any]]:
        return [one.tolist() if isinstance(one, Tensor) else [one] * batch for one in parameters.values()]

    def rows(self, state: Variables) -> list[Row]:
        """Every environment's state as cadCAD has it."""
        return [
            dict(zip(self.variables, values, strict=True)) | {"timestep": time, "substep": self.substeps}
            for values, time in zip(state.values.tolist(), state.time.tolist(), strict=True)
        ]

    def columns(self, state: Variables) -> dict[str, Tensor]:
        """Name of a state variable → (B,)."""
        return {name: state.values[:, place] for place, name in enumerate(self.variables)}

    @override
    def sense(self, state: Variables, levers: Tensors) -> dict[str, Tensor]:
        return self.columns(state)

    @override
    def collapsed(self, state: Variables) -> Tensor:
        return state.time < 0

    @override
    def metrics(self, state: Variables) -> dict[str, Tensor]:
        return self.columns(state)

    @override
    def ledger(self, state: Variables) -> dict[str, Tensor]:
        return {}


def moved(model: Adapted, parameters: Mapping[str, Any], row: Row) -> Row:
    """The state after one timestep of one environment, or of all of them where functions take tensors.

    Raises:
        ValueError: a function gives what is no state variable, or no number.
    """
    settings, time = {**model.constants, **parameters}, row["timestep"]
    for substep, block in enumerate(model.blocks, start=1):
        signals: Row = {}
        for policy in block.get("policies", {}).values():
            for name, value in policy(dict(settings), substep, History(), OWN | row).items():
                signals[name] = signals[name] + value if name in signals else value
        after: Row = {}
        for declared, variable in block.get("variables", {}).items():
            name, value = variable(dict(settings), substep, History(), OWN | row, dict(signals))
            if name not in model.variables:
                raise ValueError(
                    f"the function of {declared!r} gives {name!r}, which is no state variable; there are {', '.join(model.variables)}"
                )
            if not isinstance(value, int | float | np.generic | Tensor):
                raise ValueError(f"state variable {name!r} is {value!r}; it must be a number")
            after[name] = value
        row = row | after | {"substep": substep, "timestep": time + 1}
    return row


@contextmanager
def own_seeds() -> Iterator[Callable[[int], None]]:
    """Seeds the generators that functions draw from; afterwards they are what they were."""
    before = np.random.get_state(), python_random.getstate()  # noqa: NPY002

    def begin(seed: int) -> None:
        np.random.seed(seed)  # noqa: NPY002
        python_random.seed(seed)

    try:
        yield begin
    finally:
        np.random.set_state(before[0])  # noqa: NPY002
        python_random.setstate(before[1])


class Rewarded(Objective):
    """A function of the states as the score of a step.

    Args:
        reward: state → number from 0 to 1; None for 0.
    """

    weights: Mapping[str, float] = {"reward": 1.0}
    meanings: ClassVar[Mapping[str, str]] = {"reward": "the model's own reward"}

    def __init__(self, reward: Callable[[Row], Any] | None) -> None:
        self.reward = reward

    @override
    def terms(
        self, economy: Adapted, before: Variables, after: Variables, moves: Tensors
    ) -> dict[str, Tensor]:
        zero = after.values[:, 0] * 0.0
        if self.reward is None:
            return {"reward": zero}
        if economy.tensors:
            return {"reward": zero + self.reward(economy.columns(after) | {"timestep": after.time})}
        found = [float(self.reward(OWN | row)) for row in economy.rows(after)]
        for value in found:
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"reward is {value}; it must be a number from 0 to 1")
        return {"reward": zero + torch.tensor(found, dtype=torch.float64, device=zero.device)}
