"""Routers' effort and honesty, the classifier's knowledge, senders' promises (model.md, section 5.6)."""

import torch
from torch import Tensor

from .block import Block
from .parameters import EPSILON, Parameters
from .state import State


def effort(p: Parameters, state: State, block: Block) -> Tensor:
    """e': drawn to what speed brings; the subsidy that was paid counts, not the one promised."""
    levers, routes = block.levers, block.routes
    paid_rate = block.settled.subsidy / (block.delivery.commitment + EPSILON) / (routes.fast + EPSILON)
    rate = levers["tax"] * routes.share_slow + paid_rate * (1.0 - routes.share_slow)
    push = levers["route_share"] * block.asked.real_fee * rate
    return state.effort + p.effort_speed * (push / (push + p.effort_half) - state.effort)


def fakes(p: Parameters, state: State, block: Block) -> Tensor:
    """f': routers imitate what pays; wrong penalties make honesty pay less."""
    f, levers, withheld = state.fake, block.levers, block.withheld
    temptation = (
        p.saving / (levers["route_share"] * block.asked.real_fee / 0.35 + 0.3)
        + p.bait * levers["subsidy"]
        - withheld.fake
        - block.verdict.caught * (1.0 - withheld.fake) * p.fine
        + withheld.honest
        - p.crowd * f
    )
    odds = torch.exp(p.imitation * torch.clamp(temptation / 0.2, -3.0, 3.0))
    moved = f * odds / (1.0 - f + f * odds)
    entered = moved + (1.0 - moved) * block.shocks["sybil"] + 0.0005 * (0.5 - moved)
    return torch.clamp(entered, 0.002, 0.98)


def knowledge(p: Parameters, state: State, block: Block) -> Tensor:
    """skill': the classifier learns from audits alone, and forgets."""
    labels = block.verdict.audited * state.volume[-1] / p.volume0
    learned = 0.05 * p.learn * labels / (labels + 0.1) * (1.0 - state.skill)
    lost = (p.unlearn + block.shocks["novelty"]) * state.skill
    return torch.clamp(state.skill + learned - lost, 0.0, 1.0)


def promises(p: Parameters, state: State, block: Block) -> dict[str, Tensor]:
    """Senders weigh what they owe against what trust is worth; defaults cost trust."""
    escrow, d, trust = block.levers["escrow"], block.delivery.default, state.trust
    severity = torch.sigmoid(-2.0 * block.levers["steepness"] * (trust - 0.5))
    severity = torch.maximum(severity, torch.zeros_like(severity) + p.severity_floor)
    stake = p.surplus * severity * (1.0 + 4.0 * block.verdict.done)
    wish = torch.sigmoid((1.0 - escrow - stake) / p.temperature)
    return {
        "renege": state.renege + p.habit * (wish - state.renege),
        "trust": trust
        + p.forgive * (1.0 - d) * (1.0 - trust)
        - p.punish * severity * d * (1.0 - escrow) * trust,
    }
