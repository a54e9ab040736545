"""Properties of the SAFE network, version 2 (specification section 12), over random everything."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.core.chance import Expected, Paired
from envs.core.simulation import Simulation
from envs.safe_network import SafeNetwork, State, section_laws
from envs.safe_network.state import filled_share, unfarmed_share
from envs.safe_network.task import ECONOMY, SCENARIOS, TASK

NAMES = [scenario.name for scenario in SCENARIOS]
LEAST_PAYOUT_OVER_INTAKE = 5.4054

economies = st.builds(
    SafeNetwork,
    reward_divisor=st.sampled_from(["sections", "log_power"]),
    store_rule=st.sampled_from(["literal", "proposal", "constant"]),
    upload_granularity=st.sampled_from(["user", "batch"]),
    sections=st.sampled_from(["smooth", "lockstep", "hist"]),
    allow_exit=st.booleans(),
    integer=st.booleans(),
    split=st.integers(40, 300),
    buffer=st.floats(0.02, 0.9),
    q_step=st.floats(0.1, 50.0),
    q_min=st.floats(1.0, 20000.0),
    chunks_per_coin0=st.floats(5000.0, 30000.0),
    vault_size=st.floats(2.5e5, 1e6),
    actions_per_user_day=st.floats(30.0, 200.0),
    growth_power=st.floats(1.0, 3.0),
    rw_power=st.floats(0.5, 3.0),
    reward_log_power=st.floats(2.0, 4.0),
    fiat_theta_supply=st.floats(0.0, 1.0),
    fiat_theta_demand=st.floats(0.0, 1.0),
)
seeds = st.integers(0, 2**40)
quick = settings(max_examples=20, deadline=None)


def simulation(economy: SafeNetwork, batch: int, **options: Any) -> Simulation:
    """The task on that economy, in plain torch."""
    return TASK.simulation(batch, economy=economy, compile=False, autoreset=False, **options)


def days(
    economy: SafeNetwork, seed: int, count: int, batch: int = 4, **options: Any
) -> list[tuple[State, State, dict[str, torch.Tensor]]]:
    """(before, after, lever positions) of daily steps under random actions, every scenario in turn."""
    run = simulation(economy, batch, interval=1, action="increments", chance="exact", **options)
    scenario = (torch.arange(batch) + seed) % len(NAMES)
    run.reset(seed, scenario=scenario, onset=torch.randint(0, count, (batch,)))
    draws = Paired(seed + torch.arange(batch))
    trace = []
    for day in range(count):
        assert run.run is not None
        before = run.run.state
        run.act(2.0 * draws.at(torch.full((batch,), day)).uniform("action", 2) - 1.0)
        trace.append((before, run.run.state, run.run.positions))
    return trace


def close(a: torch.Tensor, b: torch.Tensor, scale: torch.Tensor | float, tolerance: float = 1e-9) -> bool:
    return bool(((a - b).abs() <= tolerance * scale).all())


@given(economy=economies, seed=seeds)
@quick
def test_daily_laws(economy: SafeNetwork, seed: int) -> None:
    trace = days(economy, seed, 40)
    first = trace[0][0]
    everything = first.unfarmed + first.farmed - first.paid
    for before, after, _ in trace:
        assert close(after.unfarmed + after.farmed - after.paid, everything, economy.total_supply)
        unfarmed = unfarmed_share(economy, after)
        assert bool(((unfarmed >= 0.0) & (unfarmed <= 1.0)).all())
        assert bool((after.paid >= before.paid).all())
        assert bool((after.farmed >= before.farmed).all())
        if economy.allow_exit:
            assert bool((filled_share(economy, after) <= 1.0 + 1e-12).all())
        moved = (after.chunks_per_coin - before.chunks_per_coin).abs()
        on_floor = after.chunks_per_coin == economy.q_min
        one_step = (moved - economy.q_step).abs() <= 1e-9 * after.chunks_per_coin
        assert bool(((moved == 0.0) | one_step | on_floor).all())
        if economy.sections == "hist":
            sizes = torch.arange(after.sections.shape[1], dtype=torch.float64)
            assert close((after.sections * sizes).sum(1), after.vaults, after.vaults)


@given(economy=economies, seed=seeds)
@quick
def test_payout_is_at_least_five_times_intake(economy: SafeNetwork, seed: int) -> None:
    """ρR/(ωC) ≥ 5.4054 under the published read law, where neither capacity nor purses limit it."""
    economy = economy.variant(integer=False, rw_power=2.0)
    for before, after, _ in days(economy, seed, 20):
        day = after.day
        own_ratio = (day.cost / day.reward - day.ratio).abs() <= 1e-12 * day.ratio  # not turned, not limited
        free = (after.chunks < 0.999 * after.vaults * economy.vault_size) & (after.unfarmed > 0.0)
        free = free & (before.unfarmed < economy.total_supply) & own_ratio & (day.paid > 1e-6)
        assert bool((day.payout[free] >= LEAST_PAYOUT_OVER_INTAKE * day.paid[free]).all())


def one_day(economy: SafeNetwork, state: State, **levers: float) -> State:
    values = economy.neutral_levers(1)
    for name, value in levers.items():
        values[name] = values[name] * value
    return economy.step(state, values, economy.neutral_shocks(1), Expected(1))


@given(economy=economies, day=st.integers(0, 3000))
@quick
def test_no_growth_where_cost_equals_reward(economy: SafeNetwork, day: int) -> None:
    economy = economy.variant(integer=False, fiat_theta_supply=0.0, fiat_theta_demand=0.0, market_w=1.0)
    state = economy.initial(1, Expected(1))
    after = one_day(economy, state._replace(time=torch.tensor([day])))
    assert float(after.day.growth[0]) == 0.0
    assert float(after.vaults[0]) == float(state.vaults[0])


@given(buffer=st.floats(0.05, 0.6), above=st.booleans(), gap=st.floats(1e-9, 0.3), step=st.floats(0.5, 20.0))
@quick
def test_literal_rule_turns_at_the_buffer(buffer: float, above: bool, gap: float, step: float) -> None:
    economy = SafeNetwork(buffer=buffer, q_step=step)
    share = min(buffer + gap, 1.0) if above else max(buffer - gap, 0.0)
    state = economy.initial(1, Expected(1))
    state = state._replace(unfarmed=state.unfarmed * 0.0 + share * economy.total_supply)
    moved = economy.law.move(economy, state).chunks_per_coin - state.chunks_per_coin
    assert float(moved[0]) == pytest.approx(step if above else -step)


@given(economy=economies, factor=st.floats(0.1, 10.0))
@quick
def test_equal_multipliers_leave_the_ratio(economy: SafeNetwork, factor: float) -> None:
    state = economy.initial(1, Expected(1))
    plain, scaled = one_day(economy, state), one_day(economy, state, reward=factor, cost=factor)
    assert float(scaled.day.ratio[0]) == pytest.approx(float(plain.day.ratio[0]), rel=1e-12)
    assert float(scaled.day.reward[0]) == pytest.approx(factor * float(plain.day.reward[0]), rel=1e-12)


@given(vaults=st.floats(1.0, 1e7), split=st.floats(2.0, 400.0), nudge=st.floats(1e-9, 1e-6))
@quick
def test_smooth_law_is_continuous_and_at_least_one(vaults: float, split: float, nudge: float) -> None:
    pair = torch.tensor([vaults, vaults * (1.0 + nudge)], dtype=torch.float64)
    low, high = section_laws.smooth_count(pair, split)
    assert 1.0 <= low <= high <= low * (1.0 + 2.0 * nudge)


@given(economy=economies, seed=seeds)
@settings(max_examples=6, deadline=None)
def test_rows_do_not_depend_on_the_batch(economy: SafeNetwork, seed: int) -> None:
    economy = replace(economy, sections="smooth" if economy.sections == "hist" else economy.sections)
    runs = {}
    for batch in (1, 7, 4096):
        run = simulation(economy, batch, interval=3)
        run.reset(seed)
        action = Paired(seed + torch.arange(batch)).uniform("action", 2) * 2.0 - 1.0
        last = [run.act(action) for _ in range(3)][-1]
        assert run.run is not None
        runs[batch] = (*run.run.state[:9], last.reward, last.observation)
    for alone, few, many in zip(runs[1], runs[7], runs[4096], strict=True):
        torch.testing.assert_close(alone, few[:1], rtol=1e-13, atol=0.0)
        torch.testing.assert_close(few, many[:7], rtol=1e-13, atol=0.0)


@pytest.mark.parametrize("law", ["smooth", "lockstep", "hist", "tree"])
def test_order_of_economies_and_determinism(law: str) -> None:
    economy = ECONOMY.variant(sections=law, integer=law == "tree", tree_slots=512)
    order = torch.tensor([3, 0, 2, 1, 4])
    ends = []
    for shuffled in (torch.arange(5), torch.arange(5), order):
        run = simulation(economy, 5, chance="exact", scenario=["exodus", "noisy"], onset=10)
        run.reset(100 + shuffled)
        for _ in range(4):
            run.act(torch.zeros(5, 2))
        assert run.run is not None
        ends.append(run.run.state)
    for first, again, shuffled in zip(ends[0][:9], ends[1][:9], ends[2][:9], strict=True):
        assert torch.equal(first, again)
        torch.testing.assert_close(first[order], shuffled, rtol=1e-13, atol=0.0)


def finite(record: Any) -> bool:
    if isinstance(record, tuple):
        return all(finite(part) for part in record)
    return bool(torch.isfinite(record).all())


RANDOM = {
    "vault_size": (0.5, 1.5), "actions_per_user_day": (0.5, 1.5), "split": (0.5, 1.5), "buffer": (0.7, 1.3),
    "fiat_theta_supply": (0.7, 1.3), "fiat_theta_demand": (0.7, 1.3),
}  # fmt: skip


@pytest.mark.parametrize("rule", ["constant", "literal", "proposal"])
@pytest.mark.parametrize("randomise", [None, RANDOM], ids=["fixed", "randomised"])
def test_long_random_runs_stay_sound(rule: str, randomise: Any) -> None:
    """65,536 steps each, in every scenario, under actions that often sit at their bounds."""
    economy, batch = ECONOMY.variant(store_rule=rule, chunks_per_coin0=11134.0), 256
    run = simulation(economy, batch, randomise=randomise, interval=16, action="levels")
    run.reset(7, scenario=torch.arange(batch) % len(NAMES), onset=torch.arange(batch) // 2)
    assert run.run is not None
    begun = run.run.state
    everything = begun.unfarmed + begun.farmed - begun.paid
    draws = Paired(torch.arange(batch))
    for decision in range(16):
        wild = 6.0 * draws.at(torch.full((batch,), decision)).uniform("action", 2) - 3.0
        transition = run.act(wild)
        state = run.run.state
        assert finite(state)
        assert finite(tuple(transition.sensors.values()))
        assert bool(torch.isfinite(transition.observation).all())
        assert bool(((transition.reward >= 0.0) & (transition.reward <= 1.0)).all())
        assert close(state.unfarmed + state.farmed - state.paid, everything, economy.total_supply)
        assert bool((filled_share(run.economy, state) <= 1.0 + 1e-12).all())


@given(seed=seeds, scenario=st.sampled_from(NAMES), action=st.sampled_from(list(TASK.action_maps)))
@settings(max_examples=5, deadline=None)
def test_whole_lives_under_extreme_actions(seed: int, scenario: str, action: str) -> None:
    """Actions that stay at a corner for months drive prices to their limits; nothing breaks."""
    run = simulation(ECONOMY, 16, interval=30, action=action, scenario=scenario, onset=(0, 300))
    run.reset(seed)
    corners = torch.randint(0, 3, (16, 2)).double() - 1.0
    for decision in range(20):
        transition = run.act(corners if decision % 8 < 6 else -corners)
        assert run.run is not None
        assert finite(run.run.state)
        assert bool(torch.isfinite(transition.observation).all())
