"""Somebody else's package: installed, it is trained, evaluated, benchmarked, tuned and simulated by every command."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parent.parent

SCRIPT = """
import json, sys
from pathlib import Path
import torch
from train.command import main
torch.set_num_threads(1)
out = Path(sys.argv[1])
task, named = "lending/Pool-v0", "lending_gym:lending/Pool-v0"  # by its entry point, and by its name
runs = ["--runs", str(out / "runs")]
few = ["--draws", "1"]
policy = str(out / "runs/lending/Pool-v0/ppo_0/best.pt")
(out / "p.json").write_text(json.dumps({"days": 3, "mode": "deterministic", "params": {"outside": 0.01}}))
for words in (
    ["train", "--task", task, "--steps", "2304", "--out", policy.removesuffix("/best.pt"), "--threads", "1"],
    ["evaluate", "--task", named, "--controller", policy, *few, *runs],
    ["benchmark", "--task", task, "--controllers", "lending_gym.rules:Steep", *few, *runs, "--out", str(out / "board")],
    ["simulate", "lending_gym:lending", "--params", str(out / "p.json"), "--out", str(out / "run.csv")],
    ["published", "lending", "--out", str(out / "published.md")],
    ["tune", "--task", task, *few, "--out", str(out / "gains.json")],
    ["cadence", "--task", task, *few, "--intervals", "1", "30", "--delays", "0", "--changes", "inf",
     "--controllers", "constant", "kinked", "--out", str(out / "cadence")],
):
    assert main(words) == 0, words
import envs, tokenomics_gym
assert tokenomics_gym is envs
assert not [name for name, module in sys.modules.items() if module.__name__.startswith("tokenomics_gym")]
"""


@pytest.mark.slow
def test_a_foreign_package_competes(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "installed"
    shutil.copytree(ROOT / "docs" / "example_package", source)
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--no-build-isolation"]
    done = subprocess.run([*install, "--target", target, source], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    env = os.environ | {"PYTHONPATH": str(target), "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "ascii"}
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], cwd=ROOT, env=env, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    episodes = pd.read_csv(tmp_path / "board" / "episodes.csv")
    names = ["random", "constant", "best_constant", "kinked", "pid_by_lever", "steep", "ppo"]
    assert list(dict.fromkeys(episodes["controller"])) == names
    score = episodes.groupby("controller")["score"].mean()
    assert score["pid_by_lever"] > score["constant"]  # found without a line of code
    assert "paired difference to kinked" in (tmp_path / "board" / "leaderboard.md").read_text("utf-8")
    evaluation = tmp_path / "runs" / "lending" / "Pool-v0" / "evaluation" / "ppo" / "ppo_0"
    kept = {path.name for path in evaluation.iterdir()}
    assert {"episodes.csv", "report.md", "scores.png"} <= kept
    assert any(name.startswith("events.out.tfevents") for name in kept)
    assert len((tmp_path / "run.csv").read_text().splitlines()) == 5
    assert "| 5% | 902954 | 902954 | 1.0000 |" in (tmp_path / "published.md").read_text("utf-8")
    found = json.loads((tmp_path / "gains.json").read_text())["lending/Pool-v0"]
    assert set(found["gains"]["kinked"]) == {"below", "above"}
    assert len(found["scores"]["kinked"]) == 12
    assert any(line.startswith("commit: ") for line in found["from"])
    settings = json.loads((tmp_path / "runs/lending/Pool-v0/ppo_0/settings.json").read_text())
    assert settings["n_envs"] == 48  # its own hyperparameters
    assert (tmp_path / "cadence" / "cadence.md").is_file()
