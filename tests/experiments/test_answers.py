"""What is read out of runs: intervals, differences, settings that meet goals, and what moves the result."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from train.command import main
from train.experiments import Results, design_of, intervals, run
from train.experiments.comparing import differences, goal_differences
from train.experiments.selecting import recommended, second_stage, settings
from train.experiments.sensitivity import effects, turning, who_wins
from train.experiments.trees import features, leaves

from .files import content, design

ENVIRONMENT = {
    "method": "latin_hypercube",
    "points": 6,
    "role": "environment",
    "parameters": {"porous": {"low": 0.05, "high": 0.3}},
}
PLAIN: dict[str, Any] = {"controllers": ["constant"], "goals": {"level_end": {"at_least": 8.0}}}


def test_intervals_cover_the_mean_where_runs_share_seeds_and_points() -> None:
    generator, covered, naive = np.random.default_rng(0), 0, 0
    for _ in range(200):
        points, seeds = generator.normal(size=(20, 1)), generator.normal(size=(1, 25))
        values = points + seeds + generator.normal(size=(20, 25))
        found = intervals.mean(values, points_drawn=True)
        covered += found.low <= 0.0 <= found.high
        naive += abs(values.mean()) < 1.96 * values.std() / values.size**0.5
    assert covered > 180
    assert naive < 120  # what one gets who takes all runs for independent


def test_intervals_of_what_is_missing_or_infinite_or_plenty() -> None:
    assert np.isnan(intervals.mean(np.full((1, 3), np.nan), False)).all()
    found = intervals.mean(np.array([[1.0, np.nan, 3.0]]), False)
    assert found.value == 2.0
    assert 1.0 <= found.low <= found.high <= 3.0
    assert intervals.mean(np.array([[1.0, np.inf]]), False).value == np.inf
    many = np.random.default_rng(1).normal(size=(1, 100_000))
    found = intervals.mean(many, False)
    assert found.high - found.low == pytest.approx(2 * 1.96 / 100_000**0.5, rel=0.1)


def test_shares_that_are_whole_still_have_an_interval() -> None:
    sure = intervals.share(np.ones((1, 16)), False)
    assert sure.value == sure.high == 1.0
    assert sure.low == pytest.approx(16 / (16 + 1.96**2), abs=1e-3)
    half = np.random.default_rng(2).integers(2, size=(1, 400)).astype(float)
    found = intervals.share(half, False)
    assert found.high - found.low == pytest.approx(2 * 1.96 * 0.5 / 20, rel=0.1)


@pytest.fixture(scope="module")
def arms(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A status quo and two proposals."""
    tried = {
        "now": None,
        "more": {"levers": {"tap": 2.0}},
        "clever": {"controller": "tests.experiments.tanks:Refill"},
    }
    asked = design(**PLAIN, arms=tried, vary=[ENVIRONMENT], seeds=20)
    return run(asked, tmp_path_factory.mktemp("arms") / "out", quiet=True)


def test_differences_are_those_of_pairs(arms: Results) -> None:
    found = differences(arms, ["level_end", "score"])
    runs = arms.runs()
    assert len(found) == 2 * 2 * 2
    for _, row in found.iterrows():
        part = runs[runs["scenario"] == row["scenario"]]
        wide = part.pivot_table(row["figure"], ["point.1", "seed"], "arm")
        change = wide[row["arm"]] - wide["now"]
        assert row["pairs"] == len(change) == 120
        assert row["difference"] == pytest.approx(change.mean())
        assert row["low"] < row["difference"] < row["high"]
        assert row["higher"] == row["better"] == pytest.approx((change > 0).mean() + (change == 0).mean() / 2)
    paired = found.query("arm == 'more' and scenario == 'calm' and figure == 'level_end'").iloc[0]
    levels = arms.by_cell(["level_end"])["level_end"]
    calm = (arms.cells["scenario"] == "calm").to_numpy()
    alone = [
        intervals.mean(levels[calm & (arms.cells["arm"] == name).to_numpy()], True)
        for name in ("now", "more")
    ]
    assert paired["high"] - paired["low"] < sum((one.high - one.low) ** 2 for one in alone) ** 0.5
    goals = goal_differences(arms)
    for _, row in goals.iterrows():
        part = runs.query("scenario == @row.scenario and arm == @row.arm")
        assert row["after"] == pytest.approx((part["level_end"] >= 8.0).mean())


def test_less_is_better_where_the_goal_says_so(tmp_path: Path) -> None:
    tried = {"now": None, "more": {"levers": {"tap": 2.0}}}
    low = PLAIN | {"goals": {"level_end": {"at_most": 8.0}, "dry": {"at_least": 0.0, "at_most": 0.2}}}
    results = run(design(**low, arms=tried, vary=[], scenarios=["calm"]), tmp_path / "out", quiet=True)
    found = differences(results, ["level_end", "dry"]).set_index("figure")
    assert found["higher"]["level_end"] == 1.0
    assert found["better"]["level_end"] == 0.0
    assert np.isnan(found["better"]["dry"])


def test_who_wins_and_where_that_turns(arms: Results) -> None:
    wins = who_wins(arms)
    assert wins.groupby("scenario")["wins"].sum().tolist() == pytest.approx([1.0, 1.0])
    score = arms.runs().groupby(["scenario", "point.1", "arm"], sort=False)["score"].mean().unstack()
    best = score.idxmax(axis=1).loc["calm"]
    for _, row in wins.query("scenario == 'calm'").iterrows():
        assert row["wins"] == pytest.approx((best == row["arm"]).mean())
    told = turning(arms)["more"]
    assert sum(leaf.cells for leaf in told) == 12
    assert told[0].value > told[-1].value
    assert "parameter.porous" in told[0].words


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Taps and woods to choose from, and an environment that is not known."""
    tap = {"low": 0.5, "high": 4.0, "levels": 8}
    vary = [{"method": "grid", "levers": {"tap": tap}, "parameters": {"wood": ["oak", "pine"]}}, ENVIRONMENT]
    asked = design(
        **PLAIN | {"goals": {"level_end": {"at_least": 7.0, "at_most": 35.0}}}, vary=vary, seeds=30
    )
    return run(asked, tmp_path_factory.mktemp("grid") / "out", quiet=True)


def test_settings_that_meet_the_goals(grid: Results) -> None:
    found = settings(grid)
    assert len(found) == 16
    runs = grid.runs()
    met = runs["level_end"].between(7.0, 35.0)
    wanted = met.groupby([runs["lever.tap"], runs["parameter.wood"]]).mean()
    by_scenario = met.groupby([runs["lever.tap"], runs["parameter.wood"], runs["scenario"]]).mean()
    for _, row in found.iterrows():
        setting = (row["lever.tap"], row["parameter.wood"])
        assert row["share"] == pytest.approx(wanted[setting])
        assert row["low"] <= row["share"] <= row["high"]
        assert row["feasible"] == (wanted[setting] >= 0.9)
        assert row["worst_share"] == pytest.approx(by_scenario[setting].min())
        assert (row["worst_margin"] >= 0.0) == (row["share"] == 1.0)
    assert found["share"].is_monotonic_decreasing
    assert 0 < found["feasible"].sum() < 16


def test_recommended_ranges_hold_feasible_settings_alone(grid: Results) -> None:
    found = settings(grid)
    box = recommended(grid, found)
    assert box is not None
    assert box.fixed == {"parameter.wood": found["parameter.wood"][0]}
    low, high = box.ranges["lever.tap"]
    inside = found[
        found["lever.tap"].between(low, high) & (found["parameter.wood"] == found["parameter.wood"][0])
    ]
    assert low < high
    assert inside["feasible"].all()
    assert len(inside) == box.settings
    assert box.share == pytest.approx(inside["share"].mean())
    same = found[found["parameter.wood"] == found["parameter.wood"][0]]
    assert len(same[same["feasible"]]) == box.settings  # what is feasible lies side by side here
    following = design_of(second_stage(grid, box))
    assert following.vary[0].method == "morris"
    assert following.parameters == {"wood": found["parameter.wood"][0]}
    assert design_of(yaml.safe_load(yaml.safe_dump(second_stage(grid, box)))) == following


def test_a_tree_says_what_decides() -> None:
    cells = pd.DataFrame(
        {"point.1": range(200), "a": np.linspace(0, 1, 200), "b": ["x", "y"] * 100, "c": 1.0}
    )
    share = ((cells["a"] > 0.5) & (cells["b"] == "y")).to_numpy(float)
    found = leaves(features(cells), share)
    assert found[0].value == 1.0
    assert sorted(found[0].words.split(" and ")) in (
        ["a > 0.505", "b = y"],
        ["a > 0.505", "b is not x"],
    )
    assert sum(leaf.cells for leaf in found) == 200
    assert leaves(features(cells[["c"]]), share)[0].words == "everywhere"


@pytest.mark.parametrize("method", ["morris", "sobol_indices"])
def test_sensitivity_of_what_is_known(method: str, tmp_path: Path) -> None:
    """Without leaks the level at the end is the first one and what the tap gave: the sum of two effects."""
    ranges = {
        "parameters": {"start": {"low": 8.0, "high": 12.0}},
        "levers": {"tap": {"low": 0.9, "high": 1.1}},
    }
    vary = [{"method": method, "points": 64, **ranges}]
    asked = design(**PLAIN, vary=vary, parameters={"porous": 0.0}, scenarios=["calm"], seeds=2)
    found = effects(run(asked, tmp_path / "out", quiet=True), ["level_end"]).set_index("of")
    start, tap = found.loc["parameter.start"], found.loc["lever.tap"]
    if method == "morris":
        assert start["effect"] == pytest.approx(4.0)
        assert tap["effect"] == pytest.approx(12 * 0.2)
        assert start["spread"] == pytest.approx(0.0, abs=1e-9)
    else:
        assert start["total"] == pytest.approx(16 / (16 + 2.4**2), abs=0.1)
        assert start["first"] + tap["first"] == pytest.approx(1.0, abs=0.15)
        assert abs(start["first"] - 16 / (16 + 2.4**2)) < start["first_interval"]


def test_by_cell_lies_in_the_order_of_cells(grid: Results) -> None:
    values = grid.by_cell(["level_end"])["level_end"]
    runs = grid.runs()
    assert values[17, 4] == runs.query("cell == 17 and seed == 4")["level_end"].iloc[0]


def test_the_command_writes_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = tmp_path / "design.yml", tmp_path / "out"
    file.write_text(yaml.safe_dump(content(trajectories={"of": ["level"], "every": 6})))
    assert main(["experiment", str(file), "--out", str(out), "--format", "cadcad"]) == 0
    told = capsys.readouterr().out
    for title in ("Key figures", "How often goals are met", "What changes against constant", "What decides"):
        assert f"## {title}" in told
    frame = pd.read_parquet(out / "cadcad.parquet")
    assert list(frame)[-5:] == ["simulation", "subset", "run", "substep", "timestep"]
    assert len(pd.read_csv(out / "settings.csv")) == 8
    assert (out / "summary.md").read_text().strip() in told
    assert main(["experiment", str(file), "--out", str(out), "--plan"]) == 0
    assert "112 cells of 5 runs: 560 runs of 12 hours" in capsys.readouterr().out


def test_what_was_not_asked_is_one_line(tmp_path: Path) -> None:
    plain = run(design(vary=[], controllers=["constant"], goals={}), tmp_path / "out", quiet=True)
    for answer, message in (
        (lambda: differences(plain, ["score"]), "there is nothing to compare it with"),
        (lambda: settings(plain), "the design has no goals"),
        (
            lambda: effects(plain, ["score"]),
            "nothing was laid out for sensitivity; vary with method morris or sobol_indices",
        ),
        (lambda: who_wins(plain), "nobody is there to win"),
        (lambda: plain.by_cell(["depth"]), "unknown figure 'depth'; there are score"),
    ):
        with pytest.raises(ValueError, match=message):
            answer()
