"""Who competes: other people's tasks and controllers, names that tell checkpoints apart, and tuned gains."""

import re
from dataclasses import replace
from math import log
from pathlib import Path

import gymnasium
import pytest
import torch

import envs
from agents.contenders import contenders, labels
from agents.gains import read_file
from agents.lever_pid import LeverPid
from agents.registry import COMPETITIONS


def test_a_module_before_the_id_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "tank_pkg.py").write_text(
        "from dataclasses import replace\n"
        "from tokenomics_gym import Constant, Random, register\n"
        "import tokenomics_gym.adapters.env\n"
        "class Own(tokenomics_gym.adapters.env.EconomyEnv):\n"
        "    pass\n"
        "import envs\n"
        "register(replace(envs.TASKS['tokenomics/SafeNetwork-v0'], id='tank/Own-v0', entry_point='tank_pkg:Own'))\n"
        "def still(task): return Constant(task, name='still')\n"
        "def nothing(task): return 3\n"
    )
    try:
        task = envs.task_of("tank_pkg:tank/Own-v0")
        assert task.folder.parts == ("tank", "Own-v0")
        env = gymnasium.make("tank_pkg:tank/Own-v0")
        assert type(env.unwrapped).__name__ == "Own"
        assert [one.name for one in contenders(task, ("constant", "tank_pkg:still"))] == ["constant", "still"]
        for name, message in (
            ("tank_pkg:moving", "tank_pkg has no controller 'moving'"),
            ("tank_pkg:nothing", "makes a int; it must make a Controller"),
            ("no_pkg:still", "no module 'no_pkg'"),
            ("nobody", "unknown controller 'nobody' of tank/Own-v0; there are random, constant"),
        ):
            with pytest.raises(ValueError, match=re.escape(message)):
                contenders(task, (name,))
        with pytest.raises(ValueError, match="several controllers are called constant"):
            contenders(task, ("constant", "constant"))
    finally:
        envs.TASKS.pop("tank/Own-v0", None)
        gymnasium.registry.pop("tank/Own-v0", None)
    for name, message in (
        ("no_pkg:x/Y-v0", "no module 'no_pkg'"),
        ("tank_pkg:x/Y-v0", "unknown task 'x/Y-v0'"),
    ):
        with pytest.raises(ValueError, match=re.escape(message)):
            envs.task_of(name)


def test_names_tell_checkpoints_apart(tmp_path: Path) -> None:
    def of(*files: str) -> list[str]:
        return labels([tmp_path / file for file in files])

    assert of("ppo_0/best.pt", "ppo_1/best.pt") == ["ppo_0", "ppo_1"]
    assert of("policies/ppo_0.zip", "policies/ppo_1.zip") == ["ppo_0", "ppo_1"]
    assert of("lr_1/ppo_0/best.zip", "lr_2/ppo_0/best.zip") == ["lr_1/ppo_0", "lr_2/ppo_0"]
    three = of("lr_1/ppo_0/best.zip", "lr_2/ppo_0/best.zip", "lr_2/ppo_0/last.zip")
    assert three == ["lr_1/ppo_0/best", "lr_2/ppo_0/best", "lr_2/ppo_0/last"]
    assert of("a/best.pt", "a/best.zip") == ["best.pt", "best.zip"]
    with pytest.raises(ValueError, match="is given twice"):
        of("a/best.pt", "b/../a/best.pt")


@pytest.mark.parametrize("name", sorted(COMPETITIONS))
def test_gains_are_read_from_a_file_that_says_where_they_come_from(name: str) -> None:
    competition = COMPETITIONS[name]
    if competition.gains is None:
        assert not competition.searches
        return
    for task, entry in read_file(competition.gains).items():
        assert task in envs.TASKS
        assert entry["from"]
        for search in competition.searches:
            assert set(entry["gains"][search.name]) == set(search.grid)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ((envs.Target("price", "filled", 0.5),), "a target's lever is 'price'; there are reward, cost"),
        ((envs.Target("cost", "full", 0.5),), "a target's sensor is 'full'; there are filled"),
        ((envs.Target("cost", "filled", 0.5), envs.Target("cost", "unfarmed", 0.5)), "targets share a lever"),
        ((envs.Target("cost", "cost_level", 0.0),), "the aim of cost_level is 0.0; it must be above 0"),
    ],
)
def test_targets_name_what_there_is(targets: tuple[envs.Target, ...], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        replace(envs.TASKS["tokenomics/SafeNetwork-v0"], targets=targets)


def test_a_pid_lever_by_lever_moves_with_the_gap() -> None:
    task = replace(envs.TASKS["tokenomics/SafeNetwork-v0"], targets=(envs.Target("reward", "filled", 0.5),))
    pid = LeverPid(task, {"reward": {"proportional": 1.0, "integral": 0.1}})
    pid.reset(3)
    sensors = {"filled": torch.tensor([0.5, 0.425, 0.575], dtype=torch.float64)}  # the scale is 0.15
    found = [pid.act(sensors) for _ in range(2)]
    assert found[0]["cost"].tolist() == [1.0, 1.0, 1.0]  # has no target
    levels = [(torch.log(one["reward"]) / log(10.0)).tolist() for one in found]
    assert levels[0] == pytest.approx([0.0, 0.55, -0.55], abs=1e-12)  # p·e and a step of the integral
    assert levels[1] == pytest.approx([0.0, 0.6, -0.6], abs=1e-12)
