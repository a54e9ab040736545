"""Parameters of the bidding network, with the published values (sections B1 to B6)."""

from dataclasses import dataclass

from ...core.parameters import parameter
from ...core.tensors import Number
from ..parameters import NetworkParameters
from .cohorts import PUBLISHED, Cohorts

_ROUNDING = 1e-9  # of the sum of the split


@dataclass(frozen=True)
class BiddingParameters(NetworkParameters):
    """A network whose vaults bid for the price of a GET."""

    group: int = parameter(8, "G, vaults that hold a chunk", unit="vault", source="B1", low=2, fixed=True)
    reward_split: tuple[float, ...] = parameter(
        (0.2, 0.2, 0.6),
        "φL, φF, φ0, shares of the lowest, the fastest, the rest",
        source="B4",
        low=0,
        high=1,
    )
    cost_rule: str = parameter(
        "scarcity", "C = m R, n_rw R or n_rw m R", source="B3", choices=("scarcity", "rw", "rw_scarcity")
    )
    rw_window: Number = parameter(30.0, "memory of reads per write, n_rw", unit="day", source="B3", low=1)
    rw0: Number = parameter(1.0, "first reads per write, n_rw", source="B3", above=0)
    cohorts: Cohorts = parameter(PUBLISHED, "cohorts of vaults that bid alike", source="B6")

    def __post_init__(self) -> None:
        owner = type(self).__name__
        if not isinstance(self.cohorts, Cohorts):
            raise TypeError(f"{owner}.cohorts is {self.cohorts!r}; it must be Cohorts")
        super().__post_init__()
        self._check_entries(3, "reward_split")
        if abs(sum(self.reward_split) - 1.0) > _ROUNDING:
            total = sum(self.reward_split)
            raise ValueError(
                f"{owner}.reward_split is {self.reward_split!r}, together {total:g}; it must be 1"
            )
