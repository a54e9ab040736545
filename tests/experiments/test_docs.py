"""The page on experiments names all that a design may hold, and its designs can be had."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from train.experiments import Arm, Design, Figure, Goal, Range, Trajectories, Vary, design_of, read_design
from train.experiments.figures import TAKES
from train.experiments.plan import Plan
from train.experiments.sampling import METHODS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "experiments.md").read_text(encoding="utf-8")
DESIGNS = sorted((DOCS / "experiments").glob("*.yml"))
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.M | re.S)


def test_every_entry_is_explained() -> None:
    kinds = (Arm, Design, Figure, Goal, Range, Trajectories, Vary)
    entries = {one.name for kind in kinds for one in fields(kind)}
    words = {*entries, *METHODS, *TAKES}
    assert sorted(name for name in words if not re.search(rf"\b{name}\b", PAGE)) == []


@pytest.mark.parametrize("file", DESIGNS, ids=[file.stem for file in DESIGNS])
def test_designs_can_be_had(file: Path) -> None:
    Plan(read_design(file)).check()


def test_the_lines_that_are_explained_are_those_of_the_file() -> None:
    written = (DOCS / "experiments" / "safe_network.yml").read_text(encoding="utf-8").splitlines()
    explained = [line for block in BLOCKS if "arms:" not in block for line in block.splitlines()]
    assert [line for line in explained if line not in written] == []
    tops = {line.partition(":")[0] for line in written if re.match(r"\w", line)}
    assert tops <= {line.partition(":")[0] for line in explained}


def test_the_comparison_can_be_had() -> None:
    (block,) = [block for block in BLOCKS if "arms:" in block]
    assert list(design_of(yaml.safe_load(block)).arms) == ["today", "cheaper_storage", "listening"]
