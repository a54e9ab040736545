"""With what parameters an ensemble of the original was run.

A file beside it, its row in the README, its name, and the counts and the treasury of its own genesis say so;
what none of them names is the default.
"""

import json
import re
from dataclasses import fields
from pathlib import Path

import pandas as pd

from envs.conviction_voting import ConvictionVoting
from envs.conviction_voting.reference import LEVERS

ALIASES = {"n0": "participants0", "m0": "proposals0", "F0": "funds0", "req0_scale": "request0_scale"}
NAMES = sorted({*LEVERS, *ALIASES, *(f.name for f in fields(ConvictionVoting))}, key=len, reverse=True)
NAME = f"(?<![A-Za-z_0])({'|'.join(NAMES)})"
SHORT = {name.replace("_", ""): name for name in NAMES}
GENESIS = {"participants": "participants0", "proposals_total": "proposals0", "funds": "funds0"}


def parameters_of(path: Path) -> dict[str, float]:
    """What the ensemble at `path` was run with, where it is said not to be the default.

    Raises:
        ValueError: two sources contradict each other.
    """
    sources = [_beside(path), _described(path), _named(path.stem), _begun(path)]
    found: dict[str, float] = {}
    for source in sources:
        for name, value in source.items():
            if abs(found.setdefault(name, value) - value) > 1e-6 * abs(value):
                raise ValueError(f"{path.name}: {name} is {found[name]} and {value}")
    return found


def _official(values: dict[str, float]) -> dict[str, float]:
    return {ALIASES.get(name, name): float(value) for name, value in values.items()}


def _beside(path: Path) -> dict[str, float]:
    """A JSON object of parameters, or one that holds them as `params`."""
    for name in (f"{path.stem}.params.json", f"{path.stem}_params.json", f"{path.stem}.json"):
        file = path.with_name(name)
        if file.is_file():
            content = json.loads(file.read_text())
            return _official(content.get("params", content))
    return {}


def _described(path: Path) -> dict[str, float]:
    """The README's table of files: "rho 0.001" in the file's row."""
    readme = path.with_name("README.md")
    text = readme.read_text() if readme.is_file() else ""
    row = next((line for line in text.splitlines() if line.startswith("|") and path.name in line), "")
    rest = row.partition(path.name)[2]
    found = re.findall(NAME + r"[`\s]*[=:]?[`\s]*(\d+(?:\.\d+)?(?:e-?\d+)?)", rest)
    return _official({name: float(value) for name, value in found})


def _named(stem: str) -> dict[str, float]:
    """`ensemble_rho0001` means rho 0.001: digits after a leading 0 are decimals."""
    names = "|".join(sorted({*NAMES, *SHORT}, key=len, reverse=True))
    found = re.findall(f"_({names})_?(\\d+(?:[.p]\\d+)?)", stem)
    return _official({SHORT.get(name, name): _number(digits.replace("p", ".")) for name, digits in found})


def _begun(path: Path) -> dict[str, float]:
    """What every run began with, where it is not the default."""
    if not path.is_file():
        return {}
    table = pd.read_csv(path).astype({"mean": float, "std": float})
    genesis = table[(table["timestep"] == 0) & (table["std"] < 1e-9)].set_index("metric")["mean"]
    usual = ConvictionVoting()
    return {
        name: float(genesis[metric])
        for metric, name in GENESIS.items()
        if metric in genesis and abs(genesis[metric] - getattr(usual, name)) > 1e-6
    }


def _number(digits: str) -> float:
    whole = digits if "." in digits or not re.fullmatch(r"0\d+", digits) else f"0.{digits[1:]}"
    return float(whole)
