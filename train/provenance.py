"""Where figures come from: command, commit, versions, device."""

import platform
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import torch

PACKAGES = ("torch", "numpy", "gymnasium", "stable-baselines3", "pandas", "scipy")


def commit() -> str:
    """The commit of the working tree, with "+changes" where it is not clean outside results/ and docs/."""
    try:
        head = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=True
        )
        status = subprocess.run(
            ["git", "status", "--porcelain", "--", ".", ":!results", ":!docs", ":!*.md"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown (no git)"
    return head.stdout.strip() + ("+changes" if status.stdout.strip() else "")


def command() -> str:
    """The command that runs, as one types it in the clone."""
    program = Path(sys.argv[0])
    root = Path.cwd()
    if program.suffix == ".py" and program.is_relative_to(root):
        module = ".".join(program.relative_to(root).with_suffix("").parts)
        return shlex.join(["python", "-m", module, *sys.argv[1:]])
    return shlex.join([program.name, *sys.argv[1:]])


def device() -> str:
    """The processor or GPU in words."""
    if torch.cuda.is_available():
        return f"{torch.cuda.get_device_name()}, CUDA {torch.version.cuda}"
    return f"CPU {platform.machine()}, {torch.get_num_threads()} threads"


def lines() -> list[str]:
    """Provenance as lines of Markdown."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return [
        f"- command: `{command()}`",
        f"- commit: {commit()}",
        f"- Python {platform.python_version()}, {packages}",
        f"- device: {device()}",
    ]
