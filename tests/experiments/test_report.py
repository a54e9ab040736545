"""The page of an experiment: whole, the same every time, and in need of nothing else."""

import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from train.experiments import Results, run
from train.experiments.answers import answers
from train.experiments.report import report

from .files import design

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
EMPTY = {"meta", "br", "path", "use", "rect", "circle", "line", "image", "stop"}


class Page(HTMLParser):
    """What is in a page: tags, the text of headings, and what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.headings: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in EMPTY:
            self.open.append(tag)
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "action") and not (value or "").startswith(
                ("#", "data:")
            ):
                self.fetched.append(f"{tag} {name} {value}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in EMPTY:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in EMPTY:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("h1", "h2"):
            self.headings.append(data)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """An experiment of which everything may be asked."""
    ranges = {"parameters": {"porous": {"low": 0.05, "high": 0.3}, "start": {"low": 8.0, "high": 12.0}}}
    asked: dict[str, Any] = {
        "question": "How far must the tap be open, when <leaks> are not known?",
        "limits": ["Nobody has measured the leaks."],
        "vary": [
            {"method": "sobol", "points": 8, "levers": {"tap": {"low": 0.5, "high": 4.0}}},
            {"method": "morris", "points": 4, "role": "environment", **ranges},
        ],
        "trajectories": {"of": ["level", "lever.tap"], "every": 3},
    }
    return run(design(**asked), tmp_path_factory.mktemp("everything") / "out", quiet=True)


def test_the_page_is_whole(everything: Results) -> None:
    text = report(everything, answers(everything))
    page = Page(text)
    assert page.open == []
    assert page.fetched == []
    assert page.headings == [
        "How far must the tap be open, when <leaks> are not known?", "Over time", "Key figures",
        "How often goals are met", "What changes against constant", "What changes in the goals against constant",
        "Who wins where", "Which assumption changes who wins", "Which settings meet the goals", "What decides",
        "What moves the result", "What the model does not know", "Where the numbers come from",
    ]  # fmt: skip
    assert page.tags.count("svg") == 4
    assert "Nobody has measured the leaks." in text
    assert "http" not in text.replace("http://www.w3.org", "")
    assert text == report(everything, answers(everything))


def test_a_plain_experiment_has_a_page(tmp_path: Path) -> None:
    plain = run(design(vary=[], controllers=["constant"], goals={}), tmp_path / "out", quiet=True)
    page = Page(report(plain, answers(plain)))
    assert page.headings[0] == f"An experiment on {plain.design.subject.id}"
    assert page.tags.count("svg") == 0


def test_quantiles_are_drawn(everything: Results, tmp_path: Path) -> None:
    kept = {"of": ["level"], "quantiles": [0.05, 0.5, 0.95]}
    plain = run(design(vary=[], controllers=["constant"], trajectories=kept), tmp_path / "out", quiet=True)
    assert Page(report(plain, answers(plain))).tags.count("svg") == 1


def test_a_browser_opens_it(everything: Results, tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no browser is here ({', '.join(BROWSERS)})")
    file = tmp_path / "report.html"
    file.write_text(report(everything, answers(everything)), encoding="utf-8")
    words = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", file.as_uri()]
    shown = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120).stdout
    assert Page(shown).headings == Page(file.read_text(encoding="utf-8")).headings
