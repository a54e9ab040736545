"""Known figures beside ours: where the pool comes to rest under a rate that is held, in closed form."""

from math import exp

import torch

from tokenomics_gym import Table, untracked

from .economy import Pool

RATES = (0.05, 0.1, 0.2)
DAYS = 400


class Still:
    """Nobody has moods."""

    def normal(self, name, *shape):
        """The mean."""
        return 0.0


def table(track=untracked):
    """Loans after many days without interest's growth, against appetite · e^(−elasticity · rate)."""
    rows = []
    for rate in track(RATES, "rates", len(RATES)):
        pool = Pool(restless=0.0)
        state = pool.initial(1, None)
        levers, shocks = pool.neutral_levers(1), pool.neutral_shocks(1)
        levers["rate"] = torch.full_like(levers["rate"], rate)
        for _ in range(DAYS):
            state = pool.step(state, levers, shocks, Still())
        wanted = pool.appetite * exp(-pool.elasticity * rate)
        rest = wanted / (1 - (1 - pool.turnover) / pool.turnover * rate / 365)
        ours = float(state.loans[0])
        rows.append((f"{rate:.0%}", f"{rest:.0f}", f"{ours:.0f}", f"{ours / rest:.4f}"))
    head = ("rate", "closed form, coins", "ours, coins", "ratio")
    return Table(
        head, tuple(rows), ("loans at rest: what is borrowed balances the interest that grows them",)
    )
