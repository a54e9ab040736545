"""Laws that conviction voting obeys whatever befalls it."""

from dataclasses import fields
from typing import Any

import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from envs.conviction_voting import ConvictionVoting, State
from envs.conviction_voting.kernels.release import trim
from envs.conviction_voting.reference import REFERENCE
from envs.conviction_voting.state import CANDIDATE, EMPTY, existing, having, members, stakes, total_holdings
from envs.conviction_voting.task import SCENARIOS
from envs.conviction_voting.versions import corrected, version
from envs.core.chance import Paired, Replay
from envs.core.scenario import ScenarioSet
from envs.core.tensors import map_record

BATCH, STEPS = 8, 30
LEVERS = {
    "rho": st.floats(1e-4, 0.05),
    "beta": st.floats(0.05, 0.5),
    "half_life": st.floats(0.5, 14.0),
    "inflow": st.floats(0.0, 0.005),
    "tmin": st.floats(0.0, 14.0),
    "min_supp": st.floats(1.0, 12312.0),
}
PLANTS = {
    "published": ConvictionVoting(),
    "corrected": corrected(),
    "version 2": version(2),
    "version 3": version(3),
}
given_case = given(
    seed=st.integers(0, 10**6), values=st.fixed_dictionaries(LEVERS), name=st.sampled_from(list(PLANTS))
)
quick = settings(max_examples=8, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))


def levers_of(values: dict[str, float]) -> dict[str, torch.Tensor]:
    return {name: torch.full((BATCH,), value, dtype=torch.float64) for name, value in values.items()}


def start(economy: ConvictionVoting, seed: int) -> tuple[State, Paired]:
    chance = Paired(torch.arange(BATCH) + seed)
    return economy.initial(BATCH, chance.at(torch.full((BATCH,), -1))), chance


def run(
    economy: ConvictionVoting, seed: int, levers: Any = None, steps: int = STEPS, **shocks: float
) -> State:
    state, chance = start(economy, seed)
    levers = levers or economy.neutral_levers(BATCH)
    channels = economy.neutral_shocks(BATCH)
    channels |= {name: torch.full((BATCH,), value, dtype=torch.float64) for name, value in shocks.items()}
    for _ in range(steps):
        state = economy.step(state, levers, channels, chance.at(state.time))
    return state


@quick
@given_case
def test_money_and_tokens_change_only_by_named_flows(seed: int, values: dict[str, float], name: str) -> None:
    economy = PLANTS[name]
    state, chance = start(economy, seed)
    levers, shocks = levers_of(values), economy.neutral_shocks(BATCH)
    for _ in range(STEPS):
        before, state = state, economy.step(state, levers, shocks, chance.at(state.time))
        funded = having(state, 2) & ~having(before, 2)
        released = torch.where(funded, state.requested, 0.0).sum(1)
        torch.testing.assert_close(state.funds, before.funds + state.inflow - released, rtol=1e-12, atol=1e-9)
        grown = total_holdings(before) + state.joined + state.drift
        torch.testing.assert_close(total_holdings(state), grown, rtol=1e-12, atol=1e-9)


@quick
@given_case
def test_conviction_is_not_negative_and_stakes_are_covered(
    seed: int, values: dict[str, float], name: str
) -> None:
    state = run(PLANTS[name], seed, levers_of(values))
    assert bool((state.conviction >= 0.0).all())
    assert bool((state.holdings >= 0.0).all())
    per_head = stakes(state).sum(2)
    # Candidates killed in this very step had a share of the stakes, which their supporters re-stake next.
    assert bool((per_head <= state.holdings * (1.0 + 1e-12)).all())
    everything = torch.where(having(state, CANDIDATE), state.staked, 0.0).sum(1)
    assert bool((everything <= total_holdings(state) * (1.0 + 1e-12)).all())


def defiled(state: State) -> State:
    """The same state with other content in its dead slots."""
    rows, columns = ~members(state), ~existing(state)
    edges = rows[:, :, None] | columns[:, None, :]
    dirt = {"holdings": (rows, 7e5), "requested": (columns, 3.0), "conviction": (columns, 9e9)}
    dirt |= {"trigger": (columns, 1.0), "staked": (columns, 5.0), "approval": (columns, 0.9)}
    dirt |= {"affinity": (edges, 0.99), "cut": (rows, 0.1), "first": (rows, 0), "last": (rows, 40)}
    if state.tokens.shape[1]:
        dirt |= {"tokens": (edges, 5e4)}
    changed = {name: torch.where(where, value, getattr(state, name)) for name, (where, value) in dirt.items()}
    return state._replace(
        status=torch.where(columns, CANDIDATE, state.status),
        age=torch.where(columns, 50, state.age),
        **changed,
    )


def cleaned(state: State) -> State:
    """The state with zeros in its dead slots."""
    rows, columns = members(state), existing(state)
    edges = rows[:, :, None] & columns[:, None, :]
    names = ("requested", "conviction", "trigger", "staked", "approval")
    changed = {name: torch.where(columns, getattr(state, name), 0.0) for name in names}
    return state._replace(
        holdings=torch.where(rows, state.holdings, 0.0),
        status=torch.where(columns, state.status, EMPTY),
        age=torch.where(columns, state.age, 0),
        affinity=torch.where(edges, state.affinity, 0.0),
        cut=torch.where(rows, state.cut, 0.0),
        first=torch.where(rows, state.first, 0),
        last=torch.where(rows, state.last, 0),
        tokens=torch.where(edges, state.tokens, 0.0) if state.tokens.shape[1] else state.tokens,
        **changed,
    )


@quick
@given_case
def test_dead_slots_change_nothing(seed: int, values: dict[str, float], name: str) -> None:
    economy, levers = PLANTS[name], levers_of(values)
    state, chance = start(economy, seed)
    shocks = economy.neutral_shocks(BATCH) | {"bloc": torch.full((BATCH,), 0.2, dtype=torch.float64)}
    other = state
    for _ in range(STEPS // 2):
        draws = chance.at(state.time)
        state = economy.step(state, levers, shocks, draws)
        other = economy.step(defiled(other), levers, shocks, draws)
    for ours, theirs in zip(cleaned(state), cleaned(other), strict=True):
        assert torch.equal(ours, theirs)
    for ours, theirs in zip(
        economy.sense(state, levers).values(), economy.sense(defiled(other), levers).values(), strict=True
    ):
        assert torch.equal(ours, theirs)
    for ours, theirs in zip(
        REFERENCE.columns(economy, state).values(),
        REFERENCE.columns(economy, defiled(other)).values(),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs, rtol=0.0, atol=0.0, equal_nan=True)


class Permuted(Replay):
    """Draws whose participants stand in another order."""

    def __init__(self, draws: Paired, order: torch.Tensor) -> None:
        self._inner, self.order = draws, order

    def at(self, time: torch.Tensor) -> "Permuted":
        return Permuted(self._inner.at(time), self.order)

    def uniform(self, name: str, *shape: int) -> torch.Tensor:
        draw = self._inner.uniform(name, *shape)
        return draw[:, self.order] if name in ("u_engage", "u_affinity_new_proposal") else draw

    def exponential(self, name: str, *shape: int) -> torch.Tensor:
        return self._inner.exponential(name, *shape)

    def gamma(self, name: str, order: int, *shape: int) -> torch.Tensor:
        return self._inner.gamma(name, order, *shape)


@quick
@given(seed=st.integers(0, 10**6))
def test_permuted_participants_permute_the_result(seed: int) -> None:
    """Newcomers and new proposals are kept away: the proposer is drawn by position."""
    economy = ConvictionVoting(arrival_divisor=1e12)
    state, chance = start(economy, seed)
    levers = economy.neutral_levers(BATCH) | {"rho": torch.full((BATCH,), 0.001, dtype=torch.float64)}
    shocks = economy.neutral_shocks(BATCH) | {"proposals": torch.zeros(BATCH, dtype=torch.float64)}
    people = int(economy.participants0)
    order = torch.arange(economy.participant_slots)
    order[:people] = torch.randperm(people, generator=torch.Generator().manual_seed(seed))
    other = state._replace(
        holdings=state.holdings[:, order],
        affinity=state.affinity[:, order],
        **{name: getattr(state, name)[:, order] for name in ("cut", "first", "last")},
    )
    shuffled = Permuted(chance, order)
    for _ in range(12):
        time = state.time
        state = economy.step(state, levers, shocks, chance.at(time))
        other = economy.step(other, levers, shocks, shuffled.at(time))
    assert torch.equal(state.holdings[:, order], other.holdings)
    assert torch.equal(state.status, other.status)
    torch.testing.assert_close(stakes(state)[:, order], stakes(other), rtol=1e-12, atol=0.0)
    torch.testing.assert_close(state.conviction, other.conviction, rtol=1e-12, atol=0.0)
    torch.testing.assert_close(state.funds, other.funds, rtol=1e-12, atol=0.0)


def test_overflow_is_counted_and_dropped() -> None:
    small = ConvictionVoting(participant_slots=62, proposal_slots=4)
    ample = run(ConvictionVoting(), 5, steps=60)
    state = run(small, 5, steps=60)
    assert bool((state.overflow > 0).any())
    assert int(state.participants.max()) == 62
    assert int(state.proposals.max()) == 4
    assert int(ample.overflow.sum()) == 0
    assert torch.equal(small.metrics(state)["overflow"], state.overflow.to(torch.float64))


@pytest.mark.parametrize("bloc", [0.0, 0.2])
@pytest.mark.parametrize("economy", [ConvictionVoting(), version(2), version(3)], ids=["1", "2", "3"])
def test_recording_edges_changes_no_figure(economy: ConvictionVoting, bloc: float) -> None:
    """Version 1 remembers a choice by its cut and moment; recorded, by the edges that hold tokens."""
    levers = economy.neutral_levers(BATCH) | {"rho": torch.full((BATCH,), 0.001, dtype=torch.float64)}
    plain = run(economy, 11, levers, steps=60, bloc=bloc)
    recorded = run(economy.variant(record_edges=True), 11, levers, steps=60, bloc=bloc)
    own = ("tokens", "edge_conviction", "conviction")
    for name in State._fields:
        if name not in own:
            assert torch.equal(getattr(plain, name), getattr(recorded, name)), name
    torch.testing.assert_close(plain.conviction, recorded.conviction, rtol=1e-11, atol=0.0)
    here = members(plain)[:, :, None] & having(plain, CANDIDATE)[:, None, :]
    torch.testing.assert_close(
        stakes(plain).sum((1, 2)), torch.where(here, recorded.tokens, 0.0).sum((1, 2)), rtol=1e-9, atol=1e-9
    )


def test_levers_and_shocks_at_rest_are_exactly_off() -> None:
    economy = ConvictionVoting()
    spelled = economy.variant(trigger_discount="relative")
    resting, relative = run(economy, 3), run(spelled, 3)
    for ours, theirs in zip(resting, relative, strict=True):
        assert torch.equal(ours, theirs)
    lever_set = ScenarioSet(SCENARIOS, economy.shocks)
    assert lever_set.names[0] == "calm"


def test_a_value_per_environment_is_that_value_in_each() -> None:
    numbers = {
        field.name: getattr(ConvictionVoting(), field.name)
        for field in fields(ConvictionVoting)
        if isinstance(getattr(ConvictionVoting(), field.name), float) and not field.metadata["fixed"]
    }
    spread = {name: torch.full((BATCH,), value, dtype=torch.float64) for name, value in numbers.items()}
    for ours, theirs in zip(run(ConvictionVoting(), 2), run(ConvictionVoting(**spread), 2), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12, equal_nan=True)


@pytest.mark.parametrize(
    ("neighbours", "passes", "requested", "conviction", "funds", "kept", "fault"),
    [
        (True, [1, 1, 1], [10.0, 30.0, 50.0], [9.0, 8.0, 7.0], 60.0, [1, 1, 0], False),
        (True, [1, 1, 0], [40.0, 30.0, 1.0], [9.0, 8.0, 7.0], 60.0, [1, 0, 0], True),
        (False, [1, 1, 1], [10.0, 30.0, 50.0], [7.0, 9.0, 8.0], 60.0, [0, 1, 0], False),
        (False, [1, 1, 1], [10.0, 30.0, 50.0], [7.0, 7.0, 7.0], 60.0, [1, 1, 0], False),
        (True, [0, 0, 0], [10.0, 30.0, 50.0], [7.0, 9.0, 8.0], -1.0, [0, 0, 0], True),
    ],
)
def test_over_release(
    neighbours: bool, passes: Any, requested: Any, conviction: Any, funds: float, kept: Any, fault: bool
) -> None:
    accepted, faults = trim(
        torch.tensor([passes], dtype=torch.bool),
        torch.tensor([requested]),
        torch.tensor([conviction]),
        torch.tensor([funds]),
        torch.ones(1, 3, dtype=torch.bool),
        neighbours,
    )
    assert accepted.int().tolist() == [kept]
    assert bool(faults) is fault


@pytest.mark.parametrize("scenario", [s.name for s in SCENARIOS])
def test_scenarios_do_what_they_say(scenario: str) -> None:
    economy = ConvictionVoting()
    lever_set = ScenarioSet(SCENARIOS, economy.shocks)
    index = torch.full((BATCH,), lever_set.index(scenario))
    finals = []
    for which in (index, torch.zeros_like(index)):
        state, chance = start(economy, 21)
        for _ in range(45):
            shocks = lever_set.at(which, torch.full_like(which, 10), state.time, {})
            state = economy.step(state, economy.neutral_levers(BATCH), shocks, chance.at(state.time))
        finals.append(state)
    hit, calm = finals
    changed = {
        "calm": not any(not torch.equal(a, b) for a, b in zip(hit, calm, strict=True)),
        "sentiment_collapse": bool(hit.participants.sum() < calm.participants.sum()),
        "proposal_flood": bool(hit.proposals.sum() > 1.5 * calm.proposals.sum()),
        "whale": bool((total_holdings(hit) > 1.3 * total_holdings(calm)).all()),
        "vote_stacking": bool((hit.staked.amax(1) > calm.staked.amax(1)).float().mean() > 0.6),
        "donation": bool((hit.funds > 1.4 * calm.funds).all()),
    }
    assert changed[scenario]


def test_defiling_touches_only_dead_slots() -> None:
    state, _ = start(ConvictionVoting(), 0)
    assert not torch.equal(state.affinity, defiled(state).affinity)
    assert all(torch.equal(a, b) for a, b in zip(cleaned(state), cleaned(defiled(state)), strict=True))
    assert map_record(lambda x: x, state) is not state
