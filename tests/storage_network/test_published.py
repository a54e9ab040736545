"""The source's findings, and that a changed economy would not agree with them."""

import pytest

from envs.core.model import untracked
from envs.storage_network import MODEL, published
from envs.storage_network.published import TABLES, Finding, escrow, funnel


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_ours_agree_with_the_published(table: object) -> None:
    findings = table()  # type: ignore[operator]
    off = [finding for finding in findings if not finding.agrees]
    assert findings
    assert not off, off


def test_the_table_says_which_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "TABLES", (lambda: escrow(runs=4),))
    table = MODEL.published(untracked)
    assert len(table.rows) == 9
    assert {row[-1] for row in table.rows} <= {"yes", "no"}


def test_a_few_runs_give_every_figure() -> None:
    findings = escrow(runs=4) + funnel(runs=16)
    assert len({finding.name for finding in findings}) == len(findings) == 11
    assert not Finding("n", "1", 1.0, 2.0, 0.5).agrees
