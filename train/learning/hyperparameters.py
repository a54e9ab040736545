"""Hyperparameters: YAML files of tasks, in the manner of RL Baselines3 Zoo.

The suite's file holds what is the default of every task; each task's own settings stand in the file that its model
declares.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from envs import TASKS, model_of, task_of
from envs.core.task import ID, NAMESPACE

NESTED = ("env", "library", "refine")
BACKENDS = ("rsl_rl", "gradient")  # whose settings may differ from those of stable-baselines3
FILE = Path(__file__).with_name("ppo.yml")


def hyperparameters(
    task: str, file: Path = FILE, backend: str = "sb3", refining: bool = False
) -> dict[str, Any]:
    """Settings of a task: `default`'s, on top the task's own, and on top what these hold for the backend.

    The task's own are those that its model declares; a file of one's own takes their place, and what it leaves out
    is as in the suite's default.

    Args:
        refining: on top of all, what they hold for refinement, which stays under `refine` otherwise.

    Raises:
        ValueError: the file is missing or no mapping, has a setting that is unknown, or holds nothing for
            the refinement asked for.
    """
    content, known = read(file), read(FILE)["default"]
    if file == FILE and (declared := declared_by_model(task)):
        content |= {name: settings for name, settings in read(declared).items() if name != "default"}
    for name in content:
        unknown_here = (
            isinstance(name, str) and name.startswith(f"{NAMESPACE}/") and name not in {*TASKS, task}
        )
        if name != "default" and (unknown_here or not re.fullmatch(ID, str(name))):
            raise ValueError(
                f"{file} has settings for {name!r}; it may have them for default, or for a task's id"
            )
    for name in ("default", task):
        if not isinstance(content.get(name, {}), dict):
            raise ValueError(f"{file}: {name} must map settings to values, not be {content[name]!r}")
    settings = {**known, **content.get("default", {}), **content.get(task, {})}
    for name in (*BACKENDS, *NESTED):
        if not isinstance(settings[name], dict):
            raise ValueError(f"{file}: {name} must map names to values, not be {settings[name]!r}")
    special: dict[str, Any] = {name: known[name] | settings.pop(name) for name in BACKENDS}
    unknown = sorted(map(str, set().union(settings, *special.values(), settings["refine"]) - {*known}))
    if unknown:
        raise ValueError(f"{file} sets unknown {', '.join(unknown)}; it may set {', '.join(known)}")
    settings |= special.get(backend, {})
    if refining and not settings["refine"]:
        raise ValueError(f"{file} has no refine for {task}")
    return refined(settings) if refining else settings


def refined(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings with what they hold for refinement on top."""
    finer: dict[str, Any] = settings["refine"]
    nested = {name: settings[name] | finer[name] for name in ("env", "library") if name in finer}
    return {name: value for name, value in settings.items() if name != "refine"} | finer | nested


def declared_by_model(task: str) -> Path | None:
    """The file that the model of a task declares; none where it declares none, or nobody knows the task."""
    try:
        return model_of(task_of(task)).hyperparameters
    except ValueError:
        return None


def read(file: Path) -> dict[str, Any]:
    """The content of a YAML file.

    Raises:
        ValueError: it is missing, damaged or no mapping.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"cannot read hyperparameters from {file}: {reason}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{file} must map task ids to settings")
    return content
