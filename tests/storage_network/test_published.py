"""The source's findings, and that a changed economy would not agree with them."""

import pytest

from envs.storage_network.published import TABLES, Finding, classifier, escrow


@pytest.mark.slow
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.__name__)
def test_ours_agree_with_the_published(table: object) -> None:
    findings = table()  # type: ignore[operator]
    off = [finding for finding in findings if not finding.agrees]
    assert findings
    assert not off, off


def test_a_few_runs_give_every_figure() -> None:
    findings = classifier(runs=64) + escrow(runs=16)
    assert len({finding.name for finding in findings}) == len(findings) == 21
    assert not Finding("n", "1", 1.0, 2.0, 0.5).agrees
