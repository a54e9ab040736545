"""The settings of a training, checked before anything is made of them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from math import inf, isfinite
from typing import Any, Self

from agents.network import ACTIVATIONS
from agents.registry import controller
from agents.seeds import ENVIRONMENTS
from envs.core.options import MOST
from envs.core.task import Task

SCHEDULE = "a number (in YAML 1.0e-3, not 1e-3), lin_A, lin_A_B, or exp_A_B with A and B above 0"
Rule = tuple[Callable[[Any], bool], str]
"""Whether a value will do, and what will, in words."""


def whole(low: int, high: int | None = None) -> Rule:
    """A whole number."""
    words = f"a whole number from {low} " + ("on" if high is None else f"to {high}")
    return lambda x: type(x) is int and low <= x and (high is None or x <= high), words


def number(low: float = -inf, high: float = inf, above: bool = False, below: bool = False) -> Rule:
    """A finite number in a range, whose ends are left out where it must be above or below them."""
    words = ["above" if above else "from", f"{low:g}"] if low > -inf else []
    words += ["below" if below else "to" if low > -inf else "up to", f"{high:g}"] if high < inf else []

    def fits(x: Any) -> bool:
        if isinstance(x, bool) or not isinstance(x, int | float) or not isfinite(x):
            return False
        return (low < x if above else low <= x) and (x < high if below else x <= high)

    return fits, " ".join(["a number", *words, *(["on"] if low > -inf and high == inf and not above else [])])


def optional(rule: Rule) -> Rule:
    """That, or null."""
    fits, words = rule
    return lambda x: x is None or fits(x), f"{words}, or null"


def choice(*values: Any) -> Rule:
    """One of these."""
    return lambda x: x in values, f"one of {', '.join(str(value) for value in values)}"


def list_of(rule: Rule, least: int = 1) -> Rule:
    """A list of such values."""
    fits, words = rule
    return (
        lambda x: isinstance(x, list | tuple) and len(x) >= least and all(fits(one) for one in x),
        f"a list, of {words} each" if least else f"a list, which may be empty, of {words} each",
    )


def text() -> Rule:
    """A string."""
    return lambda x: isinstance(x, str), "text"


def mapping() -> Rule:
    """A mapping with text for keys."""
    return (
        lambda x: isinstance(x, Mapping) and all(isinstance(key, str) for key in x),
        "a mapping from names to values",
    )


def ends(value: Any) -> tuple[float, float] | None:
    """First and last value of a schedule; None where it is none."""
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        return float(value), float(value)
    if not isinstance(value, str) or not re.fullmatch(r"(lin|exp)(_[^_]+){1,2}", value):
        return None
    kind, *words = value.split("_")
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return None
    if not all(isfinite(one) for one in numbers):
        return None
    if kind == "lin":
        return numbers[0], numbers[1] if len(numbers) == 2 else 0.0
    return (numbers[0], numbers[1]) if len(numbers) == 2 and min(numbers) > 0.0 else None


def schedule_from(low: float) -> Rule:
    """A schedule that stays at or above `low`, and begins above it where that is 0."""

    def fits(x: Any) -> bool:
        found = ends(x)
        return found is not None and min(found) >= low and (low != 0.0 or found[0] > 0.0)

    return fits, SCHEDULE + (", that begins above 0 and never falls below" if low == 0.0 else "")


def stages() -> Rule:
    """Shares of the budget and lists of names."""
    share, names = number(0.0, 1.0)[0], list_of(text())[0]
    return (
        lambda x: isinstance(x, Mapping) and all(share(key) and names(value) for key, value in x.items()),
        "a mapping from shares of the budget, 0 to 1, to lists of scenarios",
    )


def check(name: str, value: Any, rule: Rule) -> None:
    """Refuses a value.

    Raises:
        ValueError: it breaks the rule.
    """
    fits, words = rule
    if not fits(value):
        raise ValueError(f"{name} is {value!r}; it must be {words}")


def setting(rule: Rule) -> Any:
    """A setting that keeps to a rule."""
    return field(metadata={"rule": rule})


@dataclass(frozen=True)
class Settings:
    """Hyperparameters of a training; what each means stands in ppo.yml."""

    n_envs: int = setting(whole(1, ENVIRONMENTS))
    n_timesteps: int = setting(whole(1))
    n_steps: int = setting(whole(1, 2**20))
    batch_size: int = setting(whole(2))
    n_epochs: int = setting(whole(1, 10**6))
    gamma: float = setting(number(0.0, 1.0, below=True))
    gamma_end: float | None = setting(optional(number(0.0, 1.0, below=True)))
    gamma_ramp: float = setting(number(0.0, 1.0))
    averaging: float = setting(number(0.0, 1.0))
    gae_lambda: float = setting(number(0.0, 1.0))
    gae_lambda_end: float | None = setting(optional(number(0.0, 1.0)))
    clip_range: float = setting(number(0.0, above=True))
    learning_rate: float | str = setting(schedule_from(0.0))
    ent_coef: float = setting(number(0.0))
    vf_coef: float = setting(number(0.0))
    max_grad_norm: float = setting(number(0.0, above=True))
    log_std_init: float = setting(number(-20.0, 10.0))
    log_std_held: float | None = setting(optional(number(-20.0, 10.0)))
    net_arch: tuple[int, ...] = setting(list_of(whole(1, 65536)))
    activation: str = setting(choice(*ACTIVATIONS))
    reward_offset: float = setting(number())
    reward_scale: float = setting(number(0.0, above=True))
    from_rule: str | None = setting(optional(text()))
    env: Mapping[str, Any] = setting(mapping())
    library: Mapping[str, Any] = setting(mapping())
    curriculum: Mapping[float, Sequence[str]] = setting(stages())

    @classmethod
    def of(cls, values: Mapping[str, Any], task: Task) -> Self:
        """Checked settings, for a task.

        Raises:
            ValueError: naming a setting, its value and what is possible.
        """
        known = {one.name: one.metadata["rule"] for one in fields(cls)}
        values = {
            name: value for name, value in values.items() if name not in ("refine", "rsl_rl", "gradient")
        }
        if strange := sorted(map(str, values.keys() - known.keys())):
            raise ValueError(f"unknown setting {', '.join(strange)}; there are {', '.join(known)}")
        if missing := [name for name in known if name not in values]:
            raise ValueError(f"the settings lack {', '.join(missing)}")
        for name, rule in known.items():
            check(name, values[name], rule)
        settings = cls(**values | {"net_arch": tuple(values["net_arch"])})
        size = settings.n_envs * settings.n_steps
        check("batch_size", settings.batch_size, whole(2, max(2, size)))
        if size < 2:
            raise ValueError("n_envs is 1 and n_steps is 1; a rollout must hold at least 2 decisions")
        settings.check_environment(task)
        settings.check_library(task)
        return settings

    def check_environment(self, task: Task) -> None:
        """Refuses `env` and `curriculum` where the task's simulation would."""
        options = dict(self.env)
        rules = {
            "reset": choice("launch", "library"),
            "cut": optional(whole(1, MOST)),
            "compile": (lambda x: x is True or x is False or x == "auto", "true, false or auto"),
            "shaping": schedule_from(-inf),
        }
        for name, rule in rules.items():
            if name in options:
                check(f"env: {name}", options.pop(name), rule)
        if taken := sorted({"autoreset", "batch", "device", "library"} & options.keys()):
            raise ValueError(f"env sets {', '.join(taken)}, which the training sets itself")
        try:
            simulation = task.simulation(1, **options | {"compile": False})
            for names in self.curriculum.values():
                for name in names:
                    simulation.scenario_set.index(name)
        except (TypeError, ValueError) as error:
            raise ValueError(f"env or curriculum: {error}") from error

    def check_library(self, task: Task) -> None:
        """Refuses options that the library of initial states does not take."""
        share = number(0.0, 1.0)
        rules = {
            "names": list_of(text(), 0), "every": whole(1, MOST), "seed": whole(0, MOST), "spread": number(0.0),
            "launch_share": share, "ahead_share": share, "ahead": whole(0, MOST), "ahead_from": whole(0, MOST),
        }  # fmt: skip
        for name, value in self.library.items():
            if name not in rules:
                raise ValueError(f"library: unknown option {name}; there are {', '.join(rules)}")
            check(f"library: {name}", value, rules[name])
        for name in self.library.get("names", ()):
            controller(task, name)

    def plain(self) -> dict[str, Any]:
        """As plain values, to be written and compared."""
        return asdict(self) | {
            "net_arch": list(self.net_arch),
            "curriculum": {float(share): list(names) for share, names in self.curriculum.items()},
        }
