"""The responsive network against its recorded runs: every block, every column, every term."""

import csv
import json
from pathlib import Path

import pytest

from envs.core.reference import Course
from envs.storage_network.responsive import ResponsiveStorageNetwork
from envs.storage_network.responsive.objective import terms
from envs.storage_network.responsive.reference import columns, course, read
from train.simulate import main

from ..reference_files import find
from .cases import read_trace, replay

pytestmark = pytest.mark.reference

FILES = find("storage_network", "responsive/*.params.json")


def close(value: float, wanted: float) -> bool:
    return abs(value - wanted) <= 1e-9 * abs(wanted) + 1e-12


def test_there_are_runs_to_compare_with() -> None:
    assert FILES


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_every_block_and_column(file: Path) -> None:
    parameters = json.loads(file.read_text())
    trace = read_trace(file.with_name(file.name.replace(".params.json", ".csv")))
    economy = read(parameters)
    blocks = list(replay(economy, trace))
    assert len(blocks) == parameters["steps"]
    states = [blocks[0][0], *(after for _, after in blocks)]
    for block, (state, wanted) in enumerate(zip(states, trace.rows, strict=True)):
        row = columns(economy, state)
        driven = {name for name in wanted if name.split(".")[0] in ("lever", "shock", "draw", "term")}
        assert row.keys() == wanted.keys() - driven
        if block:
            row |= {f"term.{name}": value for name, value in terms(state).items()}
            assert {name for name in wanted if name.startswith("term.")} <= row.keys()
        for name, value in row.items():
            assert close(float(value[0]), wanted[name]), (block, name, float(value[0]), wanted[name])


def simulated(folder: Path, file: Path, *more: str, economy: str = "storage_network") -> list[dict[str, str]]:
    out = folder / "out.csv"
    assert main([economy, "--params", str(file), "--out", str(out), *more]) == 0
    with out.open() as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("economy", ["storage_network", "storage_network_responsive"])
@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_the_command_gives_the_recorded_run(file: Path, economy: str, tmp_path: Path) -> None:
    recorded = file.with_name(file.name.replace(".params.json", ".csv"))
    rows = simulated(tmp_path, file, "--draws", str(recorded), economy=economy)
    with recorded.open() as stream:
        wanted = list(csv.DictReader(stream))
    assert len(rows) == len(wanted)
    for row, there in zip(rows, wanted, strict=True):
        for name in row.keys() - {"t"}:
            assert close(float(row[name]), float(there[name])), (there["time"], name)


def test_a_file_holds_levers_shocks_and_the_mean_field(tmp_path: Path) -> None:
    """As the recorded run that they were taken from, and neutral without them."""
    file = next(path for path in FILES if path.name.startswith("sweep_sybil"))
    trace = read_trace(file.with_name("sweep_sybil.csv"))
    held = {
        "levers": {name: values.flatten().tolist() for name, values in trace.levers.items()},
        "shocks": {name: values.flatten().tolist() for name, values in trace.shocks.items()},
    }
    (tmp_path / "run.json").write_text(json.dumps(json.loads(file.read_text()) | held))
    last = simulated(tmp_path, tmp_path / "run.json")[-1]
    for name in last.keys() - {"t"}:
        assert close(float(last[name]), trace.rows[-1][name]), name
    neutral = simulated(tmp_path, file)[-1]
    assert abs(float(neutral["fake"]) - float(last["fake"])) > 1e-3


def test_injected_draws_are_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = next(path for path in FILES if path.name.startswith("noise_crash"))
    assert main(["storage_network", "--params", str(file), "--out", str(tmp_path / "out.csv")]) == 2
    assert "wants injected draws; give them by --draws" in capsys.readouterr().err


def test_conditions_are_numbers_whose_last_one_stays() -> None:
    found = course({"levers": {"fee": [1.5, 2.0], "tax": 0.1}, "shocks": {"price": 0.5}})
    assert isinstance(found, Course)
    assert found.draws == "random"
    levers, shocks = found.conditions(7, 2)
    assert {name: value.tolist() for name, value in levers.items()} == {"fee": [2.0, 2.0], "tax": [0.1, 0.1]}
    assert found.conditions(0, 1)[0]["fee"].tolist() == [1.5]
    assert shocks["price"].tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("file", "error", "said"),
    [
        ({"levers": {"fees": 1.0}}, ValueError, "levers has unknown fees; known are fee, route_share"),
        ({"levers": {"fee": 3.0}}, ValueError, r"levers.fee holds 3.0; it must lie from 0.4 to 2.5"),
        ({"levers": {"fee": []}}, ValueError, "levers.fee is empty"),
        ({"levers": {"fee": ["1"]}}, TypeError, "levers.fee is '1'; it must be a number"),
        ({"shocks": {"price": float("nan")}}, ValueError, "shocks.price holds nan"),
        ({"shocks": [1]}, TypeError, "shocks is .1.; it must be an object"),
        ({"draws": "none"}, ValueError, "draws is 'none'; it must be 'zero' or 'injected'"),
    ],
)
def test_unusable_conditions_are_refused(file: dict, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        course(file)


def test_changed_parameters_count_where_the_full_list_is_silent() -> None:
    economy = read({"steps": 3, "changed": {"cost_route": 0.13}})
    assert economy.cost_route == 0.13
    assert economy.cost_store == ResponsiveStorageNetwork().cost_store


@pytest.mark.parametrize(
    ("file", "error", "named"),
    [
        ({"parameters": {"cost_rout": 0.1}}, ValueError, "cost_rout"),
        ({"parameters": {"cost_route": "0.1"}}, TypeError, r"parameters\.cost_route"),
        ({"parameters": {"cost_route": True}}, TypeError, r"parameters\.cost_route"),
        ({"parameters": [1.0]}, TypeError, "parameters"),
        ({"parameters": {"cost_route": -0.1}}, ValueError, "cost_route"),
        ({"parameters": {"life": float("nan")}}, ValueError, "life"),
        ({"parameter": {}}, ValueError, "parameter"),
    ],
)
def test_an_unusable_file_is_refused_by_name(file: dict, error: type[Exception], named: str) -> None:
    with pytest.raises(error, match=named) as raised:
        read(file)
    assert "\n" not in str(raised.value)
