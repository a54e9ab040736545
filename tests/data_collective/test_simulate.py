"""The command that runs parameter files."""

import csv
from pathlib import Path

import pytest

from train.simulate import main

from ..reference_files import find
from .files import rows, sibling

pytestmark = pytest.mark.reference


@pytest.mark.parametrize("replayed", [False, True])
@pytest.mark.parametrize("params", find("data_collective", "small_*.params.json"), ids=lambda path: path.name)
def test_parameter_files_run(params: Path, replayed: bool, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    draws = ["--draws", str(sibling(params, ".draws.json"))] if replayed else []
    assert main(["data_collective", "--params", str(params), "--out", str(out), *draws]) == 0
    with out.open() as stream:
        table = list(csv.DictReader(stream))
    wanted = rows(params)
    assert [row.keys() for row in table] == [row.keys() for row in wanted]
    for ours, row in zip(table, wanted, strict=True):
        for name in ("time", "members", "price", "saturation", "supply", "releases"):
            assert float(ours[name]) == pytest.approx(row[name], rel=1e-8), name
