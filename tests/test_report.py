"""The leaderboard's words."""

import pandas as pd

import envs
from train.judging.report import acting

TASK = envs.task_of("tokenomics/StorageRouter-v0")


def episodes(**apart: int) -> pd.DataFrame:
    rows = [
        {"controller": name.replace("__", "/"), "acts_every": steps, "draw": draw}
        for name, steps in apart.items()
        for draw in (0, 1)
    ]
    return pd.DataFrame(rows)


def test_it_says_who_acts_how_often() -> None:
    found = acting(TASK, episodes(random=5, constant=1, tuned_rule=5, ppo__0=5, ppo__1=5))
    assert found == "Acting every block: constant; every 5 blocks: random, tuned_rule, ppo."
    assert acting(TASK, episodes(random=5, ppo__0=5)) == "Everybody acts every 5 blocks."
