"""The responsive network against its recorded runs: every block, every column, every term."""

import json
from pathlib import Path

import pytest

from envs.storage_network.responsive import ResponsiveStorageNetwork
from envs.storage_network.responsive.objective import terms
from envs.storage_network.responsive.reference import read_trace, replay

from ..reference_files import find

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
    economy = ResponsiveStorageNetwork.from_reference(parameters)
    blocks = list(replay(economy, trace))
    assert len(blocks) == parameters["steps"]
    states = [blocks[0][0], *(after for _, after in blocks)]
    for block, (state, wanted) in enumerate(zip(states, trace.rows, strict=True)):
        row = economy.row(state)
        driven = {name for name in wanted if name.split(".")[0] in ("lever", "shock", "draw", "term")}
        assert row.keys() == wanted.keys() - driven
        if block:
            row |= {f"term.{name}": value for name, value in terms(state).items()}
            assert {name for name in wanted if name.startswith("term.")} <= row.keys()
        for name, value in row.items():
            assert close(float(value[0]), wanted[name]), (block, name, float(value[0]), wanted[name])


def test_changed_parameters_count_where_the_full_list_is_silent() -> None:
    economy = ResponsiveStorageNetwork.from_reference({"steps": 3, "changed": {"cost_route": 0.13}})
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
        ResponsiveStorageNetwork.from_reference(file)
    assert "\n" not in str(raised.value)
