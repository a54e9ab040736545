"""The published quantities of deterministic runs against the reference's."""

import re

import pytest

from envs.safe_network import SafeNetwork
from envs.safe_network.published import RESULTS, quantities

from . import cases

pytestmark = pytest.mark.reference

RUNS = [
    pytest.param(name, values, id=f"{path.name}-{name}")
    for path in cases.files_with("runs", "alternative_readings_i1")
    for name, values in cases.read(path)["runs"].items()
    if re.fullmatch(r"v2_i[15]_(batched_)?(hist|smooth|lockstep)", name)
]


@pytest.mark.parametrize(("name", "wanted"), RUNS)
def test_headline_quantities(name: str, wanted: dict[str, float]) -> None:
    economy = SafeNetwork(
        reward_divisor="sections" if "_i1_" in name else "log_power",
        upload_granularity="batch" if "batched" in name else "user",
        sections=name.rpartition("_")[2],
    )
    own = {key: float(value[0]) for key, value in quantities(economy).items()}
    for key, value in wanted.items():
        assert own[key] == pytest.approx(value, rel=1e-8), key


@pytest.mark.parametrize(
    "path", cases.files_with("runs", "alternative_readings_i1"), ids=lambda path: path.name
)
def test_table_reads_known_quantities_and_stays_near_the_published(path: object) -> None:
    runs = cases.read(path)["runs"]  # type: ignore[arg-type]
    import torch

    first, fifth = (
        {key: torch.tensor([value]) for key, value in runs[name].items()}
        for name in ("v2_i1_tree_mean", "v2_i5_tree_mean")
    )
    for result in RESULTS:
        near = 0.2 if "day of the peak" in result.name else 0.06
        assert float(result.read(first, fifth)) == pytest.approx(result.published, rel=near), result.name
