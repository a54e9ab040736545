"""The wheel: what it holds, and that it works from another folder under its own name."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

SCRIPT = """
import sys
sys.path.insert(0, {target!r})
import gymnasium, tokenomics_gym
assert tokenomics_gym.__file__.startswith({target!r}), tokenomics_gym.__file__
env = gymnasium.make("tokenomics/SafeNetwork-v0")
assert type(env.unwrapped).__module__.startswith("tokenomics_gym."), type(env.unwrapped)
env.reset(seed=0)
env.step(env.action_space.sample())
gymnasium.make_vec("tokenomics_gym:tokenomics/SafeNetwork-v0", num_envs=2).reset(seed=0)
sys.path.insert(0, {root!r})
import envs
assert envs.TASKS.keys() == tokenomics_gym.TASKS.keys()
gymnasium.make("tokenomics/SafeNetwork-v0").reset(seed=0)
print("works")
"""


@pytest.mark.slow
def test_wheel_works_from_another_folder(tmp_path: Path) -> None:
    """Built with the setuptools that is here, unpacked where nothing of the clone is on the path."""
    pytest.importorskip("build")
    pytest.importorskip("setuptools", minversion="77")
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "envs"):
        if (ROOT / name).exists():
            (source / name).symlink_to(ROOT / name)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path)]
    done = subprocess.run([*build, str(source)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    (wheel,) = tmp_path.glob("*.whl")
    target = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        packed.extractall(target)
    written = {str(path.relative_to(ROOT / "envs")) for path in (ROOT / "envs").rglob("*.py")}
    shipped = {name.removeprefix("tokenomics_gym/") for name in names if name.endswith(".py")}
    assert shipped == written
    script = SCRIPT.format(target=str(target), root=str(ROOT))
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.strip() == "works"
