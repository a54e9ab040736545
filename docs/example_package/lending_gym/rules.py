"""Who competes: the curve with a kink that lending pools publish, and a steeper one."""

from pathlib import Path

import torch
from tokenomics_gym.agents import Search, tuned

from tokenomics_gym import Constant

KINK = 0.8  # share lent out above which loans become dear
GAINS = Path(__file__).with_name("gains.json")


class Kinked(Constant):
    """The rate rises with the share lent out, above the kink much faster.

    Args:
        below, above: rise of the rate from 0 to the kink, and from there to 1; numbers or tensors (B,).
    """

    def __init__(self, task, below, above, name="kinked"):
        super().__init__(task, name=name)
        self.below, self.above = below, above

    def act(self, sensors):
        """The curve's rate at today's share; the other lever stays neutral."""
        used = sensors["used"]
        over = torch.clamp((used - KINK) / (1 - KINK), 0.0, 1.0)
        rate = self.below * torch.clamp(used / KINK, max=1.0) + self.above * over
        return super().act(sensors) | {"rate": torch.clamp(rate, 0.0, 1.0)}


class Steep(Kinked):
    """A curve that nobody registered: `--controllers lending_gym.rules:Steep`."""

    def __init__(self, task):
        super().__init__(task, 0.1, 0.9, name="steep")


def rules(task):
    """The leaderboard's rules below the trained policy."""
    return [Kinked(task, **tuned(GAINS, "lending/Pool-v0")["kinked"])]


SEARCHES = (
    Search(
        "kinked",
        {"below": (0.02, 0.05, 0.08, 0.12), "above": (0.2, 0.6, 0.9)},
        lambda task, gains, found: Kinked(task, gains["below"], gains["above"]),
    ),
)
