"""Designs: what is varied and how, and one line for everything that cannot be had."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from train.experiments import Range, Vary, design_of, read_design
from train.experiments.plan import Plan
from train.experiments.reading import content_of

from .files import TASK, content, design


def test_every_cell_is_there_once() -> None:
    cells = Plan(design()).cells
    assert len(cells) == design().cell_count == 4 * 7 * 2 * 2
    assert not cells.duplicated().any()
    assert list(cells) == [
        "point.1", "point.2", "controller", "scenario", "parameter.wood", "lever.tap", "parameter.porous",
    ]  # fmt: skip
    assert cells.groupby("scenario")["parameter.porous"].nunique().tolist() == [7, 7]


def test_every_run_is_in_one_batch() -> None:
    plan = Plan(design())
    batches = [plan.batch(number) for number in range(plan.batch_count)]
    runs = [pair for batch in batches for pair in zip(batch.cell.tolist(), batch.run.tolist(), strict=True)]
    assert len(runs) == len(set(runs)) == plan.run_count
    assert plan.width == 64
    for batch in batches:
        assert len(batch.cell) <= 64
        part = plan.cells.loc[batch.cell]
        assert part["controller"].nunique() == part["parameter.wood"].nunique() == 1


def test_a_grid_crosses_and_a_list_does_not() -> None:
    levels = {"a": (1, 2, 3), "b": Range(1.0, 100.0, "log", 3)}
    assert Vary("grid", parameters=levels).drawn()["parameter.b"].reshape(3, 3)[0].tolist() == pytest.approx(
        [1, 10, 100]
    )
    listed = Vary("list", parameters={"a": (1, 2), "b": (True, (1, 2))}).drawn()
    assert listed["parameter.a"].tolist() == [1, 2]
    assert listed["parameter.b"].tolist() == [True, (1, 2)]


@pytest.mark.parametrize("method", ["random", "latin_hypercube", "sobol"])
def test_what_is_drawn_fills_the_ranges(method: Any) -> None:
    asked = {"a": Range(2.0, 4.0), "b": Range(1e-3, 1.0, "log"), "c": ("x", "y")}
    points = Vary(method, parameters=asked, points=64, seed=3).drawn()
    a, b = points["parameter.a"], points["parameter.b"]
    assert a.min() >= 2.0 and a.max() <= 4.0 and abs(a.mean() - 3.0) < 0.2  # noqa: PT018
    assert abs(np.median(np.log10(b)) + 1.5) < 0.5
    assert set(points["parameter.c"]) == {"x", "y"}
    again = Vary(method, parameters=asked, points=64, seed=3).drawn()
    other = Vary(method, parameters=asked, points=64, seed=4).drawn()
    assert np.array_equal(a, again["parameter.a"])
    assert not np.array_equal(a, other["parameter.a"])
    if method == "latin_hypercube":
        assert len(np.unique(np.floor((a - 2.0) * 32))) == 64


def test_arms_stand_in_place_of_the_designs_own() -> None:
    arms = {
        "now": None,
        "more": {"levers": {"tap": 2.0}},
        "pine": {"parameters": {"wood": "pine", "porous": 0.2}},
    }
    cells = Plan(design(vary=[], arms=arms, controllers=["constant"], scenarios=["calm"])).cells
    assert cells["arm"].tolist() == ["now", "more", "pine"]
    assert cells["parameter.wood"].tolist() == ["oak", "oak", "pine"]
    assert cells["parameter.porous"].tolist() == [0.1, 0.1, 0.2]
    assert np.array_equal(cells["lever.tap"], [np.nan, 2.0, np.nan], equal_nan=True)


def test_a_design_survives_yaml(tmp_path: Path) -> None:
    wanted = design(
        trajectories={"of": ["level"], "quantiles": [0.1, 0.9]}, parameters={"start": "1e1"} | {"start": 9}
    )
    file = tmp_path / "design.yml"
    file.write_text(yaml.safe_dump(content_of(wanted)))
    assert read_design(file) == wanted


GRID = {"method": "grid", "levers": {"tap": [1, 2]}}
MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"task": "no/Task-v0"}, "unknown task 'no/Task-v0'; there are"),
    ({"sceneries": []}, "unknown entry 'sceneries'; there are task, question"),
    ({"seeds": 0}, "seeds is 0; it must be a whole number from 1 on"),
    ({"seeds": "many"}, "seeds is 'many'; it must be a whole number"),
    ({"seeds": 10**9}, "1000000000 seeds are asked for; the block for experiments holds"),
    ({"scenarios": ["storm"]}, "unknown scenario 'storm'; there are calm, leak"),
    ({"scenarios": ["calm", "calm-v1"]}, "scenarios names 'calm' twice"),
    ({"controllers": ["pid"]}, "unknown controller 'pid' of tank/Leaking-v0; there are random, constant"),
    ({"controllers": []}, "controllers is empty"),
    ({"batch": 100}, "batch is 100; it must be a multiple of 64"),
    ({"parameters": {"depth": 1}}, "design: unknown parameter 'depth'; tank/Leaking-v0 has hoops, porous, start, wood"),
    ({"parameters": {"porous": 2}}, "design: Leaking.porous is 2.0; it must be at most 1"),
    ({"levers": {"tap": 9}}, "design: lever tap is 9.0; it must be a number from 0 to 4|lever tap is 9; it must be"),
    ({"levers": {"tap": "open"}}, "levers.tap is 'open'; it must be a number"),
    ({"vary": [GRID | {"levers": {"tap": []}}]}, r"vary\[1\]: lever.tap: the list of values is empty"),
    ({"vary": [GRID | {"levers": {}}]}, r"vary\[1\]: nothing is varied; name parameters or levers"),
    ({"vary": [GRID | {"levers": {"tap": {"low": 2, "high": 1}}}]}, r"the range from 2 to 1 is empty; low must be below high"),
    ({"vary": [GRID | {"levers": {"tap": {"low": 1, "high": 2}}}]}, "lever.tap: a grid needs levels for its range"),
    ({"vary": [GRID | {"levers": {"tap": {"low": 0, "high": 2, "scale": "log"}}}]}, "a log range needs low above 0"),
    ({"vary": [GRID | {"levers": {"pump": [1]}}]}, "vary 1: unknown lever 'pump'; tank/Leaking-v0 has tap"),
    ({"vary": [GRID | {"levers": {"tap": [1, 5]}}]}, "vary 1: lever tap is 5; it must be a number from 0 to 4"),
    ({"vary": [GRID | {"method": "magic"}]}, r"vary\[1\].method is 'magic'; it must be one of grid, list, random"),
    ({"vary": [GRID, GRID]}, "lever.tap is varied twice"),
    ({"vary": [GRID], "levers": {"tap": 1}}, "lever.tap is varied, and held at a value as well"),
    ({"vary": [GRID | {"points": 4}]}, "method grid takes no points; they follow from the values"),
    ({"vary": [GRID | {"method": "sobol"}]}, "method sobol needs points"),
    ({"vary": [GRID | {"method": "sobol", "points": 100}]}, "even at powers of two: 64 or 128"),
    ({"vary": [GRID | {"method": "morris", "points": 4}]}, r"lever.tap: method morris needs a range, {low: , high: }, not a list"),
    ({"vary": [GRID | {"method": "sobol_indices", "points": 6}]}, "lever.tap: method sobol_indices needs a range"),
    ({"reliability": 0}, "reliability is 0; it must be a number above 0, at most 1"),
    (
        {"vary": [{"method": "list", "levers": {"tap": [1, 2]}, "parameters": {"porous": [0.1]}}]},
        "method list needs lists of one length; these hold: parameter.porous 1, lever.tap 2",
    ),
    ({"figures": {"x": {"of": "depth"}}, "goals": {}}, "figure 'x': unknown sensor 'depth'; there are level, lever.tap"),
    ({"figures": {"x": {"of": "level", "take": "sum"}}}, "figures.x.take is 'sum'; it must be one of last, mean"),
    ({"figures": {"x": {"take": "last"}}}, "figures.x: of is missing"),
    ({"figures": {"x": {"of": "level", "take": "share_within"}}}, "share_within needs low, high or both"),
    ({"figures": {"x": {"of": "level", "last": 99}}, "goals": {}}, "asks for steps 1 to 99; a run has 12"),
    ({"figures": {"score": {"of": "level"}}, "goals": {}}, "'score' is the name of something else"),
    ({"goals": {"wet": {"at_least": 1}}}, "goals: unknown figure 'wet'; there are score, steps_alive, term/held"),
    ({"goals": {"dry": {}}}, "goals.dry: a goal needs at_least, at_most or both"),
    ({"goals": {"dry": {"at_least": 2, "at_most": 1}}}, "nothing is at least 2 and at most 1"),
    ({"trajectories": {"of": ["depth"]}}, "trajectories: unknown sensor 'depth'"),
    ({"trajectories": {"of": ["level"], "quantiles": [1.5]}}, "quantiles holds 1.5; they lie from 0 to 1"),
    ({"arms": {"a": {"levers": {"tap": 1}}}}, "lever.tap is varied, and held at a value as well"),
    ({"arms": {"a": {"controller": "constant"}}}, "an arm names its controller"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "message"), MISTAKES, ids=[message[:40] for _, message in MISTAKES])
def test_what_cannot_be_had_is_one_line(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        design_of(content(**changed))
    assert "\n" not in str(error.value)


def test_parameters_that_do_not_go_together_are_named(tmp_path: Path) -> None:
    task = "tokenomics/SafeNetwork-v0"
    vary = [{"method": "list", "parameters": {"initial_user_chunks": [1e5, 1e9]}}]
    with pytest.raises(ValueError, match=r"vary 1: .*initial_user_chunks do not fit"):
        design_of({"task": task, "vary": vary})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("task: [", "is not YAML"),
        ("- 1", "is no mapping of task, question"),
        (f"task: {TASK}\nseeds: 1.5", "seeds is 1.5"),
    ],
)
def test_a_file_that_is_no_design_is_named(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.yml"
    file.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        read_design(file)
    assert str(error.value).startswith(str(file))
    assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="No such file"):
        read_design(tmp_path / "none.yml")
