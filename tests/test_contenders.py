"""Who competes: other people's tasks and controllers, names that tell checkpoints apart, and tuned gains."""

import re
from pathlib import Path

import gymnasium
import pytest

import envs
from agents.contenders import contenders, labels
from agents.gains import read_file
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
