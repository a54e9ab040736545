"""Random runs of the SAFE network against ensembles of the original rules.

For every column on DAYS days: Welch's test of the mean and Fisher's test of the spread, both
two-sided, each at FAMILY over the number of tests. So the same law fails with probability FAMILY at most
(Bonferroni), as far as the columns are normal over seeds; the mean's test also allows for the number's
last digits. The first two years hold the peak, the trough and every change of regime; the run's end is
compared by `train.published`.
"""

from math import sqrt
from pathlib import Path

import pytest
from scipy.stats import f as fisher
from scipy.stats import t as student

from . import cases

pytestmark = [pytest.mark.reference, pytest.mark.slow]

FAMILY = 1e-3
LAST = 800
WHOLE = ("N", "s")  # nearly the same in all seeds at first, so that their spread is no normal one's
DAYS = (0, 5, 10, 20, 40, 100, 200, 320, 364, 400, 600, 800)


@pytest.mark.parametrize("path", cases.parameter_files(ensemble=True), ids=lambda path: path.name)
def test_same_law(path: Path) -> None:
    file, table = cases.read(path), cases.read_table(cases.table_path(path))
    runs = file["seeds"]
    last = min(LAST, file["params"]["days"] - 1)
    own = cases.ensemble(file, runs, last + 1)
    rows = {int(day): row for row, day in enumerate(table["day"]) if day in DAYS and day <= last}
    names = [name.removesuffix("_mean") for name in table if name.endswith("_mean")]
    level = FAMILY / (2 * len(rows) * len(names))
    worst_mean = student.isf(level / 2, 2 * (runs - 1))
    worst_ratio = fisher.isf(level / 2, runs - 1, runs - 1)
    assert rows
    for day, row in rows.items():
        for name in names:
            mean, spread = float(table[f"{name}_mean"][row]), float(table[f"{name}_std"][row])
            values = own[day][name].double()
            error, deviation = abs(float(values.mean()) - mean), float(values.std())
            allowed = worst_mean * sqrt((spread**2 + deviation**2) / runs) + 1e-9 * abs(mean)
            assert error <= allowed, (
                f"day {day}, {name}: mean {float(values.mean())} is not {mean} ± {spread}"
            )
            if name not in WHOLE and min(spread, deviation) > 1e-9 * abs(mean):
                ratio = max(spread / deviation, deviation / spread) ** 2
                assert ratio <= worst_ratio, f"day {day}, {name}: spread {deviation} is not {spread}"
