"""Hyperparameters: YAML files of tasks, in the manner of RL Baselines3 Zoo.

The suite's file holds what is the default of every task; each task's own settings stand in the file that its model
declares.
"""

from pathlib import Path
from typing import Any

import yaml

from envs import model_of, task_of

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
    for name in ("default", task):
        if not isinstance(content.get(name, {}), dict):
            raise ValueError(f"{file}: {name} must map settings to values, not be {content[name]!r}")
    settings = {**known, **content.get("default", {}), **content.get(task, {})}
    special: dict[str, Any] = settings.pop("rsl_rl", {})
    unknown = sorted({*settings, *special, *settings["refine"]} - {*known})
    if unknown:
        raise ValueError(f"{file} sets unknown {', '.join(unknown)}; it may set {', '.join(known)}")
    settings |= special if backend == "rsl_rl" else {}
    if not refining:
        return settings
    finer: dict[str, Any] = settings.pop("refine", {})
    if not finer:
        raise ValueError(f"{file} has no refine for {task}")
    nested = {name: settings[name] | finer.get(name, {}) for name in ("env", "library")}
    return settings | finer | nested


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
    except (OSError, yaml.YAMLError) as error:
        raise ValueError(f"cannot read hyperparameters from {file}: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{file} must map task ids to settings")
    return content


def schedule(value: float | str, remaining: float) -> float:
    """A number, or "lin_A", "lin_A_B", "exp_A_B" as the share `remaining` of the budget falls from 1 to 0.

    `lin` falls in a straight line from A to 0 or to B, `exp` by equal factors in equal times from A to B.

    Raises:
        ValueError: neither.
    """
    if not isinstance(value, str):
        return float(value)
    kind, *ends = value.split("_")
    if kind == "exp" and len(ends) == 2 and min(float(end) for end in ends) > 0.0:
        first, last = float(ends[0]), float(ends[1])
        return last * (first / last) ** remaining
    if kind == "lin" and len(ends) in (1, 2):
        first, last = float(ends[0]), float(ends[1]) if len(ends) == 2 else 0.0
        return last + (first - last) * remaining
    raise ValueError(f"schedule {value!r} must be a number, lin_A, lin_A_B, or exp_A_B with A and B above 0")


def horizon(settings: dict[str, Any], progress: float) -> tuple[float, float, float]:
    """γ and GAE's λ after a share of the budget, and the factor on rewards that keeps values of one order.

    γ goes from `gamma` to `gamma_end` within the share `gamma_ramp`, rewards shrinking as the horizon
    1 / (1 − γ) grows; λ goes from `gae_lambda` to `gae_lambda_end` by the end. An end that is null
    leaves its start in force.
    """
    first, ramp = settings["gamma"], settings["gamma_ramp"]
    way = min(1.0, progress / ramp) if ramp > 0.0 else 1.0
    gamma = geometric(first, settings["gamma_end"] or first, way)
    trace = geometric(settings["gae_lambda"], settings["gae_lambda_end"] or settings["gae_lambda"], progress)
    return gamma, trace, (1.0 - gamma) / (1.0 - first)


def geometric(first: float, last: float, way: float) -> float:
    """From `first` to `last` as `way` goes from 0 to 1, the distance to 1 changing geometrically."""
    return 1.0 - (1.0 - first) ** (1.0 - way) * (1.0 - last) ** way
