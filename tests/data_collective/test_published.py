"""The questions' experiments: pairing, verdicts, and the answers' signs."""

import pytest
import torch

from envs.data_collective import DataCollective
from envs.data_collective.experiments import Arm, Estimate, estimate, run
from envs.data_collective.published import CONCLUSIONS, HEAD, rows
from envs.data_collective.questions import BOOSTING, QUESTIONS, Answer

from .files import paths


def test_arms_are_paired_and_differ_by_what_they_change() -> None:
    arms = [
        Arm("same"),
        Arm("again"),
        Arm("dear", levers={"download_price": 3.0}),
        Arm("lazy", {"joy": 0.01}),
    ]
    outcomes = run(arms, episodes=2, days=5)
    torch.testing.assert_close(outcomes["same"], outcomes["again"])
    assert bool((outcomes["dear"]["log_saturation"] < outcomes["same"]["log_saturation"]).all())
    assert bool((outcomes["lazy"]["surplus_usd_per_day"] < outcomes["same"]["surplus_usd_per_day"]).all())


def test_an_arm_is_the_economy_itself() -> None:
    outcomes = run([Arm("0", levers={"gate": 100.0}), Arm("1")], episodes=2, days=4)
    last = list(paths(DataCollective(), 4, 2, seed=5000, gate=100.0))[-1]
    torch.testing.assert_close(outcomes["0"]["capacity_gb_per_day"], last.capacity)


def test_verdicts() -> None:
    def verdict(earlier: tuple[float, float], ours: tuple[float, float]) -> str:
        return Answer("", "", "", Estimate(*earlier), Estimate(*ours)).verdict

    assert verdict((1.0, 0.2), (1.1, 0.2)) == "same sign, same size"
    assert verdict((1.0, 0.2), (2.0, 0.2)) == "same sign"
    assert verdict((1.0, 0.2), (-1.0, 0.2)) == "opposite"
    assert verdict((1.0, 0.2), (0.5, 0.6)) == "not significant, same size"
    assert verdict((0.1, 0.2), (0.1, 0.2)) == "no sign before"
    assert verdict((0.1, 0.2), (1.0, 0.2)) == "no sign before, one now"
    assert estimate(torch.tensor([1.0, 3.0])).mean == 2.0


def test_conclusions_follow_the_answers() -> None:
    def concluded(diversity: float, availability: float) -> str:
        told = {"diversity": diversity, "availability": availability}
        found = [Answer(BOOSTING, "", name, Estimate(0.0, 1.0), Estimate(x, 0.1)) for name, x in told.items()]
        return CONCLUSIONS[BOOSTING](found)

    assert concluded(1.0, -1.0) == "Yes, and availability pays a little."
    assert concluded(1.0, 0.0) == "Yes."
    assert concluded(0.0, 0.0) == "Not at every size."


@pytest.mark.slow
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.__name__)
def test_answers_keep_their_signs(question: object) -> None:
    """Section 11 with a quarter of the episodes: no sign turns, and sizes stay within both intervals."""
    assert callable(question)
    found = question(16, 365)
    assert all(len(row) == len(HEAD) for row in rows(found))
    for answer in found:
        assert answer.verdict != "opposite", answer
        if answer.earlier.sign and abs(answer.earlier.mean) > 3.0 * answer.ours.half:
            assert answer.ours.sign == answer.earlier.sign, answer
