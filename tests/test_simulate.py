"""The command that runs an economy alone."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from train.simulate import main

Change = Callable[[dict[str, Any]], Any]


def put(name: str, value: Any) -> Change:
    return lambda file: file["params"].__setitem__(name, value)


def run(folder: Path, change: Change | None = None, *more: str, economy: str = "safe_network") -> int:
    file: dict[str, Any] = {"days": 5, "mode": "deterministic", "params": {"sections": "smooth"}}
    if change:
        change(file)
    (folder / "run.params.json").write_text(json.dumps(file))
    return main([economy, "--params", f"{folder}/run.params.json", "--out", f"{folder}/out.csv", *more])


def table(folder: Path) -> list[dict[str, float]]:
    with (folder / "out.csv").open() as stream:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(stream)]


def test_every_day_with_chosen_columns(tmp_path: Path) -> None:
    assert run(tmp_path, lambda file: file.update(columns=["day", "u", "N"])) == 0
    rows = table(tmp_path)
    assert [row["day"] for row in rows] == [0, 1, 2, 3, 4]
    assert list(rows[0]) == ["day", "u", "N"]
    assert (tmp_path / "out.csv").read_text().splitlines()[1] == "0,0.84997458465175812,5086.8880564222663"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def ensemble(file: dict[str, Any]) -> None:
    del file["mode"]
    file["seeds"] = 3
    file["params"] |= {"sections": "tree", "integer": True, "tree_slots": 128}


def test_seeds_give_means_and_deviations(tmp_path: Path) -> None:
    tables = []
    for seed in ("0", "0", "7"):
        assert run(tmp_path, ensemble, "--seed", seed) == 0
        tables.append(table(tmp_path))
    assert tables[0] == tables[1] != tables[2]
    assert tables[0][0]["s_std"] > 0
    assert tables[0][3]["day"] == 3
    assert "day_mean" not in tables[0][0]


def test_injected_draws_and_the_launch_row(tmp_path: Path) -> None:
    draws = tmp_path / "draws.csv"
    draws.write_text("timestep,share_ampere,share_volt\n" + "".join(f"{i},0.5,0.25\n" for i in range(1, 6)))

    def bostrom(file: dict[str, Any]) -> None:
        file.clear()
        file |= {"steps": 5, "params": {}}

    assert run(tmp_path, bostrom, "--draws", str(draws), economy="bostrom") == 0
    rows = table(tmp_path)
    assert [row["timestep"] for row in rows] == [0, 1, 2, 3, 4, 5]
    assert all(row["ampere_minted_amount"] > 0 for row in rows[1:])
    draws.write_text("timestep,share_ampere\n1,0.5\n")
    assert run(tmp_path, bostrom, "--draws", str(draws), economy="bostrom") == 2


BAD: list[tuple[Change, str]] = [
    (put("total_supply", -1.0), "SafeNetwork.total_supply is -1.0; it must be greater than 0"),
    (put("initial_unfarmed", -1.0), "SafeNetwork.initial_unfarmed is -1.0"),
    (put("vault_size", float("nan")), "SafeNetwork.vault_size is nan; it must be finite"),
    (put("vault_size", float("inf")), "SafeNetwork.vault_size is inf; it must be finite"),
    (put("vault_size", 10**400), "SafeNetwork.vault_size is 1000"),
    (put("vault_size", "5"), "SafeNetwork.vault_size is '5'; it must be a number"),
    (put("vault_size", None), "SafeNetwork.vault_size is None"),
    (put("vault_size", [1, 2]), "SafeNetwork.vault_size is (1, 2); it must be one number"),
    (put("growth_days", 3), "SafeNetwork.growth_days is 3; it must be a list of numbers"),
    (put("growth_days", [1]), "SafeNetwork.growth_days has 1 entries; it takes 2"),
    (put("integer", 1), "SafeNetwork.integer is 1; it must be true or false"),
    (put("initial_users", 2.5), "SafeNetwork.initial_users is 2.5; it must be a whole number"),
    (put("store_rule", "cheap"), "SafeNetwork.store_rule is 'cheap'; it must be one of literal"),
    (put("vault_sise", 1.0), "unknown parameter vault_sise"),
    (put("sections", "tree"), "sections is 'tree'"),
    (put("fiat", {"jumps": [[3, -1.0]]}), "jump_factors is -1.0"),
    (lambda file: file.update(extra=1), "the parameter file has unknown extra"),
    (lambda file: file.update(params=[1]), "params is [1]; it must be an object"),
    (lambda file: file.update(days=0), "days is 0; it must be a whole number from 1 on"),
    (lambda file: file.update(days=1.5), "days is 1.5"),
    (lambda file: file.pop("days"), "does not say how long to run; add days"),
    (lambda file: file.update(seeds=1), "seeds is 1; it must be a whole number from 2 on"),
    (lambda file: file.update(columns=["day", "x"]), "columns holds 'x'; there are day, N"),
    (lambda file: file.update(columns="day"), "columns is 'day'; it must be a list of names"),
]


@pytest.mark.parametrize(("change", "message"), BAD, ids=[message for _, message in BAD])
def test_one_clear_error_and_no_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Change, message: str
) -> None:
    (tmp_path / "out.csv").write_text("kept\n")
    assert run(tmp_path, change) == 2
    errors = [
        line for line in capsys.readouterr().err.splitlines() if line.startswith("tokenomics-gym simulate: ")
    ]
    assert len(errors) == 1
    assert message in errors[0]
    assert (tmp_path / "out.csv").read_text() == "kept\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "run.params.json"]


def test_files_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    params, out = tmp_path / "p.json", str(tmp_path / "out.csv")

    def error(economy: str, *more: str) -> str:
        assert main([economy, *more]) == 2
        return capsys.readouterr().err

    assert "p.json: No such file" in error("safe_network", "--params", str(params), "--out", out)
    params.write_text("{")
    assert "is not valid JSON" in error("safe_network", "--params", str(params), "--out", out)
    params.write_text("[]")
    assert "it must hold a JSON object" in error("safe_network", "--params", str(params), "--out", out)
    params.write_text('{"days": 2, "params": {}}')
    assert "unknown economy 'safe'" in error("safe", "--params", str(params), "--out", out)
    missing = str(tmp_path / "no" / "out.csv")
    assert "does not exist" in error("safe_network", "--params", str(params), "--out", missing)
    assert "is a folder" in error("safe_network", "--params", str(params), "--out", str(tmp_path))
