"""Levers and sensors of the published models: what a policy may set, and what it sees (`model.md`, 12)."""

import torch
from torch import Tensor

from ..core.declarations import Lever, Sensor
from ..core.tensors import Tensors
from .parameters import Parameters
from .settlement import Rates
from .state import State

LEVERS = (
    Lever("tax", "1", 0.0, 5.0, 1.0, "factor on the tax rate"),
    Lever("treasury_subsidy", "1", 0.0, 5.0, 1.0, "factor on the treasury's subsidy rate"),
    Lever("escrow_subsidy", "1", 0.0, 5.0, 1.0, "factor on the subsidy rate of the commitment"),
    Lever("penalty", "1", 0.0, 5.0, 1.0, "factor on the penalty of routes that look fake"),
)

SENSORS = (
    Sensor("treasury", "tokens", "tokens in the treasury", 80.0, 80.0, 5.0),
    Sensor("sender", "1", "the sender's tokens over those of the start", 0.5, 0.5, 2.0),
    Sensor("workers", "tokens", "tokens of all but the sender", 2000.0, 2000.0, 5.0),
    Sensor("pending", "tokens", "commitments of messages under way", 600.0, 300.0, 5.0),
    Sensor("correction", "1", "tax less subsidy over the pledge, last message", 0.0, 0.1, 5.0),
    Sensor("score", "1", "fake score of the last message", 0.4, 0.4, 4.0),
    Sensor("fake_share", "1", "share of remembered routes that are fake", 0.3, 0.3, 3.0),
    Sensor("unpaid_share", "1", "share of solved messages that were not paid", 0.0, 0.5, 2.0),
    Sensor("trust", "1", "mean trust in the sender", 0.5, 0.5, 1.0),
    Sensor("storage", "1", "share of i's, j's and k's storage in use", 0.5, 0.5, 1.0),
    Sensor("adopters", "1", "share of people who adopted or are loyal", 0.5, 0.5, 1.0),
)


def rates(parameters: Parameters, levers: Tensors) -> Rates:
    """The incentive's rates with the levers' factors."""
    return Rates(
        tax=parameters.tax_rate * levers["tax"],
        subsidy_treasury=parameters.subsidy_treasury * levers["treasury_subsidy"],
        subsidy_escrow=parameters.subsidy_escrow * levers["escrow_subsidy"],
    )


def pending(state: State) -> Tensor:
    """Commitments and pledges of messages under way, tokens, (B,)."""
    queues = (state.active, state.located, state.routed)
    under_way = sum((queue.commitment.sum(1) for queue in queues), torch.zeros_like(state.treasury))
    return under_way + torch.where(state.solved.present, state.solved.commitment, 0.0)


def readings(parameters: Parameters, state: State) -> dict[str, Tensor]:
    """Every sensor's reading, (B,)."""
    p, solved = parameters, state.paid + state.unpaid
    pledge = torch.nan_to_num(state.pledge)
    routes = state.real.number + state.fake.number - 6.0
    storage = torch.zeros_like(state.treasury) + p.i_storage + p.j_storage + p.k_storage
    return {
        "treasury": state.treasury,
        "sender": state.wallets[:, 0]
        / torch.clamp(torch.as_tensor(p.i_wallet, dtype=torch.float64), min=1.0),
        "workers": state.wallets[:, 1:].sum(1),
        "pending": pending(state),
        "correction": (state.tax - state.subsidy) / torch.clamp(pledge, min=1.0),
        "score": torch.nan_to_num(state.score),
        "fake_share": (state.fake.number - 3.0) / torch.clamp(routes, min=1.0),
        "unpaid_share": state.unpaid / torch.clamp(solved, min=1.0),
        "trust": state.trust[:, 1:].mean(1),
        "storage": state.used.sum(1) / torch.clamp(storage, min=1.0),
        "adopters": state.pools[:, 2:4].sum(1) / torch.clamp(state.pools.sum(1), min=1.0),
    }
