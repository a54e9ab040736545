"""The documentation is complete, up to date, and its code runs."""

import re
import subprocess
import sys
from dataclasses import fields

import gymnasium
import pytest

import envs
from docs.build import ROOT, environment_class, outputs, suite
from envs.core.options import Options
from envs.core.page import SET_BY_THE_TASK, TABLES

SECTIONS = [
    "Description", "Action Space", "Observation Space", "Rewards", "Starting State", "Episode End",
    "Information", "Arguments", "Version History",
]  # fmt: skip
each_task = pytest.mark.parametrize("task", suite(), ids=lambda task: task.id)


@each_task
def test_page_has_every_section_in_order(task):
    assert re.findall(r"^## (.+)$", environment_class(task).__doc__, re.MULTILINE) == SECTIONS


@each_task
def test_page_names_all_that_is_declared(task):
    text, economy = environment_class(task).__doc__, task.economy
    declared = [*economy.levers, *economy.sensors, *economy.shocks, *task.scenarios]
    parameters = [one.name for one in fields(economy) if "doc" in one.metadata]
    arguments = ({*Options.names()} - SET_BY_THE_TASK - {"reset"}) | {
        "action",
        "reset_mode",
        "economy",
        "device",
    }
    _, info = gymnasium.make(task.id).reset(seed=0)
    names = {
        *(one.name for one in declared), *parameters, *arguments, *task.objective.weights,
        *task.objective.cost_limits, *task.action_maps, *info["metrics"], *info["ledger"],
    }  # fmt: skip
    assert sorted(name for name in names if f"`{name}`" not in text and f'`"{name}"`' not in text) == []
    assert [name for name in TABLES if f"{{{name}}}" in text] == []


def test_generated_files_are_up_to_date():
    stale = [
        str(path.relative_to(ROOT))
        for path, text in outputs().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run `make docs`"


def test_code_in_the_readme_runs(tmp_path):
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.M | re.S)
    assert len(blocks) >= 4
    script = tmp_path / "readme.py"
    script.write_text("\n".join(blocks), encoding="utf-8")
    run = f"import runpy, sys; sys.path.insert(0, '.'); runpy.run_path({str(script)!r}, run_name='readme')"
    done = subprocess.run([sys.executable, "-c", run], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_environments_work_without_docstrings():
    code = f"import envs, gymnasium; gymnasium.make({next(iter(envs.TASKS))!r}).reset(seed=0)"
    subprocess.run([sys.executable, "-OO", "-c", code], cwd=ROOT, check=True)
