"""The command for speed runs, prints its tables, and writes its figures."""

import json
from pathlib import Path

import pytest

from train.speed import Arguments, main, run


def test_table_and_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "speed.json"
    rows = run(Arguments(batch=(2, 8), compile=("eager",), training=(), seconds=0.001, out=file))
    assert [row.name for row in rows] == ["eager", "CartPole", "NumPy day"] * 2
    assert all(row.steps_per_second > 0.0 for row in rows)
    shown = capsys.readouterr().out
    assert "| eager | 8 |" in shown
    assert "copy bandwidth" in shown
    assert json.loads(file.read_text())["rows"][0]["bytes_per_step"] == rows[0].bytes_per_step


def test_whole_runs_are_set_beside_the_original(capsys: pytest.CaptureFixture[str]) -> None:
    run(
        Arguments(
            task="tokenomics/ConvictionVotingSeed-v0",
            batch=(2,),
            compile=("eager",),
            training=(),
            seconds=0.001,
        )
    )
    table = capsys.readouterr().out.partition("| beside the original |")[2]
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in table.splitlines()
        if line[:3] in ("| e", "| t")
    ]
    assert [row[0] for row in rows] == [
        "economy, published rho 0.02",
        "economy, lively rho 0.001",
        "task, rho 0.0022",
    ]
    for row in rows:
        rate, original, ratio = (float(row[i].replace(",", "")) for i in (3, 5, 6))
        assert original == 49.0
        assert abs(ratio - rate / original) <= 1.0
        assert rate > 0.0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--compile", "fast"], "fast"),
        (["--batch", "0"], "--batch is 0"),
        (["--seconds", "nan"], "--seconds is nan"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    error = capsys.readouterr().err
    assert error.startswith("tokenomics-gym speed: ")
    assert error.count("\n") == 1
    assert message in error
