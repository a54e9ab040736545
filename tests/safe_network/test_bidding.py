"""The task of the bidding vaults: its levers, sensors, measures and what a cartel does."""

from typing import Any

import pytest
import torch

import envs
from agents.registry import rules
from envs.core.chance import Expected
from envs.safe_network.bidding import BiddingNetwork, BiddingState
from envs.safe_network.bidding.auction import call, strategy_gain
from envs.safe_network.reference import REFERENCE

TASK = envs.TASKS["tokenomics/SafeNetworkBidding-v0"]


def run(
    economy: BiddingNetwork, days: int, levers: dict[str, float] | None = None, **shocks: float
) -> BiddingState:
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


@pytest.mark.parametrize("factors", [(1.0, 1.0, 1.0), (0.1, 10.0, 1.0), (3.0, 0.3, 0.7)])
def test_shares_of_the_reward_sum_to_one(factors: tuple[float, ...]) -> None:
    economy = BiddingNetwork()
    state = run(economy, 3, dict(zip(("lowest", "fastest", "rest"), factors, strict=True)))
    weights, share = call(economy, state.bidders).weights, state.bidders.share
    assert float((weights * share).sum()) * economy.group == pytest.approx(1.0, rel=1e-13)


def test_the_split_and_the_anchor_do_what_they_say() -> None:
    economy = BiddingNetwork()
    published, lowest = run(economy, 2), run(economy, 2, {"lowest": 10.0})
    gains = [float(strategy_gain(economy, state.bidders)[0]) for state in (lowest, published)]
    assert gains[0] > gains[1] > 1.0
    median, group = run(economy, 2, {"anchor": 1.0}), run(economy, 2, {"anchor": 0.0})
    assert (
        float(median.network.day.reward)
        > float(published.network.day.reward)
        > float(group.network.day.reward)
    )
    assert float(median.bidders.cartel_effect) == pytest.approx(0.0, abs=1e-12)
    assert float(group.bidders.cartel_effect) > float(published.bidders.cartel_effect) > 0.0


def test_a_cartel_raises_the_reward() -> None:
    economy = BiddingNetwork()
    assert float(run(economy, 60, cartel=0.3).network.day.reward) > 1.02 * float(
        run(economy, 60).network.day.reward
    )


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"group": 1}, "BiddingNetwork.group is 1; it must be at least 2"),
        ({"rw_window": 0.5}, "BiddingNetwork.rw_window is 0.5; it must be at least 1"),
        ({"reward_split": (0.5, 0.5)}, "BiddingNetwork.reward_split has 2 entries; it takes 3"),
        ({"reward_split": (0.2, 0.2, 0.2)}, "BiddingNetwork.reward_split is .*, together 0.6; it must be 1"),
        ({"cohorts": None}, "BiddingNetwork.cohorts is None; it must be Cohorts"),
    ],
)
def test_bad_parameters_are_named(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        BiddingNetwork(**parameters)


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
