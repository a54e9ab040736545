"""The task of the bidding vaults: its levers, sensors, measures and what a cartel does."""

import pytest
import torch

import envs
from agents.registry import rules
from envs.core.chance import Expected
from envs.safe_network import SafeNetwork, State
from envs.safe_network.bidding.economy import BiddingNetwork
from envs.safe_network.reference import REFERENCE

TASK = envs.TASKS["tokenomics/SafeNetworkBidding-v0"]


def run(economy: SafeNetwork, days: int, levers: dict[str, float] | None = None, **shocks: float) -> State:
    state = economy.initial(1, Expected(1))
    held = economy.neutral_levers(1) | {
        name: torch.tensor([value], dtype=torch.float64) for name, value in (levers or {}).items()
    }
    channels = economy.neutral_shocks(1) | {
        name: torch.tensor([value], dtype=torch.float64) for name, value in shocks.items()
    }
    for _ in range(days):
        state = economy.step(state, held, channels, Expected(1))
    return state


def test_neutral_levers_are_version_3_to_the_bit() -> None:
    own, plain = BiddingNetwork(version="v3"), SafeNetwork(version="v3")
    wanted = REFERENCE.columns(plain, run(plain, 30))
    for name, value in REFERENCE.columns(own, run(own, 30)).items():
        assert torch.equal(value, wanted[name]), name


@pytest.mark.parametrize("factors", [(1.0, 1.0, 1.0), (0.1, 10.0, 1.0), (3.0, 0.3, 0.7)])
def test_shares_of_the_reward_sum_to_one(factors: tuple[float, ...]) -> None:
    economy = BiddingNetwork(version="v3")
    state = run(economy, 3, dict(zip(("lowest", "fastest", "rest"), factors, strict=True)))
    weights, share = economy.cohort_weights(state), state.bidders.share
    assert float((weights * share).sum()) * economy.v3_group == pytest.approx(1.0, rel=1e-13)


def test_the_split_and_the_anchor_do_what_they_say() -> None:
    economy = BiddingNetwork(version="v3")
    published, lowest = run(economy, 2), run(economy, 2, {"lowest": 10.0})
    assert float(economy.strategy_gain(lowest)[0]) > float(economy.strategy_gain(published)[0]) > 1.0
    median, group = run(economy, 2, {"anchor": 1.0}), run(economy, 2, {"anchor": 0.0})
    assert float(median.day.reward) > float(published.day.reward) > float(group.day.reward)
    assert float(median.bidders.cartel_effect) == pytest.approx(0.0, abs=1e-12)
    assert float(group.bidders.cartel_effect) > float(published.bidders.cartel_effect) > 0.0


def test_a_cartel_raises_the_reward() -> None:
    economy = BiddingNetwork(version="v3")
    assert float(run(economy, 60, cartel=0.3).day.reward) > 1.02 * float(run(economy, 60).day.reward)


def test_bidding_needs_version_3() -> None:
    with pytest.raises(ValueError, match="version"):
        BiddingNetwork()


def test_the_step_is_one_graph() -> None:
    economy = TASK.economy
    state = economy.initial(2, Expected(2))
    inputs = (state, economy.neutral_levers(2), economy.neutral_shocks(2), Expected(2))
    traced = torch.compile(economy.step, fullgraph=True, backend="eager")(*inputs)
    for name, value in REFERENCE.columns(economy, economy.step(*inputs)).items():
        assert torch.equal(REFERENCE.columns(economy, traced)[name], value), name


def test_every_rule_sets_every_lever() -> None:
    simulation = TASK.simulation(3, scenario="cartel", onset=1, interval=1)
    sensors = simulation.reset(0)
    names = {lever.name for lever in TASK.economy.levers}
    for rule in rules(TASK):
        rule.reset(3)
        assert set(rule.act(sensors)) == names, rule.name
        transition = simulation.step(rule.act(sensors))
        assert all(bool(((term >= 0.0) & (term <= 1.0)).all()) for term in transition.terms.values())


def test_measures_say_how_far_bids_can_be_gamed() -> None:
    trace = {name: torch.full((120, 2), 0.5, dtype=torch.float64) for name in (*TASK.recorded, "moves")}
    trace["strategy_gain"][3, 1] = 2.0
    assert TASK.measures is not None
    measures = TASK.measures(trace, torch.tensor([5, 5]))
    assert measures["strategy_gain_worst"].tolist() == [0.5, 2.0]
    assert measures["cartel_effect"].tolist() == [0.5, 0.5]
