"""Studies of a task (cadence, horizon, stress), and the uses of its scenarios."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch

import envs
from agents.contenders import contenders
from agents.controller import SideBySide
from agents.registry import controller
from train import cadence, horizon, stress
from train.judging.assess import assess, assess_together
from train.learning.schedules import stage_of

from .tank import simulation

TASK = envs.TASKS["tokenomics/SafeNetwork-v0"]
EXODUS = 20


def short(days: int) -> envs.Task:
    return replace(TASK, horizon=days, evaluation_onset=EXODUS)


@pytest.fixture(autouse=True)
def early_shocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(envs.TASKS, TASK.id, short(TASK.horizon))


def test_cadences_share_a_batch(tmp_path: Path) -> None:
    episodes = cadence.run(
        cadence.Cadences(
            horizon=60, controllers=("constant", "pid_tuned"), intervals=(1, 30), delays=(7,), changes=(0.02,),
            draws=1, out=tmp_path,
        )
    )  # fmt: skip
    still = episodes[episodes["controller"] == "constant"]
    assert (still.groupby("scenario")["score"].nunique() == 1).all()
    daily = episodes[
        (episodes["controller"] == "pid_tuned")
        & (episodes["varied"] == "interval")
        & (episodes["value"] == 1)
    ]
    alone = assess(short(60), controller(TASK, "pid_tuned"), 1).episodes
    assert daily["score"].tolist() == pytest.approx(alone["score"].tolist(), rel=1e-12)
    monthly = episodes[(episodes["controller"] == "pid_tuned") & (episodes["value"] == 30)]
    assert not (monthly["score"].to_numpy() == daily["score"].to_numpy()).any()
    report = (tmp_path / "cadence.md").read_text()
    assert "score that 30 instead of 1 costs" in report
    assert "commit:" in report
    assert (tmp_path / "cadence.png").is_file()


def test_shorter_lives_are_the_beginnings_of_longer_ones(tmp_path: Path) -> None:
    found = horizon.run(
        horizon.Horizons(horizon=40, controllers=("two_mode",), times=(2, 1), draws=1, out=tmp_path)
    )
    alone = assess(short(40), controller(TASK, "two_mode"), 1).episodes
    assert found["steps"].tolist() == [40, 80]
    assert found["score"][0] == pytest.approx(alone["score"].mean(), rel=1e-12)
    assert (tmp_path / "horizon.png").is_file()


def test_the_stress_library_shows_every_scenario(tmp_path: Path) -> None:
    episodes = stress.run(stress.Stress(horizon=60, out=tmp_path))
    assert episodes["scenario"].tolist() == [scenario.versioned for scenario in TASK.scenarios]
    for scenario in TASK.scenarios:
        assert (tmp_path / f"{scenario.versioned}.png").is_file()
    with pytest.raises(ValueError, match="onset is 60"):
        stress.run(stress.Stress(horizon=60, onset=60, out=tmp_path))


def test_an_evaluation_split_lives_the_same_lives() -> None:
    task, rule = short(60), controller(TASK, "pid_tuned")
    split = task.under("noisy-v1", "exodus")
    assert [scenario.name for scenario in split.scenarios] == ["noisy", "exodus"]
    part, whole = assess(split, rule, 2).episodes, assess(task, rule, 2).episodes
    key = ["scenario", "draw", "seed", "onset", "score"]
    both = part[key].merge(whole[key], on=key[:4], validate="1:1")
    assert both["score_x"].tolist() == pytest.approx(both["score_y"].tolist(), rel=1e-12)
    for names in ((), ("flood",)):
        with pytest.raises(ValueError, match="scenario"):
            task.under(*names)


def test_a_mixture_draws_as_often_as_it_names() -> None:
    tanks = simulation(batch=3000, scenario=["leak", "leak", "gusts"])
    tanks.reset(0)
    assert tanks.run is not None
    share = torch.bincount(tanks.run.scenario, minlength=5) / 3000
    assert share.tolist() == pytest.approx([0.0, 2 / 3, 0.0, 1 / 3, 0.0], abs=0.03)


def test_a_curriculum_changes_what_episodes_begin_under() -> None:
    tanks = simulation(batch=200, scenario="calm")
    stages = {0.5: ["leak", "gusts"], 0.2: ["burst"]}
    seen = []
    for progress in (0.1, 0.3, 0.9):
        if stage := stage_of(stages, progress):
            tanks.draw_from(stage)
        tanks.reset(1)
        assert tanks.run is not None
        seen.append({tanks.scenario_set.names[i] for i in tanks.run.scenario.tolist()})
    assert seen == [{"calm"}, {"burst"}, {"leak", "gusts"}]


def test_contenders_are_rules_and_policies() -> None:
    policies = sorted(Path("results/SafeNetwork-v0/policies").glob("*.pt"))[:2]
    names = [one.name for one in contenders(TASK, ("pid_tuned", *map(str, policies)))]
    assert names == ["pid_tuned", *(f"ppo/{path.stem}" for path in policies)]
    with pytest.raises(ValueError, match="unknown controller"):
        contenders(TASK, ("nobody",))


def test_nobody_votes_on_what_acts_inside_the_economy() -> None:
    with pytest.raises(ValueError, match="inside the economy"):
        cadence.run(cadence.Cadences(controllers=("seneca_literal",), horizon=5))


def test_costs_of_rare_votes_are_paired() -> None:
    rows = [
        {"controller": f"ppo/{seed}", "scenario": scenario, "draw": draw, "seed": draw, "varied": "interval",
         "value": value, "score": 0.9 + 0.01 * seed - 0.001 * value}
        for seed in (0, 1) for scenario in ("calm", "leak") for draw in (0, 1, 2) for value in (1.0, 30.0)
    ]  # fmt: skip
    (_, table) = cadence.tables(pd.DataFrame(rows), {"interval": "days"}, 30)
    assert "+0.0290 [+0.0290, +0.0290]" in table


def test_controllers_side_by_side_live_as_they_do_alone() -> None:
    task = short(50)
    rules = [controller(TASK, name) for name in ("random", "pid_tuned", "two_mode")]
    for together in assess_together(task, rules, 2):
        alone = assess(task, controller(TASK, together.name), 2)
        pd.testing.assert_frame_equal(together.episodes, alone.episodes, rtol=1e-10)
        torch.testing.assert_close(together.rollout.score, alone.rollout.score, rtol=1e-12, atol=0)
    with pytest.raises(ValueError, match="inside the economy"):
        assess_together(task, [controller(TASK, "seneca_literal")], 1)
    with pytest.raises(ValueError, match="cannot share 5"):
        SideBySide(rules).reset(5)
