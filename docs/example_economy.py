"""A staking token: inflation pays those who lock coins, and with too few of them it is not secure."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from envs import (
    CALM,
    Economy,
    Lever,
    Objective,
    Scenario,
    Sensor,
    Shock,
    Task,
    Window,
    parameter,
    register,
    tolerance,
)


class State(NamedTuple):
    """B tokens, (B,) each."""

    time: Tensor  # weeks since launch, int64
    supply: Tensor  # coins
    staked: Tensor  # coins locked by stakers


@dataclass(frozen=True)
class Staking(Economy[State]):
    """Holders lock and unlock coins after what staking yields and what they could earn elsewhere."""

    name = "staking"
    supply0: float = parameter(1e9, "supply at launch", unit="coin", above=0)
    share0: float = parameter(0.3, "staked share at launch", above=0, high=1)
    outside_yield: float = parameter(0.08, "what coins earn elsewhere", unit="1/year", low=0)
    response: float = parameter(1.0, "weekly growth of stake per unit of yield", unit="year/week", low=0)

    levers = (Lever("inflation", "1/year", 0.0, 0.3, 0.05, "new coins over supply", slew=0.01),)
    sensors = (
        Sensor("staked_share", "1", "staked over supply", center=0.5, scale=0.5),
        Sensor("yield", "1/year", "inflation over staked share", scale=0.3),
    )
    shocks = (Shock("outside", 1.0, "factor on what coins earn elsewhere"),)

    def initial(self, batch, chance, device="cpu"):
        """At launch."""
        zero = torch.zeros(batch, dtype=torch.float64, device=device)
        supply = zero + self.supply0
        return State(torch.zeros_like(supply, dtype=torch.int64), supply, supply * self.share0)

    def step(self, state, levers, shocks, chance):
        """One week: stakers are paid in new coins, then coins move toward the better yield."""
        share = state.staked / state.supply
        minted = state.supply * levers["inflation"] / 52
        gain = levers["inflation"] / share - self.outside_yield * shocks["outside"]
        moved = state.staked * (1 - share) * self.response * (gain + 0.02 * chance.normal("mood"))
        return State(state.time + 1, state.supply + minted, state.staked + minted + moved)

    def sense(self, state, levers):
        """What a controller reads."""
        share = state.staked / state.supply
        return {"staked_share": share, "yield": levers["inflation"] / share}

    def collapsed(self, state):
        """Hardly anybody secures the network any more."""
        return state.staked < 0.02 * state.supply

    def metrics(self, state):
        """What a person wants to know."""
        return {"staked_share": state.staked / state.supply, "supply": state.supply}

    def ledger(self, state):
        """Who holds the coins."""
        return {"balance/stakers": state.staked, "balance/others": state.supply - state.staked}


class Secure(Objective):
    """Half to two thirds staked, at little inflation."""

    weights = {"secure": 0.8, "scarce": 0.2}

    def terms(self, economy, before, after, moves):
        """Both in [0, 1]."""
        inflation = 52 * (after.supply / before.supply - 1)
        return {
            "secure": tolerance(after.staked / after.supply, 0.5, 0.67, margin=0.2),
            "scarce": tolerance(inflation, 0.0, 0.05, margin=0.25),
        }


register(
    Task(
        id="tokenomics/Staking-v0",
        economy=Staking(),
        objective=Secure(),
        scenarios=(CALM, Scenario("boom", "coins earn more elsewhere", (Window("outside", 3.0, 0, 52),))),
        horizon=520,
        interval=4,
        onset=(52, 300),
        step_unit="week",
    )
)
