"""Parameter files, the command that runs them, and what they refuse."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from envs.storage_network.accounts import columns
from envs.storage_network.reference import course, fields, read, replay_of
from envs.storage_network.variants import VARIANTS
from train.simulate import main

from .files import FOLDER, START, found, load


def run(folder: Path, file: dict[str, Any], *more: str) -> list[dict[str, float]]:
    (folder / "run.params.json").write_text(json.dumps(file))
    arguments = ["storage_network", "--params", f"{folder}/run.params.json", "--out", f"{folder}/out.csv"]
    assert main([*arguments, *more]) == 0
    with (folder / "out.csv").open() as stream:
        return [
            {name: float(value or "nan") for name, value in row.items()} for row in csv.DictReader(stream)
        ]


@pytest.mark.parametrize("variant", list(VARIANTS))
def test_the_command_runs_every_variant(variant: str, tmp_path: Path) -> None:
    rows = run(tmp_path, {"variant": variant, "steps": 16}, "--seed", "4")
    assert [row["t"] for row in rows] == list(range(17))
    if variant not in ("adoption", "validation_model", "ijkp_kdf"):
        assert rows[13]["latency"] != rows[13]["latency"]
        assert rows[14]["latency"] == 5.0
    ensemble = run(tmp_path, {"variant": variant, "steps": 3, "seeds": 4})
    assert len(ensemble) == 4
    assert any(name.endswith("_std") for name in ensemble[0])


def test_undefined_cells_are_empty(tmp_path: Path) -> None:
    run(tmp_path, {"variant": "master", "steps": 14, "seeds": 2, "columns": ["t", "latency_mean"]})
    assert (tmp_path / "out.csv").read_text().splitlines()[-2:] == ["13,", "14,5"]


@pytest.mark.reference
@pytest.mark.parametrize("name", ["adoption/ensemble_default", "overlay_network/ensemble_random_ids"])
def test_the_command_runs_the_files_of_ensembles(name: str, tmp_path: Path) -> None:
    file = load(FOLDER / f"{name}.params.json")
    rows, tables = run(tmp_path, file | {"steps": 3}), [(tmp_path / "out.csv").read_text()]
    assert [row["t"] for row in rows] == [0, 1, 2, 3]
    for seed in (course(file).seed, 5):
        run(tmp_path, file | {"steps": 3}, "--seed", str(seed))
        tables.append((tmp_path / "out.csv").read_text())
    assert tables[0] == tables[1] != tables[2]


@pytest.mark.reference
def test_every_file_of_an_ensemble_says_how_many_run() -> None:
    for path in found("ensemble_*.params.json"):
        file = load(path)
        assert course(file).seeds == file["runs"], path
        assert str(course(file).seed) == file["seeds"].partition("…")[0]
    assert course({"seeds": "1000…1063"}).seeds == 64
    assert course({"seeds": 5, "runs": 9}).seeds is None


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ({"seeds": "1000 to 1063"}, "seeds is '1000 to 1063'; it must be a whole number, or a range"),
        ({"seeds": "9…9"}, "seeds is '9…9'"),
        ({"runs": 1}, "runs is 1; it must be a whole number from 2 on"),
        ({"seed": -1}, "seed is -1; it must be a whole number from 0 on"),
    ],
)
def test_unusable_seeds_are_refused(file: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        course({"variant": "master"} | file)


@pytest.mark.reference
@pytest.mark.parametrize("path", found("trace_*_1.json.gz"), ids=lambda path: path.name)
def test_the_command_replays_draws(path: Path, tmp_path: Path) -> None:
    trace = load(path)
    steps = trace["steps"]
    names = sorted({name for step in steps for name in step["draws"]})
    lines = [",".join(str(step["draws"].get(name, 1.0)) for name in names) for step in steps]
    draws = tmp_path / "draws.csv"
    draws.write_text("\n".join([",".join(names), *lines]))
    file = {key: trace[key] for key in ("variant", "model", "params", "ids", "seed")} | {"steps": len(steps)}
    last = run(tmp_path, file, "--draws", str(draws))[-1]
    after = steps[-1]["after"]
    if "wallets" in after:
        for node, wallet in after["wallets"].items():
            assert last[f"wallet_{node}"] == pytest.approx(wallet, rel=1e-9)
        assert last["treasury"] == pytest.approx(after["treasury"], rel=1e-9)
    elif "used" in after:
        assert [last[f"used_{node}"] for node in "ijk"] == list(after["used"].values())
    else:
        for pool, (people, _) in after["pools"].items():
            assert last[f"pool_{pool}"] == pytest.approx(people, rel=1e-9)


@pytest.mark.reference
@pytest.mark.parametrize(
    "path", found("ensemble_*.csv.gz"), ids=lambda path: f"{path.parent.name}-{path.name}"
)
def test_every_column_of_an_ensemble_is_there(path: Path) -> None:
    import gzip

    file = load(path.with_name(path.name.replace(".csv.gz", ".params.json")))
    economy = read(file)
    state = economy.initial(1, replay_of([]) if file["variant"] == "adoption" else _source())
    with gzip.open(path, "rt") as stream:
        header = next(csv.reader(stream))
    assert set(dict.fromkeys(name.partition("__")[0] for name in header[1:])) <= set(columns(economy, state))


def _source() -> Any:
    from envs.core.chance import Paired

    return Paired(torch.zeros(1, dtype=torch.int64)).at(START)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ({}, "variant is None; it must be one of validation_model"),
        ({"variant": "plain"}, "variant is 'plain'"),
        ({"variant": "master", "parms": {}}, "unknown parms"),
        ({"variant": "master", "params": {"tax": 0.1}}, "params of master has unknown tax"),
        ({"variant": "validation_model", "params": {"tax_%": 0.1}}, "unknown tax_%"),
        ({"variant": "master", "params": {"tax_%": "high"}}, "tax_% is 'high'; it must be a number"),
        ({"variant": "master", "params": {"tax_%": -0.1}}, "tax_rate is -0.1; it must be at least 0.0"),
        ({"variant": "master", "params": {"i_storage": float("nan")}}, "i_storage is nan; it must be finite"),
        (
            {"variant": "master", "params": {"AB_Test": "Both"}},
            "AB_Test is 'Both'; it must be one of Tax_Sub",
        ),
        (
            {"variant": "master", "ids": {"i": 3}},
            "id_j is missing; give id_i, id_j, id_k, id_p, id_r, or none",
        ),
        ({"variant": "master", "ids": {"i": 16}}, "ids.id_i is 16; it must be a whole number from 0 to 15"),
        ({"variant": "master", "ids": {"x": 1}}, "ids has unknown x"),
        ({"variant": "master", "params": []}, None),
        ({"variant": "master", "params": [1]}, r"params is \[1\]; it must be an object"),
        ({"variant": "master", "settings": {"fast": True}}, "settings has unknown fast"),
        ({"variant": "master", "settings": {"fifo": 1}}, "fifo is 1; it must be true or false"),
        (
            {"variant": "route_allocation_test", "params": {"route_allocation": 0.7}},
            "the prover gets the rest",
        ),
        ({"variant": "master", "ids": {"id_i": 1, "id_j": 2, "id_k": 3, "dist_kj": 2}}, "ids.dist_kj is 2"),
        (
            {"variant": "adoption", "params": {"LEAK_COEFFICIENT": 1.5}},
            "leak_coefficient is 1.5; it must be at m",
        ),
        (
            {"variant": "master", "settings": {"find_pick": 7}},
            "find_pick is 7; it must be at most active_limit",
        ),
    ],
)
def test_bad_files_are_refused(file: dict[str, Any], said: str | None) -> None:
    if said is None:
        read(file)
        return
    with pytest.raises((ValueError, TypeError), match=said):
        read(file)


def test_the_overlay_refuses_ids_under_which_it_aborts() -> None:
    ids = {"i": 1, "j": 4, "k": 2, "p": 1}
    with pytest.raises(ValueError, match="fallback=True"):
        read({"variant": "ijkp_kdf", "ids": ids}).initial(1, _source())
    mended = {"variant": "ijkp_kdf", "ids": ids, "settings": {"fallback": True}}
    assert int(read(mended).initial(1, _source()).nearest_i) == 2


def test_one_set_of_ids_stands_for_both() -> None:
    one = fields({"variant": "escrow_relaxation", "ids": dict(zip("ijkpr", range(5), strict=True))})
    assert (
        [one[f"rt_id_{node}"] for node in "ijkpr"] == [one[f"id_{node}"] for node in "ijkpr"] == [*range(5)]
    )
