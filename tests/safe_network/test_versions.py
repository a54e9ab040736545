"""Versions 1 and 3 of the SAFE network against figures of the original rules, and the laws of bidding."""

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from envs.core.chance import Expected
from envs.safe_network import SafeNetwork, State
from envs.safe_network.bidding import BiddingNetwork, BiddingState
from envs.safe_network.bidding import bids as bidding
from envs.safe_network.records import SizePrices
from envs.safe_network.reference import REFERENCE

from ..reference_files import find

VERSIONS = ("v1", "v3")


@cache
def read(path: Path) -> Any:
    return json.loads(path.read_text())


def table_of(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".params.json") + ".csv")


def runs() -> list[Any]:
    return [
        pytest.param(path, id=path.name)
        for path in find("safe_network", "*.params.json")
        if read(path)["params"].get("version") in VERSIONS and table_of(path).exists()
    ]


def one_day_cases() -> list[Any]:
    return [
        pytest.param(case, id=case["name"])
        for path in find("safe_network", "*.json")
        for case in (read(path).get("fixtures", []) if isinstance(read(path), dict) else [])
        if case["params_changed_from_default"].get("version") in VERSIONS
    ]


def share_cases() -> list[Any]:
    return [
        case
        for path in find("safe_network", "*.json")
        if isinstance(read(path), list)
        for case in read(path)
        if isinstance(case, dict) and "p_lowest" in case
    ]


def column(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.reference
@pytest.mark.parametrize("path", runs())
def test_every_row_and_column_of_a_run(path: Path) -> None:
    file = read(path)
    with table_of(path).open() as stream:
        wanted = list(csv.DictReader(stream))
    economy = REFERENCE.read(file)
    days = 1 + max(int(float(row["day"])) for row in wanted)
    with torch.inference_mode():
        own = list(REFERENCE.rows(economy, days, Expected(1), 1))
    for row in wanted:
        day = int(float(row["day"]))
        for name, value in row.items():
            assert float(own[day][name][0]) == pytest.approx(float(value), rel=1e-9, abs=1e-15), (day, name)


STOCKS = {
    "day": "time", "N": "vaults", "K": "chunks", "A": "paid", "I": "farmed", "U": "unfarmed",
    "lost": "lost", "earn": "earned",
}  # fmt: skip
COHORTS = {"bids": "bids", "pop": "vaults", "n_rw": "reads_per_write"}


def state_of(economy: SafeNetwork | BiddingNetwork, before: dict[str, Any]) -> State | BiddingState:
    state = economy.initial(1, Expected(1))
    values = {STOCKS[name]: column(before[name]) for name in before.keys() & STOCKS.keys()}
    values["time"] = values["time"].to(torch.int64)
    if isinstance(state, State):
        return state._replace(**values)
    held = {COHORTS[name]: column(before[name]) for name in before.keys() & {"n_rw"}}
    held |= {COHORTS[name]: column(*before[name])[None] for name in before.keys() & {"bids", "pop"}}
    return BiddingState(state.network._replace(**values), state.bidders._replace(**held))


@pytest.mark.reference
@pytest.mark.parametrize("case", one_day_cases())
def test_one_day(case: dict[str, Any]) -> None:
    economy = REFERENCE.read(case["params_changed_from_default"])
    levers, shocks = economy.neutral_levers(1), economy.neutral_shocks(1)
    for lever, short in (("reward", "R"), ("cost", "C")):
        levers[lever] = levers[lever] * case["multipliers"][short]
    for name, value in case["shock"].items():
        shocks["coin_price" if name == "X" else name] = column(value)
    after = economy.step(state_of(economy, case["before"]), levers, shocks, Expected(1))
    row = REFERENCE.columns(economy, after)
    network = after if isinstance(after, State) else after.network
    for name, value in case["after"].items():
        if name in STOCKS:
            own = getattr(network, STOCKS[name])[0].tolist()
        elif name in COHORTS:
            own = getattr(after.bidders, COHORTS[name])[0].tolist()
        else:  # X is a shock, and no state
            continue
        assert own == pytest.approx(value, rel=1e-12, abs=1e-12), name
    for name, value in case["day_row"].items():
        if isinstance(value, list):
            own = [float(row[f"{name}_{k}"][0]) for k in range(len(value))]
        else:
            own = float(row[name][0])
        assert own == pytest.approx(value, rel=1e-12, abs=1e-15), name


@pytest.mark.reference
@pytest.mark.parametrize("number", range(len(share_cases())))
def test_shares_of_a_reward(number: int) -> None:
    case = share_cases()[number]
    weights, bids, speeds = (column(*case[name])[None] for name in ("weights", "bids", "speeds"))
    quoted = bidding.quote(bids, weights, case["group"])
    first = bidding.fastest(weights, speeds, case["group"])
    share = bidding.reward_share(quoted.wins, first, weights, case["group"], tuple(case["split"]))
    assert float(quoted.lowest[0]) == pytest.approx(case["lowest_expected"], rel=1e-12)
    assert float(quoted.median[0]) == case["median"]
    for own, name in ((quoted.wins, "p_lowest"), (first, "p_fastest"), (share, "share")):
        assert own[0].tolist() == pytest.approx(case[name], rel=1e-12, abs=1e-300), name


def random_cohorts(cases: int, cohorts: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    draw = torch.rand(3, cases, cohorts, generator=generator, dtype=torch.float64)
    weights = draw[0] / draw[0].sum(1, keepdim=True)
    bids = torch.round(1e5 * (1.0 + 2.0 * draw[1]), decimals=-4)  # rounded, so that there are ties
    return weights, bids, 0.5 + draw[2]


@pytest.mark.parametrize("group", [2, 8])
def test_members_of_a_group_share_the_whole_reward(group: int) -> None:
    weights, bids, speeds = random_cohorts(200, 6)
    quoted, first = bidding.quote(bids, weights, group), bidding.fastest(weights, speeds, group)
    share = bidding.reward_share(quoted.wins, first, weights, group, (0.25, 0.15, 0.6))
    torch.testing.assert_close(group * (weights * share).sum(1), torch.ones(200).double(), rtol=1e-13, atol=0)


def test_equal_bids_share_alike() -> None:
    weights, bids, _ = random_cohorts(50, 5)
    bids = torch.full_like(bids, 1.5e5)
    quoted, first = bidding.quote(bids, weights, 8), bidding.fastest(weights, torch.ones_like(bids), 8)
    share = bidding.reward_share(quoted.wins, first, weights, 8, (0.2, 0.2, 0.6))
    torch.testing.assert_close(share, torch.full_like(share, 1 / 8), rtol=1e-13, atol=0)
    torch.testing.assert_close(quoted.lowest, bids[:, 0], rtol=1e-13, atol=0)


def test_order_of_cohorts_does_not_matter() -> None:
    weights, bids, _ = random_cohorts(50, 5)
    turned = bidding.quote(bids.flip(1), weights.flip(1), 8)
    straight = bidding.quote(bids, weights, 8)
    torch.testing.assert_close(turned.lowest, straight.lowest, rtol=1e-13, atol=0)
    assert torch.equal(turned.median, straight.median)
    torch.testing.assert_close(turned.wins.flip(1), straight.wins, rtol=1e-12, atol=1e-18)


def test_results_do_not_depend_on_the_batch() -> None:
    economy = BiddingNetwork(cost_rule="rw_scarcity")
    levers, shocks = economy.neutral_levers(3), economy.neutral_shocks(3)
    shocks["vault_loss"] = column(0.0, 0.2, 0.0)
    together = economy.step(economy.initial(3, Expected(3)), levers, shocks, Expected(3))
    alone = economy.step(
        economy.initial(1, Expected(1)), economy.neutral_levers(1), economy.neutral_shocks(1), Expected(1)
    )
    for name, value in REFERENCE.columns(economy, together).items():
        assert float(value[2]) == float(REFERENCE.columns(economy, alone)[name][0]), name


def test_a_cartel_of_the_weight_asked_raises_its_bids() -> None:
    economy = BiddingNetwork()
    state, levers, shocks = (
        economy.initial(2, Expected(2)),
        economy.neutral_levers(2),
        economy.neutral_shocks(2),
    )
    cohorts = economy.cohorts
    members = [torch.tensor(cohorts.conspiring(weight)) for weight in (0.0, 0.3)]
    joined = torch.stack([cohorts.joins(k, column(0.0, 0.3)) for k in range(len(cohorts))], 1)
    assert torch.equal(joined, torch.stack(members))
    weights = cohorts.shares(column())
    assert [float((one * weights).sum()) for one in members] == pytest.approx([0.0, 0.3])
    shocks["cartel"] = column(0.0, 0.3)
    for _ in range(100):
        state = economy.step(state, levers, shocks, Expected(2))
    level = state.bidders.bids / state.bidders.median[:, None]
    assert bool((level[1, members[1]] > 2.5).all())
    assert bool((level[1, ~members[1]] < 1.5).all())
    assert bool((level[0] < 1.5).all())


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_a_version_names_the_economy_and_takes_the_words_of_all(version: str) -> None:
    words = {"version": version, "v1_cost_factor": 3.0, "q_step": 2.0, "v3_group": 4, "vault_size": 4e5}
    economy = REFERENCE.read({**words, "v3_split": [0.4, 0.0, 0.6], "v1_cost_rule": "scarcity"})
    wanted = {
        "v1": SafeNetwork(
            vault_size=4e5, q_step=2.0, size_prices=SizePrices(cost_factor=3.0, cost_rule="scarcity")
        ),
        "v2": SafeNetwork(vault_size=4e5, q_step=2.0),
        "v3": BiddingNetwork(vault_size=4e5, group=4, reward_split=(0.4, 0.0, 0.6)),
    }
    assert economy == wanted[version]
    state = economy.initial(4, Expected(4))
    after = economy.step(state, economy.neutral_levers(4), economy.neutral_shocks(4), Expected(4))
    assert ("lowest" in REFERENCE.columns(economy, after)) == (version == "v3")


@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
@pytest.mark.parametrize("word", ["v1_cost_factor", "q_min", "v3_rw0"])
def test_words_of_other_versions_are_checked_too(version: str, word: str) -> None:
    with pytest.raises(ValueError, match=f"{word.removeprefix('v1_').removeprefix('v3_')} is -1.0"):
        REFERENCE.read({"version": version, word: -1.0})


def test_unknown_versions_are_named() -> None:
    with pytest.raises(ValueError, match="version is 'v4'; it must be one of v1, v2, v3"):
        REFERENCE.read({"version": "v4"})


def test_version_1_charges_nobody_at_first_and_no_rule_moves_its_price() -> None:
    economy = REFERENCE.read({"version": "v1", "stepping": "client"})
    before = economy.initial(2, Expected(2))
    assert before.paid.tolist() == [0.0, 0.0]
    after = economy.step(before, economy.neutral_levers(2), economy.neutral_shocks(2), Expected(2))
    assert torch.equal(after.chunks_per_coin, before.chunks_per_coin)
    assert torch.equal(after.day.cost, 2.0 * after.day.reward)


@pytest.mark.parametrize(
    ("cohorts", "message"),
    [
        ([], "empty"),
        ([{"kind": "greedy", "weight": 1, "bid": 1}], "greedy"),
        ([{"kind": "passive", "weight": 1}], "lacks bid"),
        ([{"kind": "passive", "weight": 1, "bid": 0}], "bid"),
        ([{"kind": "passive", "weight": 0, "bid": 1}], "weight"),
        ([{"kind": "passive", "weight": 1, "bid": 1, "mood": 2}], "mood"),
        ("none", "list"),
    ],
)
def test_bad_cohorts_are_named(cohorts: Any, message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        REFERENCE.read({"version": "v3", "cohorts": cohorts})


def test_cohorts_belong_to_version_3() -> None:
    with pytest.raises(ValueError, match="version v3"):
        REFERENCE.read({"cohorts": [{"kind": "passive", "weight": 1, "bid": 1}]})
