"""Bostrom against the reference runs: every kept row and column, and the random law."""

import csv
import json
import re
from collections.abc import Iterable
from math import log, sqrt
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from scipy.stats import norm, pearson3

from envs.bostrom import Bostrom
from envs.bostrom.feedback import COSTS, SUGGESTED
from envs.bostrom.interface import scarcity_path
from envs.bostrom.reference import REFERENCE
from envs.core.chance import Chance, Expected, Paired, Replay

from ..reference_files import find

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
def test_every_row_and_column(params: Path) -> None:
    file = json.loads(params.read_text())
    wanted = read(sibling(params, ".csv"))
    economy = REFERENCE.read(file)
    chance = source(params)
    state = economy.initial(1, chance)
    levers, shocks = economy.neutral_levers(1), economy.neutral_shocks(1)
    for day in range(file["steps"] + 1):
        if day:
            state = economy.step(state, levers, shocks, chance.at(state.time))
        if day in wanted:
            compare(REFERENCE.columns(economy, state), wanted[day], day)


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
    economy = REFERENCE.read(file | {"investmint_period_share": {"mode": "random"}})
    economy = economy.variant(in_place=True)
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


Three = tuple[float, float, float]
OPEN = 1e9  # a bonding cap that never binds


class Case(NamedTuple):
    """A row of section 13.6; years are 1, 5 and 10."""

    on: bool
    rate: float | None  # both ends of the inflation band
    factor: float | None  # on the mint rate of V; None follows the scarcity of V
    growth: float  # of the supply, %
    bonded: Three
    revenue: Three  # ETH in 30 days
    total: float  # ETH in ten years
    scarcity: Three  # d/V


SANITY = (
    Case(False, None, 1, 89.4, (0.809, 0.834, 0.843), (2.17, 11.70, 17.57), 1244, (0.49, 1.69, 3.58)),
    Case(True, None, 1, 86.9, (0.827, 0.819, 0.808), (1.34, 11.05, 35.11), 1630, (0.53, 1.43, 2.51)),
    Case(True, 0.03, 1, 35, (0.729, 0.769, 0.785), (0.96, 8.42, 29.0), 1290, (0.68, 1.74, 3.03)),
    Case(True, 0.0642, 1, 90, (0.790, 0.826, 0.840), (1.31, 11.4, 39.3), 1749, (0.57, 1.48, 2.50)),
    Case(True, 0.10, 1, 172, (0.845, 0.877, 0.889), (1.28, 11.1, 38.0), 1691, (0.49, 1.26, 2.09)),
    Case(True, 0.15, 1, 348, (0.909, 0.937, 0.949), (1.01, 8.4, 29.3), 1300, (0.41, 0.97, 1.61)),
    Case(False, 0.15, 1, 348, (0.799, 0.816, 0.816), (3.38, 26.2, 87.8), 3975, (0.47, 1.45, 2.82)),
    Case(True, None, 2, 99.8, (0.815, 0.817, 0.808), (1.26, 10.7, 36.3), 1639, (0.29, 0.77, 1.53)),
    Case(True, None, None, 83.4, (0.838, 0.815, 0.805), (1.43, 11.0, 35.5), 1633, (0.86, 1.45, 1.94)),
)
ERRORS = {0: (0.068, 0.036, 0.428, 0.54), 1: (0.035, 0.021, 0.271, 0.82), 8: (0.025, 0.020, 0.156, 1.00)}
GIVEN = 0.51  # of the last digit given


def column(values: Iterable[float]) -> torch.Tensor:
    return torch.tensor(list(values), dtype=torch.float64)


def simulation_under() -> Bostrom:
    """All cases at once, every gain a tensor."""
    gains = {
        name: column(float(value if case.on else OPEN if name == "bonding_cap" else 0.0) for case in SANITY)
        for name, value in SUGGESTED.items()
        if not isinstance(value, bool | str)
    }
    ends = {
        f"boot_inflation_rate_{end}": column(case.rate or usual for case in SANITY)
        for end, usual in (("min", 0.03), ("max", 0.15))
    }
    return Bostrom(**gains, **ends, **COSTS, feedback=True, books="accumulate", in_place=True)  # type: ignore[arg-type]


def test_sanity_table_of_the_extension() -> None:
    economy, batch = simulation_under(), len(SANITY)
    chance = Expected(batch)
    state, shocks, levers = (
        economy.initial(batch, chance),
        economy.neutral_shocks(batch),
        economy.neutral_levers(batch),
    )
    fixed = column(case.factor or 1.0 for case in SANITY)
    follows = torch.tensor([case.factor is None for case in SANITY])
    trace: dict[str, list[torch.Tensor]] = {}
    for _ in range(3650):
        ratio = state.cyberlinks_per_day.clamp(min=1.0) / state.volt_supply.clamp(min=1.0)
        levers["volt_mint_factor"] = torch.where(follows, (ratio**3).clamp(0.01, 100.0), fixed)
        state = economy.step(state, levers, shocks, chance)
        for name, value in economy.sense(state, levers).items():
            trace.setdefault(name, []).append(value)
    history = {name: torch.stack(values) for name, values in trace.items()}
    ratio = history["demand"] / history["volts"].clamp(min=1.0)
    later = torch.arange(1, 3651)[:, None] >= 365
    errors = (
        history["supply_gap"],
        (history["bonded_share"] - 0.8) * later,
        (ratio.log() - scarcity_path(history["day"])) * later,
    )
    for i, case in enumerate(SANITY):
        growth = 100.0 * (float(state.boot_supply[i]) / 1e15 - 1.0)
        assert growth == pytest.approx(
            case.growth, abs=GIVEN * (1.0 if case.growth == int(case.growth) else 0.1)
        )
        days = (365, 1825, 3650)
        assert [float(history["bonded_share"][day - 1, i]) for day in days] == pytest.approx(
            case.bonded, abs=GIVEN * 1e-3
        )
        monthly = [float(history["revenue"][day - 30 : day, i].sum()) for day in days]
        assert monthly == pytest.approx(case.revenue, abs=GIVEN * 0.1)
        assert float(history["revenue"][:, i].sum()) == pytest.approx(case.total, abs=GIVEN)
        assert [float(ratio[day - 1, i]) for day in days] == pytest.approx(case.scarcity, abs=GIVEN * 1e-2)
        if i in ERRORS:
            *spread, covered = ERRORS[i]
            counts = (3650, 3286, 3286)
            found = [float((e[:, i] ** 2).sum() / n) ** 0.5 for e, n in zip(errors, counts, strict=True)]
            assert found == pytest.approx(spread, abs=GIVEN * 1e-3)
            enough = history["revenue"][:, i] >= history["cost"][:, i]
            assert float(enough.double().mean()) == pytest.approx(covered, abs=GIVEN * 1e-2)
