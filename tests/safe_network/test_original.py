"""The SAFE network's day in NumPy, against the one source in torch."""

import numpy as np
import torch

from envs.core.chance import Paired
from envs.safe_network.original import Networks, day
from envs.safe_network.task import ECONOMY

BATCH, DAYS = 16, 800


def test_numpy_day_agrees_with_the_economy() -> None:
    chance = Paired(torch.arange(BATCH))
    state = ECONOMY.initial(BATCH, chance)
    networks = Networks(*[getattr(state, name).numpy() for name in Networks._fields])
    shocks = ECONOMY.neutral_shocks(BATCH)
    generator = np.random.default_rng(0)
    for _ in range(DAYS):
        lever = np.exp(generator.uniform(-2.0, 2.0, (2, BATCH)))
        levers = {"reward": torch.from_numpy(lever[0]), "cost": torch.from_numpy(lever[1])}
        state = ECONOMY.step(state, levers, shocks, chance)
        networks = day(ECONOMY, networks, lever[0], lever[1])
        for name, ours in networks._asdict().items():
            np.testing.assert_allclose(
                ours, getattr(state, name).numpy(), rtol=1e-12, atol=1e-12, err_msg=name
            )
        # Judged day by day: over many days, the last digits of exp and log drift apart.
        networks = Networks(*[getattr(state, name).numpy() for name in Networks._fields])
