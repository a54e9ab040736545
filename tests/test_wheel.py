"""The wheel: what it holds, and that the whole suite works from another folder under its own name."""

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHIPPED = ("pyproject.toml", "setup.py", "README.md", "LICENSE", "envs", "agents", "train")
TASK = "tokenomics/ConvictionVotingSeed-v0"
SETTINGS = f"""\
{TASK}: {{n_envs: 16, n_steps: 16, batch_size: 128, n_epochs: 2, env: {{compile: false}}}}
"""
SCRIPT = """
import sys
from pathlib import Path
import gymnasium, tokenomics_gym
from tokenomics_gym.agents.policy import load
from tokenomics_gym.core.control import Controller
assert "site-packages" in tokenomics_gym.__file__, tokenomics_gym.__file__
env = gymnasium.make("tokenomics/SafeNetwork-v0")
assert type(env.unwrapped).__module__.startswith("tokenomics_gym."), type(env.unwrapped)
env.reset(seed=0)
env.step(env.action_space.sample())
gymnasium.make_vec("tokenomics_gym:tokenomics/SafeNetwork-v0", num_envs=2).reset(seed=0)
policy = load(Path(sys.argv[1]) / "best.pt", tokenomics_gym.task_of(sys.argv[2]))
assert isinstance(policy, Controller)
assert not {"envs", "agents", "train"} & set(sys.modules)
sys.path.insert(0, sys.argv[3])
import envs
assert envs.TASKS.keys() == tokenomics_gym.TASKS.keys() and envs is not tokenomics_gym
print(tokenomics_gym.__version__)
"""


@pytest.mark.slow
def test_the_wheel_is_the_whole_suite(tmp_path: Path) -> None:
    """Built with the setuptools that is here, installed where nothing of the clone is on the path."""
    pytest.importorskip("build")
    pytest.importorskip("setuptools", minversion="77")
    source = tmp_path / "source"
    source.mkdir()
    for name in SHIPPED:
        (source / name).symlink_to(ROOT / name)
    call([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, source])
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {"tokenomics_gym"}
    wanted = {"tokenomics_gym/py.typed", "tokenomics_gym/__main__.py"}
    for folder, place in (("envs", ""), ("agents", "agents/"), ("train", "train/")):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".yml", ".json", ".md"):
                wanted.add(f"tokenomics_gym/{place}{path.relative_to(ROOT / folder)}")
    assert {name for name in names if ".dist-info" not in name} == wanted

    python = tmp_path / "env" / "bin" / "python"
    call([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"])
    # heavy dependencies come from where the tests run
    (packages,) = (tmp_path / "env").glob("lib/python*/site-packages")
    (packages / "heavy.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index"]
    call([*pip, "--ignore-installed", wheel])

    program = python.with_name("tokenomics-gym")
    folder, settings = tmp_path / "ppo_0", tmp_path / "ppo.yml"
    settings.write_text(SETTINGS)
    listed = call([python, "-m", "tokenomics_gym"], tmp_path)
    assert TASK in listed
    assert "tokenomics-gym COMMAND" in listed
    assert re.search("  benchmark +Run the leaderboard", listed)
    assert "tokenomics-gym benchmark --task TASK" in call([program, "benchmark", "--help"], tmp_path)
    few = ["--task", TASK, "--threads", "1"]
    call(
        [program, "train", *few, "--seconds", "10", "--backend", "sb3", "--device", "cpu",
         "--hyperparameters", settings, "--out", folder],
        tmp_path,
    )  # fmt: skip
    call(
        [program, "benchmark", *few, "--no-search", "--draws", "1", "--scenarios", "calm", "--out",
         tmp_path / "board", "--runs", tmp_path / "runs", "--policies", folder / "best.pt"],
        tmp_path,
    )  # fmt: skip
    board = (tmp_path / "board" / "leaderboard.md").read_text("utf-8")
    assert "| ppo | 1 |" in board
    assert "- command: `tokenomics-gym benchmark" in board
    version = call([python, "-c", SCRIPT, folder, TASK, ROOT], tmp_path).strip()
    assert f"version: {version}" in (ROOT / "CITATION.cff").read_text()


def call(words: list[object], folder: Path | None = None) -> str:
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    env.pop("PYTHONPATH", None)
    done = subprocess.run(
        [str(word) for word in words], cwd=folder, env=env, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
