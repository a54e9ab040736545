"""What an economy is: parameters, state, and pure functions between them."""

from abc import ABC, abstractmethod
from dataclasses import fields, replace
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar, cast

import torch
from torch import Tensor

from .chance import Chance
from .declarations import Lever, Sensor, Shock
from .parameters import check_parameters
from .tensors import Tensors, choose


class State(Protocol):
    """A NamedTuple of tensors with a leading batch dimension; every field says shape and unit."""

    @property
    def time(self) -> Tensor:
        """Steps since launch, int64 (B,)."""


S = TypeVar("S", bound=tuple[Any, ...])


class Economy(ABC, Generic[S]):
    """A frozen dataclass whose fields are its parameters (see `parameter`).

    A field may be a tensor (B,): one value per environment. `dataclasses.replace` makes variants.
    All methods are pure, batched, out of place and free of branches on data, so that one source
    serves the single environment, the batch, the compiler and the gradient.
    """

    name: ClassVar[str]
    levers: ClassVar[tuple[Lever, ...]]
    sensors: ClassVar[tuple[Sensor, ...]]
    shocks: ClassVar[tuple[Shock, ...]] = ()
    frozen: ClassVar[tuple[str, ...]] = ()
    """Parameters that must be the same in every environment and are refused for randomisation."""

    def __post_init__(self) -> None:
        check_parameters(self)

    @classmethod
    def parameters(cls) -> set[str]:
        """Names of the parameters."""
        return {one.name for one in fields(cast(Any, cls))}

    def variant(self, **parameters: Any) -> Self:
        """This economy with some parameters changed, and checked."""
        return replace(cast(Any, self), **parameters)  # type: ignore[no-any-return]

    @abstractmethod
    def initial(self, batch: int, chance: Chance, device: torch.device | str = "cpu") -> S:
        """The state at launch of `batch` economies."""

    @abstractmethod
    def step(self, state: S, levers: Tensors, shocks: Tensors, chance: Chance) -> S:
        """One step. `levers` and `shocks` map names to physical values (B,)."""

    @property
    def writes_in_place(self) -> bool:
        """Whether `step` writes into the state that it is given; only the newest state is then valid."""
        return False

    def step_where(self, going: Tensor, state: S, levers: Tensors, shocks: Tensors, chance: Chance) -> S:
        """One step where `going`, bool (B,), holds; elsewhere the state stays as it is.

        An economy that writes in place must leave alone what it would write for the others.
        """
        return choose(going, self.step(state, levers, shocks, chance), state)

    @abstractmethod
    def sense(self, state: S, levers: Tensors) -> dict[str, Tensor]:
        """Every sensor's reading, in its unit, (B,); `levers` are the values now in force."""

    @abstractmethod
    def collapsed(self, state: S) -> Tensor:
        """Whether the economy has ended for good, bool (B,)."""

    @abstractmethod
    def metrics(self, state: S) -> dict[str, Tensor]:
        """Key figures of the moment, name with unit → (B,)."""

    @abstractmethod
    def ledger(self, state: S) -> dict[str, Tensor]:
        """Token balances by account class and the last step's flows (mint, burn, transfers)."""

    @property
    def compilable(self) -> bool:
        """Whether `step` compiles to one graph (a law with loops on data does not)."""
        return True

    def neutral_levers(self, batch: int, device: torch.device | str = "cpu") -> dict[str, Tensor]:
        """Every lever at the value where the published mechanism acts unchanged."""
        return {
            lever.name: torch.full((batch,), lever.neutral, dtype=torch.float64, device=device)
            for lever in self.levers
        }

    def neutral_shocks(self, batch: int, device: torch.device | str = "cpu") -> dict[str, Tensor]:
        """Every shock channel at the value where nothing happens."""
        return {
            shock.name: torch.full((batch,), shock.neutral, dtype=torch.float64, device=device)
            for shock in self.shocks
        }
