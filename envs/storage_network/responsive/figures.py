"""Figures of a block, and the noisy statistics that are kept (model.md, section 5.8)."""

import torch
from torch import Tensor

from ...core.chance import Chance
from .block import Block
from .parameters import EPSILON, Parameters
from .state import State

RATE_SPEED, FLOW_SPEED = 0.15, 0.1  # 1/block


def figures(state: State, block: Block) -> dict[str, Tensor]:
    """What happened in the block, for sensors and score."""
    f, routes, verdict, settled = state.fake, block.routes, block.verdict, block.settled
    return {
        "requested": block.asked.wanted,
        "late": routes.late,
        "flagged": verdict.flagged,
        "audited": verdict.audited,
        "hits": verdict.hits,
        "wronged": block.withheld.honest * (1.0 - f),
        "faked_paid": f * (1.0 - verdict.caught) * (1.0 - block.withheld.fake),
        "default": block.delivery.default * (1.0 - block.levers["escrow"]),
        "latency": routes.latency,
        "load": routes.load,
        "proof_load": block.delivery.proof_load,
        "route_margin": block.margins.route,
        "store_margin": block.margins.store,
        "prove_margin": block.margins.prove,
        "taxed": settled.tax,
        "subsidised": settled.subsidy,
        "penalised": settled.penalty + settled.fine,
        "audit_cost": verdict.cost,
        "recall": verdict.recall,
        "price": block.shocks["price"],
    }


def statistics(
    p: Parameters, state: State, block: Block, treasury: Tensor, chance: Chance
) -> dict[str, Tensor]:
    """Rates as audits show them (the fewer audits, the poorer), turnover and the treasury's drift."""
    verdict = block.verdict
    f, volume = state.fake, 100.0 * state.volume[-1]
    rate = verdict.hits / (verdict.audited + EPSILON)
    deviation = torch.sqrt(rate * (1.0 - rate) / (verdict.audited * volume + 1.0) + EPSILON)
    hit = rate + p.noise_hit * chance.normal("hits") * deviation
    deviation = torch.sqrt(f * (1.0 - f) / (verdict.at_random * volume + 1.0))
    fake = f + p.noise_hit * chance.normal("random_hits") * deviation
    return {
        "hit_rate": state.hit_rate + RATE_SPEED * (hit - state.hit_rate),
        "random_rate": state.random_rate + RATE_SPEED * (fake - state.random_rate),
        "flow": state.flow + FLOW_SPEED * (block.delivery.commitment - state.flow),
        "drift": state.drift + FLOW_SPEED * (treasury - state.treasury - state.drift),
    }
