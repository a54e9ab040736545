"""Where figures come from: command, commit, versions, device."""

import platform
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from envs import __version__

ROOT = Path(__file__).parents[2]
PACKAGES = ("torch", "numpy", "gymnasium", "stable-baselines3", "rsl-rl-lib", "pandas", "scipy")


def commit() -> str:
    """The commit of the clone, with "+changes" where it is not clean outside results/ and docs/; else the version."""
    if not (ROOT / ".git").exists():
        return f"of tokenomics-gym {__version__}"
    git = ["git", "-C", str(ROOT)]
    head = _said([*git, "rev-parse", "--short=12", "HEAD"])
    changes = _said([*git, "status", "--porcelain", "--", ".", ":!results", ":!docs", ":!*.md"])
    return f"{head}{'+changes' if changes else ''}" if head else "unknown (no git)"


def command() -> str:
    """The command that runs, as one types it."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    if spec is not None:
        return shlex.join(["python", "-m", spec.name.removesuffix(".__main__"), *sys.argv[1:]])
    return shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])


def device() -> str:
    """The processor or the GPU in words."""
    if torch.cuda.is_available():
        query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader", "--id=0"]
        driver = _said(query) or "unknown"
        return f"{torch.cuda.get_device_name()}, driver {driver}, CUDA {torch.version.cuda}"
    return f"CPU {_processor()}, {torch.get_num_threads()} threads"


def _processor() -> str:
    """The processor's name where the system tells it, else its architecture."""
    try:
        described = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        described = []
    names = [line.partition(":")[2].strip() for line in described if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _said(query: list[str]) -> str:
    try:
        return subprocess.run(query, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:  # of an extra
        return None


def lines() -> list[str]:
    """Provenance as lines of Markdown."""
    packages = [f"{name} {found}" for name in PACKAGES if (found := _version(name))]
    return [
        f"- command: `{command()}`",
        f"- commit: {commit()}",
        f"- {', '.join([f'Python {platform.python_version()}', *packages])}",
        f"- device: {device()}",
    ]
