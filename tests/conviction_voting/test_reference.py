"""The conviction-voting economy against figures of the original model."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

from envs.conviction_voting import ConvictionVoting, State
from envs.conviction_voting.arrivals import arrive
from envs.conviction_voting.interface import mechanism
from envs.conviction_voting.outcomes import conclude, fund
from envs.conviction_voting.reference import REFERENCE, economy_of, levers_of, replay_of, state_of
from envs.conviction_voting.staking import stake
from envs.conviction_voting.state import ACTIVE, COMPLETED, FAILED, STATUSES
from envs.conviction_voting.trigger import threshold
from envs.core.chance import Paired

from ..reference_files import find

pytestmark = pytest.mark.reference
ECONOMY = "conviction_voting"
FILLINGS = (0.5, 1e-6, 1.0 - 1e-6)  # of draws that the original did not make


def near(ours: torch.Tensor, theirs: Any, tolerance: float, what: str) -> None:
    """Relative to the larger of 1 and the value; infinities and nan must agree exactly."""
    expected = torch.tensor(np.array(theirs, dtype=float).reshape(ours.shape))
    scale = torch.clamp(expected.abs(), min=1.0)
    same = (
        (ours == expected)
        | (ours.isnan() & expected.isnan())
        | ((ours - expected).abs() <= tolerance * scale)
    )
    assert bool(same.all()), f"{what}: {ours[~same][:3].tolist()} instead of {expected[~same][:3].tolist()}"


def compare(state: State, snapshot: dict[str, Any], tolerance: float, what: str) -> None:
    n, m = len(snapshot["participants"]), len(snapshot["proposals"])
    assert (int(state.participants), int(state.proposals)) == (n, m), what
    proposals = {key: [p[key] for p in snapshot["proposals"]] for key in ("status", "age")}
    assert [STATUSES[s] for s in state.status[0, :m].tolist()] == proposals["status"], what
    assert state.age[0, :m].tolist() == proposals["age"], what
    near(state.funds[0], snapshot["funds"], tolerance, f"{what} funds")
    near(
        state.holdings[0, :n],
        [p["holdings"] for p in snapshot["participants"]],
        tolerance,
        f"{what} holdings",
    )
    columns = {"funds_requested": state.requested, "conviction": state.conviction, "trigger": state.trigger}
    for name, ours in columns.items():
        theirs = np.array([float(p[name]) for p in snapshot["proposals"]])
        if name == "conviction":
            funded = [int(s) in (ACTIVE, COMPLETED, FAILED) for s in state.status[0, :m]]
            assert np.isnan(theirs).tolist() == funded, what
        near(ours[0, :m], np.nan_to_num(theirs, nan=0.0, posinf=math.inf), tolerance, f"{what} {name}")
    edges = {"affinity": state.affinity, "tokens": state.tokens, "conviction": state.edge_conviction}
    for name, ours in edges.items():
        theirs = np.array([[float(x) for x in row] for row in snapshot["edges"][name]]).reshape(n, m)
        near(ours[0, :n, :m], theirs, tolerance, f"{what} edge {name}")


@pytest.mark.parametrize("filling", FILLINGS)
@pytest.mark.parametrize("path", find(ECONOMY, "one_step/*.json"), ids=lambda path: path.stem)
def test_single_step_agrees_after_each_block(path: Any, filling: float) -> None:
    case = json.loads(path.read_text())
    last = case["after"]["block4"]
    people, proposals = len(last["participants"]), len(last["proposals"])
    economy = economy_of(case["params"], participant_slots=people + 3, proposal_slots=proposals + 2)
    rules, shocks = mechanism(levers_of(case["params"])), economy.neutral_shocks(1)
    before = case["before"]
    chance = replay_of(economy, [case["draws"]], [len(before["participants"])], filling)
    state = state_of(economy, before)
    signals = case["signals"]["block1"]
    near(state.median_affinity[0], float(signals["median_affinity"]), 1e-12, "median affinity")
    blocks = {
        "block1": lambda s: arrive(economy, s, rules, shocks, chance),
        "block2": lambda s: conclude(economy, s, chance),
        "block3": lambda s: fund(economy, s, rules),
        "block4": lambda s: stake(economy, s, rules, shocks, chance),
    }
    for name, block in blocks.items():
        state = block(state)
        compare(state, case["after"][name], 1e-12, name)
    assert not bool(state.fault), "the original did not raise here"


@pytest.mark.parametrize("path", find(ECONOMY, "trigger*.csv"), ids=lambda path: path.stem)
def test_trigger_grid(path: Any) -> None:
    grid = pd.read_csv(path).astype(float)
    x = {name: torch.tensor(grid[name].to_numpy()) for name in grid}
    for version, discount in (("v1", 1.0), ("v2", 1.0 - x["alpha"])):
        ours = threshold(x["requested"], x["funds"], x["supply"], x["beta"], x["rho"], discount)
        theirs = x[f"threshold_{version}"]
        assert torch.equal(ours.isinf(), theirs.isinf())
        finite = theirs.isfinite()
        error = ((ours - theirs) / torch.clamp(theirs.abs(), min=1.0))[finite].abs()
        assert float(error.max()) <= 1e-12


@pytest.mark.parametrize("filling", FILLINGS)
@pytest.mark.parametrize("path", find(ECONOMY, "trajectory*.json"), ids=lambda path: path.stem)
def test_trajectory(path: Any, filling: float) -> None:
    case = json.loads(path.read_text())
    people, proposals = len(case["final"]["participants"]), len(case["final"]["proposals"])
    economy = economy_of(case["params"], participant_slots=people + 3, proposal_slots=proposals + 2)
    state, levers, shocks = (
        state_of(economy, case["before"]),
        levers_of(case["params"]),
        economy.neutral_shocks(1),
    )
    for t, (draws, after) in enumerate(zip(case["draws"], case["after_each_step"], strict=True)):
        chance = replay_of(economy, [draws], [int(state.participants)], filling)
        state = economy.step(state, levers, shocks, chance)
        what, m = f"step {t + 1}", len(after["status"])
        assert int(state.proposals) == m, what
        assert [STATUSES[s] for s in state.status[0, :m].tolist()] == after["status"], what
        assert state.age[0, :m].tolist() == after["age"], what
        near(state.funds[0], after["funds"], 1e-9, f"{what} funds")
        near(
            REFERENCE.columns(economy, state)["total_holdings"][0],
            after["total_holdings"],
            1e-9,
            f"{what} total holdings",
        )
        for name, ours in (("conviction", state.conviction), ("trigger", state.trigger)):
            theirs = np.nan_to_num(np.array([float(x) for x in after[name]]), nan=0.0, posinf=math.inf)
            near(ours[0, :m], theirs, 1e-9, f"{what} {name}")
        if "holdings" in after:
            near(state.holdings[0, : len(after["holdings"])], after["holdings"], 1e-9, f"{what} holdings")
    compare(state, case["final"], 1e-9, "final")
    assert int(state.overflow) == 0


def test_the_case_reader_names_an_unknown_parameter() -> None:
    with pytest.raises(ValueError, match="'tax'"):
        economy_of({"tax": 0.1})


FALSE_ALARM = 1e-3  # chance that a faithful port fails on an ensemble file, all comparisons together
RUNS = 384


def parameters_of(ensemble: Path) -> dict[str, Any]:
    """The parameter file beside an ensemble; where there is none it was run with the defaults."""
    file = ensemble.with_suffix(".params.json")
    return json.loads(file.read_text()) if file.is_file() else {}


@pytest.mark.parametrize("path", find(ECONOMY, "ensemble*.csv"), ids=lambda path: path.stem)
def test_ensemble(path: Path) -> None:
    table = pd.read_csv(path).astype({"mean": float, "std": float})
    steps = sorted(table["timestep"].unique())
    compared = set(steps[::10]) | {steps[-1]}
    economy = REFERENCE.read({"steps": int(steps[-1]), **parameters_of(path)})
    chance, levers, shocks = (
        Paired(torch.arange(RUNS) + 7_000),
        economy.neutral_levers(RUNS),
        economy.neutral_shocks(RUNS),
    )
    state = economy.initial(RUNS, chance.at(torch.full((RUNS,), -1)))
    ours = {0: REFERENCE.columns(economy, state)}
    for t in range(1, steps[-1] + 1):
        state = economy.step(state, levers, shocks, chance.at(state.time))
        if t in compared:
            ours[t] = REFERENCE.columns(economy, state)
    assert int(state.overflow.sum()) == 0
    rows = table[table["timestep"].isin(compared)]
    level = FALSE_ALARM / (8 * len(rows))  # Bonferroni: a mean and six one-sided tests of quantiles each
    wrong = [
        (row.timestep, row.metric, fault)
        for row in rows.itertuples()
        for fault in differences(row, ours[row.timestep][row.metric].numpy(), level)
    ]
    assert not wrong, (parameters_of(path), wrong[:10])


def differences(theirs: Any, ours: np.ndarray, level: float) -> list[str]:
    """What tells our sample from the original's mean and quantiles at a false-alarm level."""
    ours = ours[~np.isnan(ours)]
    n, k = int(theirs.n), len(ours)
    error = math.hypot(theirs.std / math.sqrt(n), ours.std(ddof=1) / math.sqrt(k)) + 1e-9 * abs(theirs.mean)
    found = []
    if abs(ours.mean() - theirs.mean) > stats.norm.isf(level) * error:
        found.append(f"mean {ours.mean()} instead of {theirs.mean} ± {error}")
    for name, share in (("q05", 0.05), ("q50", 0.5), ("q95", 0.95)):
        # Ours below an order statistic of theirs: beta-binomial, whatever the law of the metric.
        place, quantile = share * (n - 1) + 1, getattr(theirs, name)
        slack = 1e-9 * max(1.0, abs(quantile))
        below, upto = (ours < quantile - slack).sum(), (ours <= quantile + slack).sum()
        upper, lower = math.ceil(place), math.floor(place)
        if stats.betabinom.sf(below - 1, k, upper, n + 1 - upper) < level:
            found.append(f"{below} of {k} below {name} {quantile}")
        if stats.betabinom.cdf(upto, k, lower, n + 1 - lower) < level:
            found.append(f"only {upto} of {k} up to {name} {quantile}")
    return found


def test_a_parameter_file_sets_the_economy_and_where_its_levers_rest(tmp_path: Path) -> None:
    ensemble = tmp_path / "ensemble_lively.csv"
    assert parameters_of(ensemble) == {}
    content = {"params": {"rho": 0.001, "alpha": 0.5, "m0": 4, "sentiment": 0.8, "trimming": "prefix"}}
    (tmp_path / "ensemble_lively.params.json").write_text(json.dumps(content))
    economy = REFERENCE.read(parameters_of(ensemble))
    assert (economy.proposals0, economy.sentiment, economy.trimming) == (4, 0.8, "prefix")
    assert REFERENCE.read({"params": {"n0": 200, "m0": 60.0}, "steps": 10}).participant_slots == 239
    levers, usual = economy.neutral_levers(2), ConvictionVoting().neutral_levers(2)
    assert {name: float(value[0]) for name, value in levers.items()} == {
        name: float(value[0]) for name, value in usual.items()
    } | {"rho": 0.001, "half_life": 1.0}


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ({"parameters": {}}, "unknown 'parameters'"),
        ({"params": {"tax": 0.1}}, "unknown parameter 'tax'"),
        ({"params": {"in_place": True}}, "unknown parameter 'in_place'"),
        ({"params": {"sentiment": 2.0}}, "sentiment is 2.0"),
        ({"params": {"F0": "much"}}, "F0 is 'much'"),
        ({"params": {"alpha": 1.5}}, "alpha is 1.5"),
        ({"params": {"m0": 2.5}}, "proposals0 is 2.5"),
        ({"params": {"trimming": "none"}}, "trimming is 'none'"),
    ],
)
def test_a_wrong_parameter_file_is_named(file: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        REFERENCE.read(file)
