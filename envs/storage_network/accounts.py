"""Metrics of the reference format, key figures, personas and the ledger (`model.md`, section 11)."""

import torch
from torch import Tensor

from .interface import pending
from .memory import spread
from .overlay import proximity
from .parameters import NODES, POOLS, I, J, K, P, Parameters, R
from .settlement import persona_income
from .state import Memory, State

_EVEN, _WHOLE, _FIFTH = (0.2,) * 5, (1.0,) * 5, (0.2,) * 5
_ROUTING, _STORAGE = (0.05, 0.35, 0.35, 0.1, 0.05), (0.05, 0.3, 0.25, 0.2, 0.2)
PERSONAS = {
    "routing": (
        (_EVEN, _WHOLE), (_EVEN, _FIFTH), (_ROUTING, _WHOLE), (_ROUTING, _FIFTH), (_STORAGE, _ROUTING),
    ),
    "storage": (
        (_EVEN, _WHOLE), (_EVEN, _FIFTH), (_STORAGE, _WHOLE), (_STORAGE, _FIFTH), (_STORAGE, _STORAGE),
    ),
    "notebook": (
        (_EVEN, _WHOLE), (_EVEN, _FIFTH), (_EVEN, _WHOLE), (_EVEN, _FIFTH), (_EVEN, _ROUTING),
    ),
}  # fmt: skip
"""Role weights and market shares of five personas, over send, store, route, receive, prove (7.3)."""


def personas(parameters: Parameters, state: State) -> dict[str, Tensor]:
    """Net tokens of the personas, `persona_1` to `persona_5`, (B,); empty where there are none."""
    if parameters.personas == "none":
        return {}
    table = torch.tensor(PERSONAS[parameters.personas], dtype=torch.float64, device=state.wallets.device)
    start = torch.zeros_like(state.treasury) + parameters.i_wallet
    net = persona_income(state.wallets, start, table[:, 0], table[:, 1])
    return {f"persona_{index + 1}": column for index, column in enumerate(net.unbind(1))}


def columns(parameters: Parameters, state: State) -> dict[str, Tensor]:
    """The reference columns of the model after a block, (B,) each; nan where not defined yet."""
    if parameters.layer == "funnel":
        return _funnel(state)
    found = _links(parameters, state) | _storage(parameters, state)
    if parameters.layer != "validation":
        found |= _liveness(state)
    if parameters.layer == "overlay":
        found |= _forwarding(state)
    if parameters.layer == "tokens":
        found |= _tokens(parameters, state) | _incentives(parameters, state) | personas(parameters, state)
    return found | (_ids(parameters, state) if parameters.layer != "validation" else {})


def _funnel(state: State) -> dict[str, Tensor]:
    columns = {"signal": state.signal}
    for index, pool in enumerate(POOLS):
        columns[f"pool_{pool}"] = state.pools[:, index]
        columns[f"rep_{pool}"] = state.reputation[:, index]
    return columns


def _links(parameters: Parameters, state: State) -> dict[str, Tensor]:
    ends = (J, K, P, R, I) if parameters.layer == "tokens" else (J, K)
    columns = {f"traffic_i{NODES[end]}": state.traffic_i[:, end] for end in ends}
    columns["traffic_kj"] = state.traffic_k[:, J]
    return {
        **columns,
        "traffic_total": sum(columns.values(), torch.zeros_like(state.treasury)),
        "cum_traffic": state.cumulative_traffic,
        "send_ok_i": state.upload_i, "send_ok_k": state.upload_k,
        "cum_fail_i": state.failed_i, "cum_fail_k": state.failed_k,
        "find_count": state.found.sum(1), "route_count_j": state.routed_to_j,
    }  # fmt: skip


def _storage(parameters: Parameters, state: State) -> dict[str, Tensor]:
    separate = {"msgs_j_from_i": state.found[:, J], "msgs_k_from_i": state.found[:, K]}
    return {
        **(separate if parameters.layer == "validation" else {}),
        "used_i": state.used[:, I], "used_j": state.used[:, J], "used_k": state.used[:, K],
        "stored_at_j": state.pushed[:, 0], "stored_at_k": state.pushed[:, 1],
        "gross_storage": state.gross, "least_storage": state.least,
    }  # fmt: skip


def _liveness(state: State) -> dict[str, Tensor]:
    names = ("avail_j_to_i", "avail_k_to_i", "avail_j_to_k")
    return dict(zip(names, state.liveness.unbind(1), strict=True))


def _forwarding(state: State) -> dict[str, Tensor]:
    original = state.traffic_i.sum(1) + state.traffic_k[:, J]
    shared = proximity(state.ids[:, I] ^ state.ids[:, J]).to(torch.float64)
    return {
        "forward_extra": state.forward_extra,
        "traffic_forwarding": original + state.forward_extra,
        "po_len": torch.where(state.time > 0, shared, torch.nan),
    }


def _tokens(parameters: Parameters, state: State) -> dict[str, Tensor]:
    at_proof = parameters.pay_at == "proof"
    return {
        **{f"wallet_{node}": column for node, column in zip(NODES, state.wallets.unbind(1), strict=True)},
        "wallet_workers": state.wallets[:, 1:].sum(1),
        "treasury": state.treasury,
        **({} if at_proof else {"transit": state.transit}),
        "n_active": state.active.length, "n_located": state.located.length, "n_routed": state.routed.length,
        "n_paid": state.paid,
        **({"n_not_paid": state.unpaid} if at_proof else {}),
        "pending_escrow": pending(state),
        "latency": state.latency, "prover_is_p": state.by_stand_in, "pledge": state.pledge,
    }  # fmt: skip


def _incentives(parameters: Parameters, state: State) -> dict[str, Tensor]:
    columns = {
        "tax": state.tax, "subsidy": state.subsidy,
        "cum_tax": state.total_tax, "cum_subsidy": state.total_subsidy,
        "angle": state.angle, "diff": state.gap,
    }  # fmt: skip
    if parameters.classifier:
        columns |= {
            "fake_penalty": state.penalty, "cum_penalty": state.total_penalty,
            "p_hat_star": state.score, "p_hat": state.noisy_score,
            **_memory("fake", state.fake),
        }  # fmt: skip
    columns |= _memory("real", state.real)
    if parameters.pay_at == "proof":
        columns |= {f"trust_{NODES[node]}_in_i": state.trust[:, node] for node in (J, K, P, R)}
    return columns


def _memory(name: str, memory: Memory) -> dict[str, Tensor]:
    return {
        f"n_{name}": memory.number,
        f"mean_{name}_angle": memory.mean,
        f"std_{name}_angle": spread(memory),
    }


def _ids(parameters: Parameters, state: State) -> dict[str, Tensor]:
    sets = {"": state.ids} | ({"rt_": state.route_ids} if parameters.two_id_sets else {})
    columns = {
        f"{prefix}id_{NODES[node]}": ids[:, node]
        for prefix, ids in sets.items()
        for node in range(parameters.members)
    }
    return {**columns, "dist_kj": state.ids[:, K] ^ state.ids[:, J]}


def metrics(parameters: Parameters, state: State) -> dict[str, Tensor]:
    """Key figures of the moment, (B,)."""
    if parameters.layer == "funnel":
        return {f"{pool} (people)": state.pools[:, index] for index, pool in enumerate(POOLS)}
    figures = {
        "storage efficiency (1)": state.least / torch.clamp(state.gross, min=1.0),
        "traffic (size)": state.traffic_i.sum(1) + state.traffic_k[:, J],
        "failed uploads (count)": state.failed_i + state.failed_k,
    }
    if parameters.layer == "tokens":
        figures |= {
            "treasury (tokens)": state.treasury,
            "treasury share (1)": (state.treasury - parameters.starting_treasury) / (state.transit + 1.0),
            "latency (blocks)": state.latency,
            "paid (messages)": state.paid,
            "unpaid (messages)": state.unpaid,
            "fake routes (count)": state.fake.number - 3.0,
        }
    return figures


def ledger(parameters: Parameters, state: State) -> dict[str, Tensor]:
    """Token balances by account, which sum to the tokens of the start, and the last block's flows, (B,).

    A pledge (section 8) is a claim, not tokens: those of messages under way stay in the sender's wallet.
    """
    locked = torch.zeros_like(state.treasury) if parameters.pay_at == "proof" else pending(state)
    return {
        **{f"wallet {node}": column for node, column in zip(NODES, state.wallets.unbind(1), strict=True)},
        "treasury": state.treasury,
        "pending": locked,
        "destroyed": state.destroyed,
        "flow: tax": state.tax,
        "flow: subsidy": state.subsidy,
        "flow: penalty": state.penalty,
    }
