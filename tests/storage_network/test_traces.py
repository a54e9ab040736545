"""Every trace of the original: each block and each recorded sub-step, with its draws injected."""

from pathlib import Path
from typing import Any

import pytest
import torch

from envs.storage_network import State
from envs.storage_network.logs import by_node
from envs.storage_network.memory import last_z, spread
from envs.storage_network.parameters import NODES, POOLS
from envs.storage_network.reference import read, replay_of
from envs.storage_network.state import Memory, Queue

from .files import START, columns, found, load, near

pytestmark = pytest.mark.reference


def queue(queue: Queue) -> list[list[float]]:
    size = int(queue.length[0])
    return torch.stack([queue.created[0, :size], queue.commitment[0, :size]], 1).tolist()


def memory(memory: Memory) -> list[float]:
    numbers = (memory.number, memory.mean, spread(memory), memory.low, memory.high, last_z(memory))
    return [float(number[0]) for number in numbers]


def compare(state: State, wanted: dict[str, Any], where: tuple[Any, ...]) -> None:
    """All that a snapshot holds."""
    ours: dict[str, Any] = {
        "gross": state.gross, "least": state.least, "avail": state.liveness[0], "treasury": state.treasury,
        "transit": state.transit, "n_paid": state.paid, "n_not_paid": state.unpaid,
        "j_from_k": state.routed_to_j, "forward_extra": state.forward_extra, "signal": state.signal,
    }  # fmt: skip
    nodes = {"used": state.used, "from_i": state.found, "wallets": state.wallets, "trust_in_i": state.trust}
    queues = {"q_active": state.active, "q_located": state.located, "q_routed": state.routed}
    memories = {"real": state.real, "fake": state.fake}
    for name, value in wanted.items():
        what = (*where, name)
        if name in ours:
            near(ours[name], value, what)
        elif name in nodes:
            near([nodes[name][0, NODES.index(node)] for node in value], list(value.values()), what)
        elif name in queues:
            assert queue(queues[name]) == value, what
        elif name in memories:
            near(memory(memories[name]), value, what)
        elif name == "traffic":
            edges = {"i": state.traffic_i, "k": state.traffic_k}
            for edge, size in value.items():
                assert size == (edges[edge[0]][0, NODES.index(edge[1])] if edge[0] in edges else 0.0), what
        elif name == "stored_from_i":
            near(state.pushed, columns(value, ("j", "k")), what)
        elif name == "q_solved":
            solved = state.solved
            pair = [[float(solved.created[0]), float(solved.commitment[0])]] if solved.present[0] else []
            near(pair, value, what)
        elif name == "pools":
            near(state.pools, [value[pool][0] for pool in POOLS], what)
            near(state.reputation, [value[pool][1] or 0.0 for pool in POOLS], what)
        else:
            assert name in ("t", "n"), what


def compare_gradient(state: State, wanted: dict[str, Any], where: tuple[Any, ...]) -> None:
    """The figures of regressor and classifier."""
    ours = {
        "tax": state.tax, "subsidy": state.subsidy, "fake_penalty": state.penalty, "angles": state.angle,
        "p_hat_star": state.score, "p_hat": state.noisy_score, "total_time": state.latency,
        "pledge": state.pledge, "dist": state.distance,
    }  # fmt: skip
    for name in ours.keys() & wanted.keys():
        near(ours[name], wanted[name], (*where, name))
    if "real_zee" in wanted or "actual_zee" in wanted:
        actual = wanted.get("real_zee", wanted.get("actual_zee"))
        assert abs(float(state.gap[0]) - (actual - wanted["exp_zee"])) < 1e-12
        assert float(state.by_stand_in[0]) == (wanted["prover"] == "p")


@pytest.mark.parametrize("path", found("trace_*.json.gz"), ids=lambda path: path.name)
def test_every_block_and_substep(path: Path) -> None:
    trace = load(path)
    file = {name: trace[name] for name in ("variant", "params", "ids")}
    file["settings"] = {"keeps_logs": True}
    economy = read(file)
    chance = replay_of(trace["steps"])
    levers = economy.neutral_levers(1)
    state = economy.initial(1, chance.at(START))
    compare(state, trace["initial"], (0,))
    for step in trace["steps"]:
        block, substeps = step["t"], step.get("substeps", [])
        at = chance.at(state.time)
        if substeps:
            partial = state
            for verb, wanted in zip(economy.verbs(levers), substeps, strict=False):
                partial = verb(economy, partial, at)
                compare(partial, wanted, (block, wanted["n"]))
            assert len(economy.verbs(levers)) == len(substeps) + 1
        state = economy.step(state, levers, {}, at)
        compare(state, step["after"], (block,))
        compare_gradient(state, step.get("gradient", {}), (block,))
    assert int(state.time) == len(trace["steps"])
    for node, log in trace.get("final_log", {}).items():
        assert by_node(economy, state, 0)[node] == {int(size): n for size, n in log.items()}, node
