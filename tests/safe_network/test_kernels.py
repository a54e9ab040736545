"""The store rule evaluated for every client of a day: against the loop over clients."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.core.chance import Expected
from envs.safe_network import SafeNetwork
from envs.safe_network.kernels import Purse, Rule, by_blocks, by_events, harmonic

from ..reference_files import find

TOTAL = 4294967296.0


def column(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def days() -> list[Any]:
    contents = [json.loads(path.read_text()) for path in find("safe_network", "*.json")]
    return [
        case
        for content in contents
        if isinstance(content, dict)
        for case in content.get("cases", [])
        if "after_loop" in case
    ]


def loop(purse: list[float], proposal: bool, rule: Rule, clients: int) -> list[float]:
    q, paid, farmed, unfarmed = purse
    step, floor, written, earned = (float(x) for x in rule[3:])
    for _ in range(clients):
        target = (1.0 - unfarmed / TOTAL + float(rule.buffer)) * (farmed if proposal else paid)
        q = max(floor, q + step * ((paid > target) - (paid < target)))
        paid, farmed = paid + written / q, farmed + earned
        unfarmed = unfarmed + written / q - earned
    return [q, paid, farmed, unfarmed]


@pytest.mark.reference
@pytest.mark.parametrize("number", range(len(days())))
def test_days_of_the_reference(number: int) -> None:
    case = days()[number]
    before, share = case["before"], case["write_share"]
    rule = Rule(
        case["rule"] == "proposal",
        TOTAL,
        case["buffer"],
        column(case["q_step"] * share),
        column(case["q_min"]),
        column(share * case["actions"]),
        column(case["read_share"] * case["actions"] * case["R"] / 1e9),
    )
    after = by_events(Purse(*(column(before[name]) for name in "qAIU")), rule, column(case["users"]))
    for name, own in zip("qAIU", after, strict=True):
        tolerance = 1e-4 if name == "q" else 1e-6
        assert float(own) == pytest.approx(case["after_loop"][name], rel=tolerance), name


# q, A, I, U; q_step · ω, floor; chunks, coins; clients. The third meets the floor of q.
SMALL = [
    ([16134.0, 3.9e4, 1.5e5, 3.65e9], 0.49, 1.0, 49.0, 0.25, 3000),
    ([900.0, 1.0, 1e3, 3.5e9], 3.7, 1.0, 30.0, 0.01, 2500),
    ([150.0, 1e3, 1e6, 3.0e9], 0.8, 100.0, 40.0, 50.0, 2000),
    ([500.0, 2.0e5, 1.0e6, 3.6e9], 0.31, 1.0, 90.0, 1e-3, 4000),
    ([40.0, 0.0, 0.0, 3.6e9], 0.5, 0.7, 20.0, 2.0, 1500),
]


@pytest.mark.parametrize("proposal", [True, False])
def test_events_agree_with_the_loop_in_a_batch(proposal: bool) -> None:
    columns = [column(*values) for values in zip(*[row[1:] for row in SMALL], strict=True)]
    step, floor, written, earned, clients = columns
    rule = Rule(proposal, TOTAL, 0.1, step, floor, written, earned)
    start = Purse(*(column(*values) for values in zip(*[row[0] for row in SMALL], strict=True)))
    own = by_events(start, rule, clients)
    for i, row in enumerate(SMALL):
        one = Rule(proposal, TOTAL, 0.1, *(values[i] for values in (step, floor, written, earned)))
        wanted = loop(row[0], proposal, one, row[-1])
        assert [float(x[i]) for x in own] == pytest.approx(wanted, rel=1e-9), i
    alone = by_events(
        Purse(*(x[:1] for x in start)), Rule(proposal, TOTAL, 0.1, *(x[:1] for x in columns[:4])), clients[:1]
    )
    assert [float(x) for x in alone] == pytest.approx([float(x[0]) for x in own], rel=1e-13)


RANDOM_DAYS = 24


@given(st.integers(0, 2**31))
@settings(max_examples=8, deadline=None)
def test_events_agree_with_the_loop_on_random_days(seed: int) -> None:
    draw = np.random.default_rng(seed)

    def log_uniform(low: float, high: float) -> Any:
        return np.exp(draw.uniform(np.log(low), np.log(high), RANDOM_DAYS))

    q, paid, unfarmed = (
        log_uniform(200, 4e4),
        log_uniform(1e4, 4e5),
        TOTAL * draw.uniform(0.2, 0.85, RANDOM_DAYS),
    )
    beta, proposal = 0.15, bool(draw.integers(2))
    on_target = paid / (1.0 - unfarmed / TOTAL + beta) * draw.uniform(0.9, 1.1, RANDOM_DAYS)
    farmed = np.where(draw.uniform(size=RANDOM_DAYS) < 0.5, on_target, paid * draw.uniform(1, 8, RANDOM_DAYS))
    write = draw.uniform(0.02, 0.5, RANDOM_DAYS)
    step, floor = write * log_uniform(0.25, 4), np.where(draw.uniform(size=RANDOM_DAYS) < 0.3, 150.0, 1.0)
    earned = (1 - write) * 100 * log_uniform(3e4, 1e7) / 1e9
    clients = draw.integers(200, 6000, RANDOM_DAYS)
    purse = [q, paid, farmed, unfarmed]
    rule = Rule(proposal, TOTAL, beta, *(torch.tensor(x) for x in (step, floor, write * 100, earned)))
    own = by_events(Purse(*map(torch.tensor, purse)), rule, torch.tensor(clients).double())
    for number in range(int(clients.max())):
        q, paid, farmed, unfarmed = purse
        target = (1.0 - unfarmed / TOTAL + beta) * (farmed if proposal else paid)
        q = np.maximum(floor, q + step * np.sign(paid - target))
        pays = np.where(number < clients, write * 100 / q, 0.0)
        gets = np.where(number < clients, earned, 0.0)
        purse = [np.where(number < clients, q, purse[0]), paid + pays, farmed + gets, unfarmed + pays - gets]
    for name, mine, theirs in zip("qAIU", own, purse, strict=True):
        np.testing.assert_allclose(mine.numpy(), theirs, rtol=1e-4 if name == "q" else 1e-6, err_msg=name)


def test_blocks_of_one_client_are_the_loop() -> None:
    start, step, floor, written, earned, clients = SMALL[1]
    rule = Rule(True, TOTAL, 0.1, column(step), column(floor), column(written), column(earned))
    own = by_blocks(Purse(*(column(x) for x in start)), rule, column(clients), clients)
    assert [float(x) for x in own] == pytest.approx(loop(start, True, rule, clients), rel=1e-10)


def test_harmonic_sums() -> None:
    low, count = (
        column(0.0, 0.0, 40.5, 63.4, 63.6, 1e3, 1e9),
        column(0.0, 3.0, 20.0, 10.0, 10.0, 500.0, 100.0),
    )
    wanted = [
        sum(1.0 / (a + i) for i in range(1, int(n) + 1))
        for a, n in zip(low.tolist(), count.tolist(), strict=True)
    ]
    assert harmonic(low, count).tolist() == pytest.approx(wanted, rel=1e-12)


SMALL_ECONOMY = {"initial_vaults": 50, "initial_users": 50, "store_rule": "proposal"}


def path_of_q(days: int, **parameters: Any) -> torch.Tensor:
    economy = SafeNetwork(**SMALL_ECONOMY, **parameters)
    state, path = economy.initial(1, Expected(1)), []
    for _ in range(days):
        state = economy.step(state, economy.neutral_levers(1), economy.neutral_shocks(1), Expected(1))
        path.append(state)
        balance = state.unfarmed - economy.initial_unfarmed - state.paid + state.farmed
        assert abs(float(balance)) < 1e-3
    return torch.cat([state.chunks_per_coin for state in path])


def test_finer_blocks_come_closer_to_the_clients() -> None:
    exact = path_of_q(6, stepping="client")
    errors = [
        float((path_of_q(6, stepping="block", stepping_blocks=blocks) / exact - 1.0).abs().max())
        for blocks in (4, 1024)
    ]
    assert errors[1] < 0.2 * errors[0]


def test_by_default_q_moves_once_a_day() -> None:
    path = path_of_q(6)
    assert set((path[1:] - path[:-1]).abs().tolist()) == {1.0}
    assert torch.equal(path_of_q(6, stepping="day"), path)
    assert not SafeNetwork(stepping="client").compilable
    assert SafeNetwork(stepping="block").compilable
