"""The model: one asset, deposits and loans, a rate that the pool sets."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from tokenomics_gym import Economy, Lever, Sensor, Shock, parameter


class State(NamedTuple):
    """B pools, (B,) each."""

    time: Tensor  # days since the start, int64
    deposits: Tensor  # coins owed to depositors
    loans: Tensor  # coins that borrowers owe
    reserve: Tensor  # coins that the pool has kept of the interest


@dataclass(frozen=True)
class Pool(Economy[State]):
    """Borrowers want the less the dearer a loan is; depositors come and go after what they could earn elsewhere."""

    name = "lending"
    deposits0: float = parameter(1e6, "deposits at the start", unit="coin", above=0)
    used0: float = parameter(0.5, "share of them that is lent out at the start", low=0, high=1)
    appetite: float = parameter(1.1e6, "loans wanted at a rate of 0", unit="coin", above=0)
    elasticity: float = parameter(
        4.0, "fall of the logarithm of wanted loans with the rate", unit="year", low=0
    )
    turnover: float = parameter(
        0.05, "share of the gap to wanted loans that closes in a day", unit="1/day", above=0, high=1
    )
    outside: float = parameter(0.03, "what deposits earn elsewhere", unit="1/year", low=0)
    restless: float = parameter(
        8.0, "yearly growth of deposits for each unit of yield above that", low=0, high=50
    )

    levers = (
        Lever("rate", "1/year", 0.0, 1.0, 0.05, "what loans cost", slew=0.02),
        Lever("kept", "1", 0.0, 0.5, 0.1, "share of the interest that the pool keeps", slew=0.02),
    )
    sensors = (
        Sensor("used", "1", "loans over deposits", center=0.5, scale=0.5),
        Sensor("yield", "1/year", "what depositors earn", scale=0.2),
        Sensor("rate", "1/year", "what loans cost now", scale=1.0),
    )
    shocks = (
        Shock("appetite", 1.0, "factor on the loans wanted"),
        Shock("flight", 0.0, "share of the deposits that is asked back at once"),
    )

    def initial(self, batch, chance, device="cpu"):
        """At the start."""
        deposits = torch.full((batch,), 1.0, dtype=torch.float64, device=device) * self.deposits0
        zero = torch.zeros_like(deposits)
        return State(zero.to(torch.int64), deposits, deposits * self.used0, zero)

    def step(self, state, levers, shocks, chance):
        """One day: interest, then depositors, who get back no more than is there, then borrowers, likewise."""
        interest = state.loans * levers["rate"] / 365
        deposits = state.deposits + interest * (1 - levers["kept"])
        reserve = state.reserve + interest * levers["kept"]
        loans = state.loans + interest
        gain = levers["rate"] * (1 - levers["kept"]) * loans / deposits - self.outside
        drift = self.restless * gain / 365 + 0.002 * chance.normal("mood")
        wished = deposits * torch.exp(drift) * (1 - shocks["flight"])
        deposits = torch.maximum(wished, loans - reserve)
        wanted = self.appetite * shocks["appetite"] * torch.exp(-self.elasticity * levers["rate"])
        loans = torch.minimum(loans + self.turnover * (wanted - loans), deposits + reserve)
        return State(state.time + 1, deposits, loans, reserve)

    def sense(self, state, levers):
        """What a controller reads."""
        used = state.loans / state.deposits
        return {"used": used, "yield": levers["rate"] * (1 - levers["kept"]) * used, "rate": levers["rate"]}

    def collapsed(self, state):
        """Nobody lends any more."""
        return state.deposits < 1e-3 * self.deposits0

    def metrics(self, state):
        """What a person wants to know."""
        return {"used": state.loans / state.deposits, "deposits": state.deposits, "loans": state.loans}

    def ledger(self, state):
        """Cash and loans are what the pool has; deposits and reserve are whose it is."""
        cash = state.deposits + state.reserve - state.loans
        return {
            "balance/cash": cash,
            "balance/loans": state.loans,
            "owed/depositors": state.deposits,
            "owed/reserve": state.reserve,
        }
