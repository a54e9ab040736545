"""Speed of the published models beside the original's (`model.md`, section 11.4).

The original's blocks per second are those its reference figures state. They were timed on another machine,
and give its speed on this one by way of a plain scalar market in Python, `scalar_run`, which did
`SCALAR_BLOCKS` blocks a second there; ours and it are timed in turns, in one run.
"""

import itertools
import math
import random
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..core.chance import Paired
from ..core.compiling import compile_graph
from ..core.model import Case, Original
from ..core.task import Task
from .economy import StorageNetwork
from .state import State

PUBLISHED = {
    "validation_model": (365, 474.0), "ijkp_kdf": (182, 640.0), "master": (200, 46.0),
    "subsidy_tax_tuning": (200, 35.0), "route_allocation_test": (300, 23.0),
    "escrow_relaxation": (100, 32.0), "adoption": (100, 5644.0),
}  # fmt: skip
"""Variant → blocks of a run, and blocks a second of the original over such a run."""
NETWORKS = 4096  # of a batch, at most
SCALAR_BLOCKS = 6300.0  # a second, of a scalar market there
SLICE = 20  # blocks between two looks at the calibration; each of ours costs the same
BLOCKS_PER_GRAPH = {"adoption": 4}
"""Where a call costs as much as a block, several blocks are one graph."""
SHORT_LOOPS = {
    "max_fusion_size": 32,
    "realize_opcount_threshold": 30,
}  # a block has too many values for one loop


def _scores(values: list[float]) -> list[float]:
    mean = sum(values) / len(values)
    deviation = math.sqrt(sum((x - mean) ** 2 for x in values) / len(values))
    return [(x - mean) / deviation for x in values]


def _interpolate(angles: list[float], zs: list[float], angle: float) -> float:
    pairs = sorted(zip(angles, zs, strict=True))
    if angle <= pairs[0][0]:
        return pairs[0][1]
    for (x0, z0), (x1, z1) in itertools.pairwise(pairs):
        if angle <= x1:
            return z0 + (z1 - z0) * (angle - x0) / (x1 - x0) if x1 > x0 else z0
    return pairs[-1][1]


def _density(zs: list[float], z: float) -> float:
    mean = sum(zs) / len(zs)
    variance = sum((x - mean) ** 2 for x in zs) / len(zs)
    return math.exp(-0.5 * (z - mean) ** 2 / variance) / math.sqrt(2.0 * math.pi * variance)


def scalar_run(blocks: int, draw: Callable[[str, int], float], distance: int) -> dict[str, float]:
    """The classifier model, tax and subsidy first and j nearest to i and k, with lists and loops as the
    original has.

    Args:
        draw: (name, block) → the draw as it is used.
    """
    used, capacity = [0.0, 0.0, 0.0], (500.0, 500.0, 8000.0)
    held: list[set[float]] = [set(), set(), set()]
    counts: dict[float, int] = {}
    from_i, from_k, found, avail = [0.0] * 5, [0.0] * 5, [0] * 5, {"ij": 0.9, "ik": 0.8, "kj": 0.7}
    queues: list[list[tuple[int, float]]] = [[], [], []]
    wallets, treasury = {"i": 10000.0, "j": 0.0, "k": 0.0, "p": 0.0, "r": 0.0}, 0.0
    real, real_z, fake, fake_z = [0.0, 1.0, -1.0], [0.0, 1.0, -1.0], [-1.0, 0.0, 1.0], [-3.0, 0.0, 3.0]
    for block in range(1, blocks + 1):
        for link in avail:
            online = draw(f"u_avail_{link[1]}", block) >= 0.1
            if draw(f"u_ping_{link[0]}_to_{link[1]}", block) < 0.05:
                avail[link] = min(1.0, avail[link] + 0.01) if online else max(0.0, avail[link] - 0.01)
        price, arrival = draw("token", block), draw("arrival_size", block)
        wallets["i"] -= price
        queues[0].append((block, price))
        sent = arrival if sum(from_i) + arrival < 140.0 else 0.0
        if from_i[1] + sent < 400.0 and used[1] + sent <= capacity[1]:
            from_i[1] = arrival
            found[1] += 1
        sent = arrival if sum(from_k) + arrival < 80.0 else 0.0
        if from_k[1] + sent < 400.0 and used[1] + sent <= capacity[1]:
            from_k[1] = arrival
        size = draw("store_size", block)
        counts[size] = counts.get(size, 0) + 1
        for node in range(3):
            need = used[node] + (0.0 if size in held[node] else size)
            if need <= capacity[node]:
                used[node] = need
                held[node].add(size)
                from_i[node] += size if node else 0.0
                break
        for source, target in ((0, 1), (1, 2)):
            if len(queues[source]) > 5:
                queues[target].append(queues[source].pop(-3))
        prover = "j" if draw("u_prove_j", block) < 0.95 else "p"
        if len(queues[2]) <= 3:
            continue
        created, pledge = queues[2].pop(-2)
        angle = math.atan2((block - created) * draw("time_noise", block), distance)
        z_r, z_f = _interpolate(real, real_z, angle), _interpolate(fake, fake_z, angle)
        p_r, p_f = _density(real_z, z_r), _density(fake_z, z_f)
        gap = z_r - _scores([*real, angle])[-1]
        score = math.atan2(abs(p_f * z_r - z_f * p_r), p_f * p_r + z_f * z_r) * 2.0 / math.pi
        tax = 0.05 * gap * pledge if gap > 0.0 else 0.0
        subsidy = 0.0 if gap > 0.0 else min(0.2 * -gap * treasury, 0.2 * -gap * pledge)
        tax += (pledge - tax) * score**9
        amount, treasury = pledge - tax + subsidy, treasury + tax - subsidy
        noisy = score + 0.5 * draw("u_p_hat", block)
        if noisy < 0.8:
            real.append(angle)
            real_z = _scores(real)
        elif noisy > 0.8:
            fake.append(angle)
            fake_z = _scores(fake)
        for payee, share in (("r", 0.1), ("k", 0.45), (prover, 0.45)):
            wallets[payee] += share * amount
    return {
        "treasury": treasury, **{f"wallet_{owner}": tokens for owner, tokens in wallets.items()},
        **{f"used_{holder}": size for holder, size in zip("ijk", used, strict=True)},
        "traffic_ij": from_i[1], "traffic_ik": from_i[2], "traffic_kj": from_k[1], "find_count": found[1],
        "least_storage": sum(counts), "avail_j_to_i": avail["ij"], "avail_k_to_i": avail["ik"],
    }  # fmt: skip


def calibration(blocks: int = 200) -> float:
    """Blocks a CPU second of the scalar market on this machine."""
    source = random.Random(0)

    def draw(name: str, block: int) -> float:
        if name in ("token", "arrival_size", "store_size"):
            return float(source.randrange(2, 200 if name == "store_size" else 100))
        return source.gauss(1.0, 0.2) if name == "time_noise" else source.random()

    begun = time.process_time()
    scalar_run(blocks, draw, 5)
    return blocks / (time.process_time() - begun)


def blocks_of(economy: StorageNetwork, batch: int, blocks: int, compiled: bool) -> Callable[[State], State]:
    """A function that runs so many blocks of a batch, as one graph if compiled."""
    seed = torch.arange(batch)
    levers = economy.neutral_levers(batch)

    def run(state: State, levers: dict[str, Tensor], seed: Tensor) -> State:
        chance = Paired(seed)
        for _ in range(blocks):
            state = economy.step(state, levers, {}, chance.at(state.time))
        return state

    step: Any = compile_graph(run, **SHORT_LOOPS) if compiled else run
    return lambda state: step(state, levers, seed)


def case(variant: str, batch: int, compile: bool) -> Case:
    """The first blocks of a batch of networks, beside the original's speed over its whole runs."""
    economy = StorageNetwork.of(variant)
    blocks = BLOCKS_PER_GRAPH.get(variant, 1)
    run = torch.no_grad()(blocks_of(economy, batch, blocks, compile))
    start = economy.initial(batch, Paired(torch.arange(batch)).at(torch.full((batch,), -1)))
    state = start

    def begin() -> None:
        nonlocal state
        state = start

    def call() -> None:
        nonlocal state
        state = run(state)

    def original() -> float:
        return PUBLISHED[variant][1] * calibration() / SCALAR_BLOCKS

    return Case(
        f"published {variant}, {batch:,} networks", begin, call, SLICE // blocks, blocks * batch, original
    )


def cases(task: Task, batch: int, compile: bool) -> list[Case]:
    """Every published model, at most 4,096 networks of it at a time."""
    return [case(variant, min(batch, NETWORKS), compile) for variant in PUBLISHED]


ORIGINAL = Original(
    about=(
        "steps are blocks of the published models, at neutral levers",
        "original: blocks a second of its runs of "
        + ", ".join(f"{PUBLISHED[one][0]} blocks ({one}): {PUBLISHED[one][1]:g}" for one in PUBLISHED)
        + f", on a machine on which a scalar market in Python does {SCALAR_BLOCKS:,.0f}; that market is timed here "
        "in turns with ours, and the original's speed is scaled by it",
    ),
    cases=cases,
)
