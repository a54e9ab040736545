"""The state at the start of a run (`model.md`, section 2)."""

import torch
from torch import Tensor

from ..core.chance import Chance
from . import logs, memory, queues
from .overlay import neighbours
from .parameters import Parameters
from .state import Solved, State
from .storage import per_node

ONCE_PER_NETWORK = (
    "gross_files", "least_files", "gross", "least", "routed_to_j", "failed_i", "failed_k",
    "cumulative_traffic", "forward_extra", "arrival", "price", "transit", "paid", "unpaid", "corrections",
    "destroyed", "debt", "tax", "subsidy", "penalty", "total_tax", "total_subsidy", "total_penalty", "signal",
)  # fmt: skip
UNDEFINED_YET = (
    "upload_i", "upload_k", "latency", "by_stand_in", "pledge", "angle", "gap", "score", "noisy_score"
)  # fmt: skip


def begin(parameters: Parameters, batch: int, chance: Chance, device: torch.device | str = "cpu") -> State:
    """Empty storage, idle links, full wallets, no message; ids given or drawn."""
    p = parameters

    def full(*shape: int, value: float = 0.0) -> Tensor:
        return torch.full((batch, *shape), value, dtype=torch.float64, device=device)

    def no(*shape: int) -> Tensor:
        return torch.zeros(batch, *shape, dtype=torch.bool, device=device)

    services = (p.find_service, p.route_service, p.prove_service) if p.fifo else (0, 0, 0)
    limits = (p.active_limit, p.located_limit, p.routed_limit)
    slots = [max(limit, service) + 1 for limit, service in zip(limits, services, strict=True)]
    active, located, routed = (queues.empty(batch, each, device) for each in slots)
    unaware = full() + p.source_pool
    nodes = {name: one.to(device) for name, one in neighbours(p, batch, chance).items()}
    return State(
        time=torch.zeros(batch, dtype=torch.int64, device=device),
        used=full(5),
        traffic_i=full(5),
        traffic_k=full(5),
        files=torch.zeros(batch, p.file_slots, dtype=torch.int8, device=device),
        found=full(5),
        pushed=full(2),
        logs=logs.empty(batch, p.keeps_logs, device),
        liveness=torch.stack([full() + one for one in (p.j_avail_to_i, p.k_avail_to_i, p.j_avail_to_k)], 1),
        wallets=per_node(p.of_nodes("wallet"), full()),
        treasury=full() + p.starting_treasury,
        active=active,
        located=located,
        routed=routed,
        solved=Solved(no(), full(), full(), full(), no()),
        real=memory.begin("real", batch, device),
        fake=memory.begin("fake", batch, device),
        trust=full(5, value=1.0),
        pools=torch.cat([unaware[:, None], full(4)], 1),
        reputation=full(5),
        has_moved_on=no(5),
        has_fallen_back=no(5),
        **nodes,
        **{name: full() for name in ONCE_PER_NETWORK},
        **{name: full(value=torch.nan) for name in UNDEFINED_YET},
    )
