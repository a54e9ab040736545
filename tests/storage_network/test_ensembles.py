"""Ensembles of the original, by two-sample tests that refuse a faithful port once in a thousand each.

Our networks have the very ids of the original's runs, so that all comparisons are conditional on them.
Heavy-tailed columns are compared by quantiles alone (`HEAVY`), the others by means too.
"""

import csv
import gzip
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats

from envs.core.chance import Paired
from envs.storage_network import StorageNetwork
from envs.storage_network.accounts import columns
from envs.storage_network.parameters import ID_NAMES, ROUTE_ID_NAMES
from envs.storage_network.reference import fields

from .files import START, found, load

pytestmark = pytest.mark.reference
FAMILY = 1e-3  # false alarms of all comparisons of one test
ROUNDED = 1e-5  # their tables keep six digits
LEAST = 1e-9  # and the float32 range; no unit is that small
REPEATS = 8  # of our networks for each run of the original
HEAVY = ("treasury", "tax", "cum_tax", "fake_penalty", "cum_penalty", "wallet_j", "wallet_k", "wallet_p",
         "wallet_r", "wallet_workers", "subsidy", "cum_subsidy", "transit",
         "persona_1", "persona_2", "persona_3", "persona_4", "persona_5")  # fmt: skip
QUANTILES = {"q25": 0.25, "q50": 0.5, "q75": 0.75}
QUICK = (
    "ensemble_default",
    "random_ids",
    "clf_default",
)  # what the others cover as well runs with the slow tests


def quick(path: Path) -> bool:
    return any(name in path.name for name in QUICK)


ENSEMBLES = [
    pytest.param(path, marks=[pytest.mark.slow] * (not quick(path)), id=f"{path.parent.name}-{path.name}")
    for path in found("ensemble_*.csv.gz")
]
Rows = dict[int, dict[str, np.ndarray]]


def table(path: Path) -> list[dict[str, float]]:
    with gzip.open(path, "rt") as stream:
        return [{k: float(v) if v else np.nan for k, v in row.items()} for row in csv.DictReader(stream)]


def finals_of(path: Path) -> list[dict[str, float]]:
    return table(path.with_name(path.name.replace("ensemble", "finals")))


def simulate(economy: StorageNetwork, batch: int, steps: int, kept: set[int], seed: int = 0) -> Rows:
    chance = Paired(seed + torch.arange(batch))
    levers = economy.neutral_levers(batch)
    rows: Rows = {}
    with torch.inference_mode():
        state = economy.initial(batch, chance.at(START.expand(batch)))
        for block in range(steps + 1):
            if block:
                state = economy.step(state, levers, {}, chance.at(state.time))
            if block in kept:
                rows[block] = {
                    name: column.to(torch.float64).numpy() for name, column in columns(economy, state).items()
                }
    return rows


def economy_of(path: Path, **changed: Any) -> tuple[StorageNetwork, int, int]:
    """The economy of an ensemble with the ids of its runs, its batch, and its steps."""
    file = load(path.with_name(path.name.replace(".csv.gz", ".params.json")))
    own = fields({name: file[name] for name in ("variant", "ids", "changed")})
    finals = finals_of(path)
    first = [row for row in finals if row["t"] == finals[0]["t"]]
    assert len(first) == file["runs"]
    for name in (*ID_NAMES, *ROUTE_ID_NAMES):
        if name in first[0]:
            own[name] = torch.tensor([row[name] for row in first], dtype=torch.float64).repeat(REPEATS)
    return StorageNetwork(**own | changed), file["runs"] * REPEATS, file["steps"]


def shift(ours: np.ndarray, value: float, share: float, size: int) -> float:
    """How far our distribution function is from a share at their quantile, in standard deviations."""
    slack = 1.0 / size  # their quantile lies between two of their runs
    tolerance = ROUNDED * abs(value) + LEAST
    below, upto = np.mean(ours < value - tolerance), np.mean(ours <= value + tolerance)
    gap = max(0.0, below - share - slack, share - upto - slack)
    return float(gap / np.sqrt(share * (1.0 - share) * (1.0 / size + 1.0 / len(ours))))


def lively(values: np.ndarray) -> bool:
    """Whether a mean of some dozens is about normal: no value holds nine tenths of the runs."""
    _, counts = np.unique(values, return_counts=True)
    return bool(counts.max() < 0.9 * len(values))


def deviations(rows: Rows, path: Path, runs: int) -> dict[tuple[int, str, str], float]:
    """Every statistic of an ensemble's table against ours, in standard deviations."""
    found_: dict[tuple[int, str, str], float] = {}
    for line in table(path):
        block = int(line["t"])
        for name in dict.fromkeys(key.partition("__")[0] for key in line if key != "t"):
            ours = rows[block][name]
            if np.isnan(line[f"{name}__mean"]):
                assert np.isnan(ours).all(), (path.name, block, name)
                continue
            for statistic, share in QUANTILES.items():
                value = line[f"{name}__{statistic}"]
                found_[block, name, statistic] = shift(ours, value, share, runs)
            if name not in HEAVY and lively(ours):
                variance = max(line[f"{name}__std"] ** 2, ours.var())
                gap = max(0.0, abs(ours.mean() - line[f"{name}__mean"]) - ROUNDED * abs(ours.mean()) - LEAST)
                error = np.sqrt(variance * (1.0 / runs + 1.0 / len(ours)))
                found_[block, name, "mean"] = float(gap / error)
            elif ours.min() == ours.max() and line[f"{name}__std"] == 0.0:  # a certain value
                assert abs(line[f"{name}__mean"] - ours[0]) <= ROUNDED * abs(ours[0]), (block, name)
    return found_


@cache
def compared(path: Path, **changed: Any) -> tuple[Rows, dict[tuple[int, str, str], float], int]:
    economy, batch, steps = economy_of(path, **changed)
    lines = {int(line["t"]) for line in table(path)}
    kept = {block for block in lines if block <= 20 or block % 10 == 0 or block == steps}
    rows = simulate(economy, batch, steps, lines if steps < 101 else kept | lines)
    return rows, deviations(rows, path, batch // REPEATS), batch // REPEATS


@pytest.mark.parametrize("path", ENSEMBLES)
def test_every_row_and_column(path: Path) -> None:
    rows, found_, _ = compared(path)
    limit = stats.norm.isf(FAMILY / 2.0 / len(found_))
    off = {key: round(value, 1) for key, value in found_.items() if value > limit}
    assert not off, off
    for block, row in rows.items():
        if "latency" in row:
            assert (row["latency"] == 5.0).all() if block >= 14 else np.isnan(row["latency"]).all()


@pytest.mark.parametrize("path", ENSEMBLES)
def test_the_distributions_at_the_end(path: Path) -> None:
    """Kolmogorov and Smirnov's test on every column of every final."""
    rows, _, _ = compared(path)
    finals = finals_of(path)
    values: dict[tuple[int, str], float] = {}
    for block in {int(line["t"]) for line in finals}:
        theirs = [line for line in finals if line["t"] == block]
        for name in finals[0].keys() - {"seed", "t", "dist_kj", *ID_NAMES, *ROUTE_ID_NAMES}:
            column = np.array([line[name] for line in theirs])
            ours = np.array([float(f"{value:.6g}") for value in rows[block][name]])
            if np.isnan(column).all():
                assert np.isnan(ours).all(), name
                continue
            values[block, name] = stats.ks_2samp(column, ours, method="asymp").pvalue
    off = {key: value for key, value in values.items() if value < FAMILY / len(values)}
    assert not off, off


def slow(*values: Any) -> Any:
    return pytest.param(*values, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("label", "changed"),
    [
        ("adoption/ensemble_default", {"leak_coefficient": 0.0253}),
        slow("online_learning/ensemble_clf_default", {"tax_rate": 0.5, "fake_threshold": 0.75}),
        slow("online_learning/ensemble_plain_default", {"time_deviation": 0.12}),
        slow("validation_model/ensemble_default", {"k_out_bandwidth": 84.0}),
        slow("escrow_relaxation/ensemble_wallet_1500", {"j_prove_likelihood": 0.85}),
    ],
)
def test_the_comparison_has_teeth(label: str, changed: dict[str, float]) -> None:
    path = next(path for path in found("ensemble_*.csv.gz") if str(path).endswith(f"{label}.csv.gz"))
    _, found_, _ = compared(path, **changed)
    assert max(found_.values()) > stats.norm.isf(FAMILY / 2.0 / len(found_))


TWINS = {
    "twin_quantiles_clf_default.csv": ("subsidy_tax_tuning", {}),
    "twin_quantiles_clf_fake_first.csv": (
        "subsidy_tax_tuning", {"order": "penalty_first", "combination": "sum"},
    ),
    "twin_quantiles_plain_default.csv": ("master", {}),
    "twin_quantiles_route_35.csv": ("route_allocation_test", {"route_allocation": 0.35}),
    "twin_quantiles_wallet_1000.csv": ("escrow_relaxation", {}),
}  # fmt: skip
GROUPS = {"all": (0, 15), "0": (0, 0), "1-3": (1, 3), "4-7": (4, 7), "8-15": (8, 15)}


@pytest.mark.slow
@pytest.mark.parametrize("path", found("twin_quantiles_*.csv"), ids=lambda path: path.name)
def test_tails_and_groups_of_ids(path: Path) -> None:
    """Quantiles of 1,000 runs of another implementation, by the XOR distance of storer and receiver."""
    variant, changed = TWINS[path.name]
    with path.open() as stream:
        lines = list(csv.DictReader(stream))
    blocks = {int(line["t"]) for line in lines}
    rows = simulate(StorageNetwork.of(variant, **changed), 2000, max(blocks), blocks, seed=77)
    shares = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
    found_ = {}
    for line in lines:
        row = rows[int(line["t"])]
        low, high = GROUPS[line["dist_group"]]
        inside = (row["dist_kj"] >= low) & (row["dist_kj"] <= high)
        ours = row[line["column"]][inside]
        for name, share in shares.items():
            key = (line["t"], line["dist_group"], line["column"], name)
            found_[key] = shift(ours, float(line[name]), share, int(line["n"]))
    limit = stats.norm.isf(FAMILY / 2.0 / len(found_))
    assert not {key: value for key, value in found_.items() if value > limit}
