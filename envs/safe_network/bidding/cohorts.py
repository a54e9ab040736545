"""Cohorts of vaults that bid alike (section B6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate
from math import inf
from typing import Any

import torch
from torch import Tensor

from ...core.parameters import check_parameters, parameter

KINDS = ("passive", "undercut", "cost_plus", "median")
_ROUNDING = 1e-9  # of a cartel's total weight
_OPTIONAL = {"speed": 1.0, "cost": 0.0, "delta": 0.0, "markup": 0.0, "eta": 0.0, "level": 1.0}


@dataclass(frozen=True)
class Cohorts:
    """K cohorts, one entry of every list for each."""

    kind: tuple[str, ...]
    """How a cohort moves its bid: passive, undercut, cost_plus or median."""
    weight: tuple[float, ...] = parameter(
        (), "W, founding share and share of the newcomers", source="B6", low=0
    )
    bid: tuple[float, ...] = parameter((), "first bid", unit="nanosafe", source="B6", above=0)
    speed: tuple[float, ...] = parameter((), "v, speed of its answers", source="B6", above=0)
    cost: tuple[float, ...] = parameter(
        (), "c, its cost of a GET on the first day", unit="nanosafe", source="B6", low=0
    )
    delta: tuple[float, ...] = parameter((), "δ, step below the cheapest other", source="B6", low=0, high=1)
    markup: tuple[float, ...] = parameter((), "μ, mark-up over the cost", source="B6", low=-1)
    eta: tuple[float, ...] = parameter(
        (), "η, share of the way moved in a day", unit="1/day", source="B6", low=0
    )
    level: tuple[float, ...] = parameter((), "λ, level aimed at over the median", source="B6", above=0)

    def __post_init__(self) -> None:
        check_parameters(self)
        if not self.kind:
            raise ValueError("cohorts is empty; bidding needs at least one cohort")
        for word in self.kind:
            if word not in KINDS:
                raise ValueError(f"cohorts.kind is {word!r}; it must be one of {', '.join(KINDS)}")
        for name, values in vars(self).items():
            if len(values) != len(self.kind):
                raise ValueError(f"cohorts.{name} has {len(values)} entries for {len(self.kind)} cohorts")
        if sum(self.weight) <= 0.0:
            raise ValueError("cohorts.weight is 0 everywhere; at least one cohort needs vaults")

    def __str__(self) -> str:
        return f"{len(self)} cohorts"

    def __len__(self) -> int:
        return len(self.kind)

    def column(self, name: str, like: Tensor) -> Tensor:
        """One of the lists as a tensor (K,)."""
        return torch.tensor(getattr(self, name), dtype=torch.float64, device=like.device)

    def are(self, kind: str, like: Tensor) -> Tensor:
        """Which cohorts are of that kind, bool (K,)."""
        return torch.tensor([one == kind for one in self.kind], device=like.device)

    def shares(self, like: Tensor) -> Tensor:
        """W/ΣW, (K,)."""
        weight = self.column("weight", like)
        return weight / weight.sum()

    def conspiring(self, weight: float) -> tuple[bool, ...]:
        """The members of a cartel of that total weight: the cohorts that are not passive, in order.

        A cohort joins whole, and only while the total stays within `weight`.
        """
        return tuple(weight > 0.0 and total <= weight + _ROUNDING for total in self._needed())

    def joins(self, k: int, weight: Tensor) -> Tensor:
        """Whether cohort k is a member of a cartel of that total weight, bool (B,)."""
        return (weight > 0.0) & (self._needed()[k] <= weight + _ROUNDING)

    def _needed(self) -> list[float]:
        """The least weight of a cartel that each cohort is a member of; infinite for passive ones."""
        active = [0.0 if kind == "passive" else one for kind, one in zip(self.kind, self.weight, strict=True)]
        totals = [total / sum(self.weight) for total in accumulate(active)]
        return [inf if kind == "passive" else total for kind, total in zip(self.kind, totals, strict=True)]

    @classmethod
    def from_reference(cls, value: Any) -> "Cohorts":
        """From a list of objects with kind, weight and bid, and what the kind needs of the rest.

        Raises:
            ValueError, TypeError: naming the unusable entry.
        """
        if not isinstance(value, list | tuple) or any(not isinstance(one, Mapping) for one in value):
            raise TypeError(f"cohorts is {value!r}; it must be a list of objects")
        known = {"kind", "weight", "bid", *_OPTIONAL}
        for number, one in enumerate(value):
            if set(one) - known:
                strange = ", ".join(sorted(set(one) - known))
                raise ValueError(
                    f"cohorts[{number}] has unknown {strange}; it takes {', '.join(sorted(known))}"
                )
            for needed in ("kind", "weight", "bid"):
                if needed not in one:
                    raise ValueError(f"cohorts[{number}] lacks {needed}")
        lists = {
            name: tuple(one.get(name, fallback) for one in value) for name, fallback in _OPTIONAL.items()
        }
        lists |= {name: tuple(one[name] for one in value) for name in ("kind", "weight", "bid")}
        return cls(**lists)


PUBLISHED = Cohorts(
    kind=("passive", "undercut", "cost_plus", "cost_plus", "median", "median"),
    weight=(0.6, 0.15, 0.1, 0.05, 0.05, 0.05),
    bid=(150000.0, 135000.0, 180000.0, 200000.0, 140000.0, 165000.0),
    speed=(1.0, 0.8, 1.0, 4.0, 1.0, 2.0),
    cost=(20000.0, 30000.0, 60000.0, 80000.0, 20000.0, 40000.0),
    delta=(0.0, 0.01, 0.0, 0.0, 0.0, 0.0),
    markup=(0.0, 0.0, 0.5, 0.25, 0.0, 0.0),
    eta=(0.0, 0.0, 0.05, 0.1, 0.1, 0.1),
    level=(1.0, 1.0, 1.0, 1.0, 0.9, 1.2),
)
