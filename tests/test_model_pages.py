"""Every section that an economy cites is a heading of its `model.md`, or of that of the folder above."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

import envs

NUMBER = r"[A-Z]?\d+(?:\.\d+)*"
CITED = re.compile(rf"\b[Ss]ections?\s+({NUMBER}(?:(?:,\s*|,?\s+and\s+|\s+to\s+|[-–]){NUMBER})*)(?![\w%])")
HEADING = re.compile(rf"^#+ ({NUMBER})\b", re.MULTILINE)
ROOT = Path(inspect.getfile(envs)).parent

each_model = pytest.mark.parametrize("model", envs.MODELS.values(), ids=list(envs.MODELS))


def home(model: envs.Model) -> Path:
    return Path(inspect.getfile(model.economy)).parent


def headings(folder: Path) -> set[str]:
    """Sections that code in `folder` may cite: those of its own model and of the one above."""
    pages = [place / "model.md" for place in (folder, *folder.parents) if place.is_relative_to(ROOT)]
    return {number for page in pages if page.is_file() for number in HEADING.findall(page.read_text("utf-8"))}


def cited(text: str) -> list[str]:
    return [number for group in CITED.findall(text) for number in re.findall(NUMBER, group)]


def sources(record: Any) -> Iterator[tuple[str, str]]:
    """(parameter, section) of a class of parameters and of the records among its values."""
    for declared in fields(record):
        for number in re.findall(NUMBER, declared.metadata.get("source", "")):
            yield declared.name, number
        if is_dataclass(declared.default):
            yield from sources(declared.default)


@each_model
def test_every_cited_section_exists(model: envs.Model) -> None:
    folder = home(model)
    agents = ROOT.parent / "agents" / folder.relative_to(ROOT)
    unknown = {
        f"{path.relative_to(ROOT.parent)}: section {number}"
        for place in (folder, agents)
        for path in place.rglob("*.py")
        for number in cited(path.read_text("utf-8"))
        if number not in headings(path.parent if place == folder else folder)
    }
    assert sorted(unknown) == []


@each_model
def test_a_model_cites_itself_and_its_relatives(model: envs.Model) -> None:
    folder = home(model)
    known = headings(folder).union(*(headings(page.parent) for page in folder.rglob("model.md")))
    assert sorted(set(cited((folder / "model.md").read_text("utf-8"))) - known) == []


@each_model
def test_every_parameter_says_where_it_comes_from(model: envs.Model) -> None:
    known = headings(home(model))
    named = dict(sources(model.economy))
    assert named
    assert {name: number for name, number in sources(model.economy) if number not in known} == {}


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("(section 4.1)", ["4.1"]),
        ("sections 1 to 6, and section B2", ["1", "6", "B2"]),
        ("Sections 1, 2 and 3.4.", ["1", "2", "3.4"]),
        ("sections 1-7", ["1", "7"]),
        ("one section on average, 200 sections", []),
    ],
)
def test_citations_are_found(text: str, numbers: list[str]) -> None:
    assert cited(text) == numbers
