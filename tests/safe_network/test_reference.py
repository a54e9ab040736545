"""The SAFE network, version 2, against figures of the original rules."""

from pathlib import Path
from typing import Any

import pytest
import torch

from envs.core.chance import Expected
from envs.safe_network import SafeNetwork, market, section_laws
from envs.safe_network.reference import REFERENCE

from . import cases

pytestmark = pytest.mark.reference

SMOOTH, HIST = 1e-11, 1e-9  # the reference asks for 1e-9 and 1e-8
NEAR_ZERO = 1e-3  # share of a column's largest value below which errors are judged absolutely


def name_of(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", cases.parameter_files(ensemble=False), ids=name_of)
def test_every_row_and_column_of_a_run(path: Path) -> None:
    file, wanted = cases.read(path), cases.read_table(cases.table_path(path))
    own = cases.trajectory(file, file.get("days", file["params"].get("days")))
    days = wanted["day"].to(torch.int64)
    tolerance = HIST if file["params"]["sections"] == "hist" else SMOOTH
    for name, values in wanted.items():
        scale = torch.clamp(values.abs(), min=NEAR_ZERO * float(values.abs().max()))
        error = (own[name][days] - values).abs() - tolerance * scale
        worst = int(error.argmax())
        assert error[worst] <= 0.0, (
            f"day {int(days[worst])}, {name}: {own[name][days][worst]} is not {values[worst]}"
        )


def one_day_cases() -> list[Any]:
    return [
        pytest.param(case, id=case["name"])
        for path in cases.files_with("fixtures", "default_params")
        for case in cases.read(path)["fixtures"]
        if cases.is_mine(case["params_changed_from_default"])
    ]


@pytest.mark.parametrize("case", one_day_cases())
def test_one_day(case: dict[str, Any]) -> None:
    economy = REFERENCE.read(case["params_changed_from_default"])
    state = cases.state_of(economy, case["before"])
    levers, shocks = economy.neutral_levers(1), economy.neutral_shocks(1)
    for lever, short in (("reward", "R"), ("cost", "C")):
        levers[lever] = levers[lever] * case["multipliers"][short]
    for name, value in case["shock"].items():
        channel = "coin_price" if name == "X" else name
        shocks[channel] = torch.full_like(shocks[channel], value)
        if name == "irrational":  # the file gives the ratio on the first irrational day
            state = state._replace(mirror=shocks[channel])
    after = economy.step(state, levers, shocks, Expected(1))
    row = REFERENCE.columns(economy, after)
    for name, value in case["after"].items():
        assert cases.column(after, name) == pytest.approx(value, rel=1e-12, abs=1e-12), name
    for name, value in case["day_row"].items():
        assert float(row[name][0]) == pytest.approx(value, rel=1e-12, abs=1e-15), name


@pytest.mark.parametrize("path", cases.files_with("fixtures", "default_params"), ids=name_of)
def test_defaults(path: Path) -> None:
    assert REFERENCE.read(cases.read(path)["default_params"]) == SafeNetwork()


@pytest.mark.parametrize("path", cases.files_with("params_changed_from_default", "q"), ids=name_of)
def test_founding_upload(path: Path) -> None:
    for case in cases.read(path):
        economy = REFERENCE.read(case["params_changed_from_default"])
        state = economy.initial(1, Expected(1))
        for name in ("q", "A", "U", "K"):
            assert cases.column(state, name) == pytest.approx(case[name], rel=1e-12), name
        price = economy.nano / float(state.chunks_per_coin[0])
        assert price == pytest.approx(case["next_price_before_stepping"], rel=1e-12)


@pytest.mark.parametrize("path", cases.files_with("rows", "growth_power", "rw_power"), ids=name_of)
def test_market(path: Path) -> None:
    file, economy = cases.read(path), SafeNetwork()
    rows = {
        name: torch.tensor([row[name] for row in file["rows"]], dtype=torch.float64)
        for name in file["rows"][0]
    }
    day, ratio = rows["day"], rows["w"]
    read, write = market.shares(ratio, None, file["rw_power"])
    scale = market.phase(day, economy.upv_initial, economy.upv_days, economy.upv_factors)
    users = write * scale / ratio
    yearly = market.yearly_growth(day, economy.growth_days, economy.growth_yearly)
    growth = market.vault_growth(
        day, rows["f"], ratio, users, file["growth_power"], yearly, economy.growth_days[0]
    )
    for own, name in ((read, "read_share"), (users, "users_per_vault"), (growth, "growth")):
        torch.testing.assert_close(own, rows[name], rtol=1e-13, atol=1e-300)


@pytest.mark.parametrize("path", cases.files_with("additions", "removal", "split"), ids=name_of)
def test_mean_field_of_sections(path: Path) -> None:
    file = cases.read(path)
    empty = torch.zeros(1, file["split"] + 1, dtype=torch.float64)
    empty[:, 0] = 1.0
    histogram, vaults = empty, 0.0
    for case in file["additions"]:
        more = torch.tensor([case["vaults"] - vaults], dtype=torch.float64)
        histogram, vaults = section_laws.hist_add(histogram, more), case["vaults"]
        assert float(histogram.sum()) == pytest.approx(case["sections"], rel=1e-10)
        assert float(section_laws.hist_median(histogram)[0]) == case["median_section"]
        for wanted, bins in ((case["first_ten"], slice(0, 10)), (case["top_ten"], slice(-10, None))):
            assert histogram[0, bins].tolist() == pytest.approx(wanted, rel=1e-10, abs=1e-15)
    founded = section_laws.hist_add(empty, torch.tensor([5000.0], dtype=torch.float64))
    thinned, removal = (
        section_laws.hist_remove(founded, torch.tensor([0.3], dtype=torch.float64))[0],
        file["removal"],
    )
    assert float(thinned.sum()) == pytest.approx(removal["sections"], rel=1e-10)
    held = float((thinned * torch.arange(len(thinned))).sum())
    assert held == pytest.approx(removal["vaults"], rel=1e-10)
    assert thinned[-10:].tolist() == pytest.approx(removal["top_ten"], rel=1e-10, abs=1e-15)
    assert thinned[60:70].tolist() == pytest.approx(removal["bins_60_70"], rel=1e-10, abs=1e-15)
