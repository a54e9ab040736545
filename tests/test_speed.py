"""The throughput command runs, prints its table, and writes its figures."""

import json
from pathlib import Path

import pytest

from train.speed import Arguments, run


def test_table_and_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "speed.json"
    rows = run(Arguments(batch="2,8", compile="eager", training="", seconds=0.001, json=file))
    assert [row.name for row in rows] == ["eager", "CartPole", "NumPy day"] * 2
    assert all(row.steps_per_second > 0.0 for row in rows)
    shown = capsys.readouterr().out
    assert "| eager | 8 |" in shown
    assert "copy bandwidth" in shown
    assert json.loads(file.read_text())["rows"][0]["bytes_per_step"] == rows[0].bytes_per_step


def test_unknown_form_is_refused() -> None:
    with pytest.raises(ValueError, match="eager and compiled"):
        run(Arguments(compile="fast"))
