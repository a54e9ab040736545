"""One-step cases of the original's pure functions."""

import json
from typing import Any

import pytest
import torch

from envs.storage_network import State, StorageNetwork, overlay, queues, settlement, trust
from envs.storage_network.accounts import PERSONAS
from envs.storage_network.adoption import moved
from envs.storage_network.market import find, route
from envs.storage_network.parameters import NODES, POOLS, J, K
from envs.storage_network.reference import read, replay_of
from envs.storage_network.state import Queue
from envs.storage_network.storage import send_overlay, send_validation, store_file, uploads

from .files import FOLDER, cases, columns, found, load, near, one, start

pytestmark = pytest.mark.reference
VARIANTS = (
    "ijkp_kdf", "master", "subsidy_tax_tuning", "escrow_relaxation", "route_allocation_test",
    "storage_allocation_test", "validation_model", "adoption",
)  # fmt: skip
Case = dict[str, Any]


def of(name: str) -> Any:
    """Parametrised over the variants that have a fixture of that name."""
    return pytest.mark.parametrize("variant", [v for v in VARIANTS if cases(v, name)])


def test_every_fixture_is_compared() -> None:
    known = {
        "nearest", "ping_update", "store_sequence", "send", "find_route", "queues", "gradient_plain",
        "gradient_tax_subsidy_first", "gradient_fake_penalty_first",
        "gradient_penalty_first_bounded_unused_variant", "payment", "message_price", "persona", "pool_step",
        "trust_update",
    }  # fmt: skip
    assert found("fixtures_*.json")
    for path in found("fixtures_*.json"):
        assert set(load(path)["fixtures"]) <= known, path


@of("nearest")
def test_nearest(variant: str) -> None:
    given = cases(variant, "nearest")
    ids = torch.tensor([case["ids"] for case in given])
    fallback = variant != "ijkp_kdf"
    for node, letter in ((0, "i"), (K, "k")):
        distance = ids ^ ids[:, node : node + 1]
        assert distance.tolist() == [case[f"xor_from_{letter}"] for case in given]
        assert overlay.proximity(distance).tolist() == [case[f"po_len_from_{letter}"] for case in given]
        if f"closest_to_{letter}" in given[0]:
            nearest = overlay.nearest(ids, node, fallback)
            assert [NODES[n] for n in nearest.tolist()] == [case[f"closest_to_{letter}"] for case in given]


@of("ping_update")
def test_ping_update(variant: str) -> None:
    given = cases(variant, "ping_update")
    estimate = torch.tensor([case["estimate"] for case in given], dtype=torch.float64)
    available = torch.tensor([case["available"] for case in given])
    near(overlay.pinged(estimate, available, 0.01), [case["after"] for case in given], variant)


@of("store_sequence")
def test_store_sequence(variant: str) -> None:
    for case in cases(variant, "store_sequence"):
        capacity = {f"{node}_storage": float(size) for node, size in case["capacity"].items()}
        economy = StorageNetwork.of(variant, **capacity)
        state = start(StorageNetwork.of("subsidy_tax_tuning"))
        for line in case["sequence"]:
            before = state
            state = store_file(economy, state, one(line[0]), torch.tensor([line[0] - 1]))
            figures = (
                *state.used[0, :3], *state.traffic_i[0, [J, K]], state.gross_files[0], state.least_files[0]
            )  # fmt: skip
            assert [float(x) for x in figures] == line[2:], line
            target = {
                (0.0, 0.0): line[1] if line[1] in ("i", None) else "?",
                (1.0, 0.0): "j",
                (0.0, 1.0): "k",
            }
            assert target[tuple((state.pushed - before.pushed)[0].tolist())] == line[1]


def before(economy: StorageNetwork, case: Case) -> State:
    """The state that a case of sending begins with."""
    given = case["before"]
    edges = given["traffic"]
    return start(economy)._replace(
        used=columns(given["used"]),
        traffic_i=columns({edge[1]: size for edge, size in edges.items() if edge[0] == "i"}),
        traffic_k=columns({edge[1]: size for edge, size in edges.items() if edge[0] == "k"}),
        arrival=one(given["arrival"]),
    )


def compare_traffic(state: State, wanted: dict[str, float]) -> None:
    edges = {"i": state.traffic_i, "k": state.traffic_k}
    for edge, size in wanted.items():
        if edge[0] in edges:
            assert float(edges[edge[0]][0, NODES.index(edge[1])]) == size, edge


@of("send")
def test_send(variant: str) -> None:
    bandwidth = load(found(f"fixtures_{variant}.json")[0])["params"]
    for case in cases(variant, "send"):
        file = {"variant": variant, "params": bandwidth}
        if case["ids"]:
            file["ids"] = dict(zip("ijkp", case["ids"], strict=True))
        economy = read(file)
        state = before(economy, case)
        sent = uploads(economy, state)[:2]
        assert [float(x) for x in sent] == [case["sent_i"], case["sent_k"]]
        send = send_validation if variant == "validation_model" else send_overlay
        state, after = send(economy, state, replay_of([])), case["after"]
        near(state.used, columns(after.get("used", case["before"]["used"])), case)
        compare_traffic(state, after["traffic"])
        counters = [float(state.found[0, J]), float(state.routed_to_j), float(state.found[0, K])]
        assert counters == [after["j_from_i"], after["j_from_k"], after["k_from_i"]]
        if "forward_extra" in case:
            assert float(state.forward_extra) == case["forward_extra"]
            for node, letter, size in ((0, "i", case["sent_i"]), (K, "k", case["sent_k"])):
                rows = int(overlay.targets(state, node, 4, economy.depth))
                assert (rows if size else 0) == case[f"n_targets_{letter}"]


@of("find_route")
def test_find_and_route(variant: str) -> None:
    for case in cases(variant, "find_route"):
        ids = {
            f"{prefix}id_{node}": x
            for prefix in ("", "rt_")
            for node, x in zip(NODES, case["ids"], strict=True)
        }
        economy = StorageNetwork.of(variant, **ids)
        state = find(economy, before(economy, case), replay_of([]))
        assert float(state.upload_i) == (case["sent_i"] > 0)
        compare_traffic(state, case["after_find"]["traffic"])
        assert state.found[0].tolist() == [case["after_find"]["find_counts"][node] for node in NODES]
        state = route(economy, state, replay_of([]))
        assert float(state.upload_k) == (case["sent_k"] > 0)
        compare_traffic(state, case["after_route"]["traffic"])
        assert float(state.routed_to_j) == case["after_route"]["j_from_k"]


def queue_of(labels: list[int]) -> Queue:
    queue = queues.empty(1, 12)
    for label in labels:
        queue = queues.append(queue, one(label), one(label), torch.tensor([True]))
    return queue


def labels(queue: Queue) -> list[int]:
    assert bool((queue.created == queue.commitment).all())
    return [int(label) for label in queue.created[0, : int(queue.length)]]


@of("queues")
def test_queues(variant: str) -> None:
    economy = StorageNetwork.of(variant)
    always = torch.tensor([True])
    for case in cases(variant, "queues"):
        lists = {name: queue_of(content) for name, content in case["before"].items()}
        proves = torch.tensor([case["u_prove"] < economy.j_prove_likelihood])
        hops = (
            ("after_find", "active", "located", economy.find_pick, economy.active_limit, always),
            ("after_route", "located", "routed", economy.route_pick, economy.located_limit, always),
            ("after_preprove", "routed", "solved", economy.prove_pick, economy.routed_limit, proves),
            ("after_prove", "routed", "solved", economy.prove_pick, economy.routed_limit, always),
        )
        provers = []
        for name, source, target, pick, limit, also in hops:
            place, ready = queues.chosen(lists[source], pick, limit)
            moves = ready & also
            lists[source], created, commitment = queues.withdraw(lists[source], place, moves)
            lists[target] = queues.append(lists[target], created, commitment, moves)
            assert {key: labels(each) for key, each in lists.items()} == case[name], (name, case)
            provers += [(int(created), "j" if name == "after_preprove" else "p")] * int(
                moves & (target == "solved")
            )
        wanted = case["solved_info"]
        assert provers == [(line[0], line[1]) for line in wanted]
        assert [40 - label for label, _ in provers] == [line[5] for line in wanted]


@of("payment")
def test_payment(variant: str) -> None:
    for case in cases(variant, "payment"):
        prove = case["prove_allocation"] if "escrow" not in variant else None
        economy = StorageNetwork.of(
            variant, route_allocation=case["route_allocation"], store_allocation=case["store_allocation"],
            prove_allocation=prove,
        )  # fmt: skip
        state = start(economy)._replace(wallets=columns(case["wallets_before"]))
        if "trust_before" in case:
            state = state._replace(trust=columns({"i": 1, **case["trust_before"]}))
        state = economy.verbs(economy.neutral_levers(1))[8](economy, state, replay_of([]))
        for pledge, commitment, prover, delta in case["solved_pledge_escrow_prover_delta"]:
            solved = state.solved._replace(
                present=torch.tensor([True]), pledge=one(pledge), commitment=one(commitment),
                by_stand_in=torch.tensor([prover == "p"]),
            )  # fmt: skip
            state = state._replace(solved=solved, tax=one(delta), subsidy=one(0.0))
            state = economy.verbs(economy.neutral_levers(1))[8](economy, state, replay_of([]))
        near(state.wallets, columns(case["wallets_after"]), case)
        near(state.paid, case["n_paid"], case)
        if "trust_after" in case:
            near(state.trust[:, 1:], columns(case["trust_after"], NODES[1:]), case)
            near(state.unpaid, case["n_not_paid"], case)
            near(state.treasury, case["treasury_after"], case)


@of("message_price")
def test_message_price(variant: str) -> None:
    for case in cases(variant, "message_price"):
        costs = case["message_base_cost"], case["storage_base_cost"]
        price = settlement.message_price(one(case["size"]), one(case["noise"]), *costs)
        assert float(price) == case["tokens"]


@of("persona")
def test_personas(variant: str) -> None:
    fixture = load(found(f"fixtures_{variant}.json")[0])["fixtures"]["persona"]
    table = torch.tensor(PERSONAS[StorageNetwork.of(variant).personas], dtype=torch.float64)
    wanted = [[each["role"], each["share"]] for each in fixture["personas"].values()]
    assert table.tolist() == torch.tensor(wanted, dtype=torch.float64).tolist()
    for case in fixture["cases"]:
        start_wallet = one(case["sender_wallet_at_t0"])
        net = settlement.persona_income(columns(case["wallets"]), start_wallet, table[:, 0], table[:, 1])
        near(net, list(case["net"].values()), case)


@of("pool_step")
def test_pools(variant: str) -> None:
    for case in cases(variant, "pool_step"):
        economy = StorageNetwork.of(
            variant,
            threshold=float(case["threshold"]),
            leak_coefficient=case["leak"],
            response=case["response"],
        )
        pools = case["before"]
        state = start(economy)._replace(
            signal=one(case["signal"]),
            pools=columns({pool: volume for pool, (volume, _) in pools.items()}, POOLS),
            reputation=columns({pool: standing or 0.0 for pool, (_, standing) in pools.items()}, POOLS),
        )
        for after in case["after_1_2_3"]:
            state = moved(economy, state)
            near(state.pools, [after[pool][0] for pool in POOLS], case)
            near(state.reputation, [after[pool][1] for pool in POOLS], case)


def test_trust_update() -> None:
    given = json.loads((FOLDER / "trust_audit" / "fixtures_trust.json").read_text())
    for case in given["fixtures"]["trust_update"]["cases"]:
        scores = torch.tensor([case["trust"]], dtype=torch.float64)
        mean = scores.mean(1)
        near(mean, case["mean_trust"], case)
        near(trust.severity(mean, case["kappa"]), case["f"], case)
        own, reneges = scores[:, case["index"]], torch.tensor([case["renege"] == 1])
        literal = trust.literal(own, mean, reneges, case["kappa"])
        near(literal, case["literal_after"], case)
        near(literal.clamp(0.0, 1.0), case["literal_after_clipped"], case)
        near((literal - own).abs(), case["delta"], case)
        repaired = trust.repaired(own, mean, reneges, case["kappa"], floor=case["f_floor"])
        near(repaired, case["repaired_after"], case)
