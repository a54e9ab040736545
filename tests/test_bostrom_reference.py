"""Bostrom against the reference runs: every kept row and column, and the random law."""

import csv
import json
import re
from dataclasses import replace
from math import log, sqrt
from pathlib import Path
from typing import Any

import pytest
import torch
from scipy.stats import norm, pearson3

from envs.bostrom import Bostrom
from envs.bostrom.feedback import SUGGESTED
from envs.core.chance import Chance, Expected, Paired, Replay

from .reference_files import find

pytestmark = pytest.mark.reference

POWERS = {
    "capitalization_per_agent", "capitalization_in_eth", "gboot_price", "cyberlinks_per_day",
    "cyberlinks_count", "gpu_memory_usage", "cpu_memory_usage", "cpu_time_usage", "gpu_time_usage",
}  # fmt: skip
FAMILY = 1e-3  # false alarms of the whole Monte Carlo comparison


def read(path: Path) -> dict[int, dict[str, float]]:
    with path.open() as file:
        return {int(row["timestep"]): {k: float(v) for k, v in row.items()} for row in csv.DictReader(file)}


def sibling(params: Path, ending: str) -> Path:
    return params.with_name(params.name.removesuffix(".params.json") + ending)


def source(params: Path) -> Chance:
    draws = sibling(params, "_draws.csv")
    if not draws.exists():
        return Expected(1)
    rows = read(draws)
    columns = {
        name: torch.tensor([[rows[i][name]] for i in sorted(rows)], dtype=torch.float64)
        for name in ("share_ampere", "share_volt")
    }
    return Replay(columns)


@pytest.mark.parametrize("params", find("bostrom", "*.params.json"), ids=lambda path: path.name)
@pytest.mark.parametrize("in_place", [False, True])
def test_every_row_and_column(params: Path, in_place: bool) -> None:
    file = json.loads(params.read_text())
    wanted = read(sibling(params, ".csv"))
    economy = replace(Bostrom.from_reference(file), in_place=in_place)
    chance = source(params)
    state = economy.initial(1, chance)
    levers, shocks = economy.neutral_levers(1), economy.neutral_shocks(1)
    for day in range(file["steps"] + 1):
        if day:
            state = economy.step(state, levers, shocks, chance.at(state.time))
        if day in wanted:
            compare(economy.row(state), wanted[day], day)


def compare(row: dict[str, torch.Tensor], wanted: dict[str, float], day: int) -> None:
    assert row.keys() == wanted.keys() - {"timestep"}
    agents, supply = wanted["agents_count"], wanted["boot_supply"]
    near_zero = {
        "capitalization_per_agent": 1e-12,
        "capitalization_in_eth": 1e-12 * agents,
        "gboot_price": 1e-12 * agents / supply * 1e9,
    }
    for name, value in row.items():
        error, scale = abs(float(value[0]) - wanted[name]), abs(wanted[name])
        allowed = max(1e-12 * scale, near_zero.get(name, 0.0)) if name in POWERS else 0.0
        assert error <= allowed, f"day {day}, {name}: {float(value[0])!r} is not {wanted[name]!r}"


@pytest.mark.parametrize("table", find("bostrom", "*_mc*.csv"), ids=lambda path: path.name)
def test_random_law_within_sampling_error(table: Path) -> None:
    """Own draws against the moments of as many original runs.

    Minted amounts are skewed, so the mean of the runs is held against Pearson's third law with the
    spread and skewness of the larger own sample; spreads of the supplies go by the delta method. Each
    comparison has FAMILY divided by their number: the same law fails with probability FAMILY at most.
    """
    found = re.fullmatch(r"(.+)_mc(\d+)\.csv", table.name)
    assert found
    wanted, runs, batch = read(table), int(found[2]), 2048
    file = json.loads(table.with_name(f"{found[1]}.params.json").read_text())
    economy = Bostrom.from_reference(file | {"investmint_period_share": {"mode": "random"}})
    economy = replace(economy, in_place=True)
    chance = Paired(torch.arange(batch))
    state = economy.initial(batch, chance)
    levers, shocks = economy.neutral_levers(batch), economy.neutral_shocks(batch)
    columns = [name.removesuffix("_mean") for name in wanted[0] if name.endswith("_mean")]
    level = FAMILY / (len(wanted) * (len(columns) + sum(name.endswith("supply") for name in columns)))
    for day in range(max(wanted) + 1):
        if day:
            state = economy.step(state, levers, shocks, chance.at(state.time))
        for name in columns if day in wanted and day else ():
            check_moments(getattr(state, name), wanted[day], name, runs, level, f"day {day}, {name}")


def check_moments(
    own: torch.Tensor, wanted: dict[str, float], name: str, runs: int, level: float, label: str
) -> None:
    mean, spread = wanted[f"{name}_mean"], wanted[f"{name}_std"]
    deviation = float(own.std())
    moments = [float((((own - own.mean()) / deviation) ** order).mean()) for order in (3, 4)]
    tails = pearson3.ppf([level / 2.0, 1.0 - level / 2.0], moments[0] / sqrt(runs))
    error = deviation * sqrt(1.0 / runs + 1.0 / len(own))
    assert tails[0] <= (mean - float(own.mean())) / error <= tails[1], label
    if name.endswith("supply"):
        error = sqrt((moments[1] - 1.0) / 4.0 * (1.0 / runs + 1.0 / len(own)))
        assert abs(log(spread / deviation)) <= norm.ppf(1.0 - level / 2.0) * error, label
    low, high = torch.quantile(own, torch.tensor([0.25, 0.75], dtype=torch.float64))
    assert wanted[f"{name}_min"] <= low, label  # both fail with probability 0.75^runs
    assert wanted[f"{name}_max"] >= high, label


ON = SUGGESTED
# Section 13.6: case → fields, V factor, supply growth in %, bonded share, 30-day revenue, total, d/V.
Three = tuple[float, float, float]
SANITY: dict[str, tuple[dict[str, Any], float | None, float, Three, Three, float, Three]] = {
    "off": ({}, 1, 89.4, (.809, .834, .843), (2.17, 11.70, 17.57), 1244, (.49, 1.69, 3.58)),
    "on": (ON, 1, 86.9, (.827, .819, .808), (1.34, 11.05, 35.11), 1630, (.53, 1.43, 2.51)),
    "on, 3%": (ON | {"rate": .03}, 1, 35, (.729, .769, .785), (.96, 8.42, 29.0), 1290, (.68, 1.74, 3.03)),
    "on, 6.42%": (ON | {"rate": .0642}, 1, 90, (.790, .826, .840), (1.31, 11.4, 39.3), 1749, (.57, 1.48, 2.50)),
    "on, 10%": (ON | {"rate": .10}, 1, 172, (.845, .877, .889), (1.28, 11.1, 38.0), 1691, (.49, 1.26, 2.09)),
    "on, 15%": (ON | {"rate": .15}, 1, 348, (.909, .937, .949), (1.01, 8.4, 29.3), 1300, (.41, .97, 1.61)),
    "off, 15%": ({"rate": .15}, 1, 348, (.799, .816, .816), (3.38, 26.2, 87.8), 3975, (.47, 1.45, 2.82)),
    "on, V twice": (ON, 2, 99.8, (.815, .817, .808), (1.26, 10.7, 36.3), 1639, (.29, .77, 1.53)),
    "on, V by scarcity": (ON, None, 83.4, (.838, .815, .805), (1.43, 11.0, 35.5), 1633, (.86, 1.45, 1.94)),
}  # fmt: skip


@pytest.mark.parametrize("case", SANITY)
def test_sanity_table_of_the_extension(case: str) -> None:
    fields, factor, growth, bonded, revenue, total, scarcity = SANITY[case]
    fields = {name: value for name, value in fields.items() if name != "rate"} | (
        {f"boot_inflation_rate_{end}": fields["rate"] for end in ("min", "max")} if "rate" in fields else {}
    )
    economy = Bostrom(**fields, in_place=True)
    chance = Expected(1)
    state, shocks = economy.initial(1, chance), economy.neutral_shocks(1)
    levers = economy.neutral_levers(1)
    earned: list[float] = []
    seen: list[tuple[float, float, float]] = []
    for day in range(1, 3651):
        ratio = state.cyberlinks_per_day.clamp(min=1.0) / state.volt_supply.clamp(min=1.0)
        wanted = (ratio**3).clamp(0.01, 100.0) if factor is None else torch.tensor([factor])
        levers = levers | {"volt_mint_factor": wanted.to(torch.float64)}
        state = economy.step(state, levers, shocks, chance)
        earned.append(float(state.validator_revenue_gboot * state.gboot_price))
        if day in (365, 1825, 3650):
            share = float(state.boot_bonded_supply / state.boot_supply)
            seen.append((share, sum(earned[-30:]), float(state.cyberlinks_per_day / state.volt_supply)))
    assert 100.0 * (float(state.boot_supply) / 1e15 - 1.0) == pytest.approx(
        growth, abs=0.5 if growth == int(growth) else 0.05
    )
    assert [x[0] for x in seen] == pytest.approx(bonded, abs=6e-4)
    assert [x[1] for x in seen] == pytest.approx(revenue, abs=0.06)
    assert sum(earned) == pytest.approx(total, abs=0.6)
    assert [x[2] for x in seen] == pytest.approx(scarcity, abs=6e-3)
