"""The page on experiments names all that a design may hold, and its designs can be had."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from train.experiments import (
    Arm,
    Design,
    Figure,
    Goal,
    Range,
    Trajectories,
    Vary,
    design_of,
    read_design,
    run,
)
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


def test_a_model_in_cadcads_style_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = [
        one for one in re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S) if "my_model.py" in one
    ]
    (tmp_path / "my_model.py").write_text(block)
    monkeypatch.syspath_prepend(tmp_path)
    asked = {"task": "my_model:mine/Robot-v0", "vary": [{"method": "list", "levers": {"pace": [0.5, 2.5]}}]}
    found = run(design_of(asked), tmp_path / "out", quiet=True).runs()
    assert found["end/box_a"].tolist() == [16.0, 15.0]


def test_the_comparison_can_be_had() -> None:
    (block,) = [block for block in BLOCKS if "arms:" in block]
    assert list(design_of(yaml.safe_load(block)).arms) == ["today", "cheaper_storage", "listening"]
