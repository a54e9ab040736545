"""The published figures of Bostrom against those of the original."""

import json
from pathlib import Path

import pytest

from envs.bostrom import Bostrom
from envs.bostrom.published import figures, table
from envs.core.chance import Expected

from ..reference_files import find


@pytest.mark.reference
@pytest.mark.parametrize("path", find("bostrom", "published.json"), ids=lambda path: path.name)
def test_figures_of_the_reference_run(path: Path) -> None:
    wanted = json.loads(path.read_text())["default"]
    found = figures(Bostrom(), Expected(1), 1)
    assert float(found.growth[0]) == wanted["boot_supply_growth_10y"]
    assert float(found.volts[0]) == wanted["volt_supply_10y"]
    assert int(found.crossing[0]) == wanted["last_upward_crossing_day_demand_over_supply"]
    assert found.first_day(1.0) == wanted["first_day_30day_revenue_at_least_1_eth"]
    assert found.first_day(15.0) == wanted["first_day_30day_revenue_at_least_15_eth"]
    for day, revenue in wanted["validator_revenue_eth_30day_sum"].items():
        assert float(found.monthly[int(day) - 30, 0]) == pytest.approx(revenue, rel=1e-12)


def test_report_sets_published_beside_found() -> None:
    text = table().markdown()
    for words in ("+90 %", "+89.40 %", "1 → 15", "day 157", "day 2519", "day 1021", "2.80 years", "17.08 M"):
        assert words in text
    assert "nan" not in text
    assert "not the same" not in text
