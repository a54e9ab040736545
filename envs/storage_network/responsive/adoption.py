"""Users come and go by experience; files are stored and expire (model.md, section 5.7)."""

import torch
from torch import Tensor

from .block import Block
from .laws import cope
from .parameters import EPSILON, Parameters
from .state import State


def adopt(p: Parameters, state: State, block: Block) -> dict[str, Tensor]:
    """Adopted and loyal users, and the figures of service that moved them."""
    asked = block.asked
    adopted, loyal = state.adopted, state.loyal
    honest = (1.0 - state.fake) * block.delivery.ok
    arrived = asked.volume / (asked.wanted + EPSILON) * honest
    experience = arrived * (1.0 - block.routes.late)
    missing = torch.clamp(0.9 - experience, min=0.0)
    users = adopted + loyal
    join = p.growth * torch.clamp(1.0 - users, min=0.0) * (0.1 + users) * experience
    stop = p.leave * adopted * missing
    promote = 0.02 * adopted * experience
    demote = p.leave * loyal * missing
    return {
        "adopted": adopted + join - stop - promote + demote,
        "loyal": loyal + promote - demote,
        "served": state.volume[-1] * honest,
        "lost": 1.0 - arrived,
    }


def store(p: Parameters, state: State, block: Block) -> Tensor:
    """D': what storage takes in, less what expires."""
    return state.stored + (state.volume[-1] * cope(block.delivery.fill) - state.stored) / p.life
