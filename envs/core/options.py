"""What may be asked of a simulation: one record, checked when it is made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from math import isfinite
from operator import index
from typing import Any, Literal, Self

import torch

from .actions import ActionMap, Levels
from .chance import Chance
from .declarations import LeverSet
from .library import Library
from .scenario import CALM, Scenario

ResetMode = Literal["launch", "library"]
ChanceMode = Literal["paired", "exact", "expected"]
Factors = Mapping[str, tuple[float, float]]
MOST = 2**53  # up to which a float holds every whole number


def option(default: Any, doc: str) -> Any:
    """A field of `Options`; `{step}` in its line of meaning stands for what a step is."""
    metadata = {"doc": doc}
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Options:
    """How a simulation runs. Lists stand for tuples and NumPy's numbers for Python's, as after JSON.

    Raises:
        ValueError, TypeError: naming the option, its value, and what is possible.
    """

    horizon: int = option(1, "{step}s of an episode")
    interval: int = option(1, "{step}s between decisions; a command is held in between")
    delay: int = option(0, "decisions until a command takes effect")
    scenario: str | Sequence[str] | None = option(
        None, "name of the scenario, or several to draw from; by default all"
    )
    scenarios: tuple[Scenario, ...] = option((CALM,), "scenarios of one's own in place of the task's")
    onset: int | tuple[int, int] = option(
        0, "{step} of the scenario's onset, or a (low, high) range to draw it from, high excluded"
    )
    show_scenario: bool = option(False, "appends scenario (one-hot) and time since onset to the observation")
    shaping: float = option(0.0, "weight of the objective's training signal in the reward")
    reset: ResetMode = option("launch", 'where episodes begin: "launch", or "library" for training')
    library: Library | None = option(
        None, "snapshots for the latter; `agents.library.baseline_library(task, simulation)` makes them"
    )
    cut: int | None = option(None, "decisions after which an episode is truncated")
    randomise: Factors = option({}, "parameter → (low, high) factors on its value, drawn for every episode")
    chance: ChanceMode | Chance = option(
        "paired", '"paired", "exact" (true binomial and Poisson laws) or "expected" (means)'
    )
    compile: bool | Literal["auto"] = option(
        "auto", "whether the step is compiled: from 64 environments on, where a compiler is"
    )
    autoreset: bool = option(True, "begins a new episode in the step that ends one")
    action_map: Callable[[LeverSet, int], ActionMap] = option(Levels, "what an action asks of the levers")
    steps_per_year: float = option(365.0, "{step}s of a year, in which times since an onset are shown")

    def __post_init__(self) -> None:
        for name in ("horizon", "interval"):
            self._set(name, whole(name, getattr(self, name), 1))
        self._set("delay", whole("delay", self.delay, 0, self.horizon))  # longer than an episode: never
        self._set("scenarios", _scenarios(self.scenarios))
        known = [one.name for one in self.scenarios]
        self._set("scenario", None if self.scenario is None else scenario_names(self.scenario, known))
        self._set("onset", onsets(self.onset))
        self._set("cut", None if self.cut is None else whole("cut", self.cut, 1))
        self._set("shaping", finite("shaping", self.shaping))
        self._set("randomise", _factors(self.randomise))
        for name in ("show_scenario", "autoreset"):
            _one_of(name, getattr(self, name), (True, False))
        _one_of("reset", self.reset, ("launch", "library"))
        _one_of("compile", self.compile, (True, False, "auto"))
        if not isinstance(self.chance, Chance):
            _one_of("chance", self.chance, ("paired", "exact", "expected"))
        if self.library is not None and not isinstance(self.library, Library):
            raise TypeError(
                f"library is {self.library!r}; it must be a Library, which agents.library.baseline_library makes"
            )
        if self.reset == "library" and self.library is None:
            raise ValueError("reset='library' needs library=; agents.library.baseline_library makes one")

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Every option."""
        return tuple(one.name for one in fields(cls))

    def changed(self, **options: Any) -> Self:
        """These options with some changed, and checked."""
        return replace(self, **options)

    @property
    def drawn(self) -> list[str]:
        """Names of the scenarios that episodes are drawn from."""
        return list(self.scenario or [one.name for one in self.scenarios])

    @property
    def onset_range(self) -> tuple[int, int]:
        """Steps that onsets are drawn from, the last one excluded."""
        return self.onset if isinstance(self.onset, tuple) else (self.onset, self.onset + 1)


def whole(name: str, value: Any, least: int, most: int = MOST) -> int:
    """A whole number from `least` to `most`.

    Raises:
        ValueError: it is none.
    """
    try:
        number = index(value)
    except TypeError:
        number = least - 1
    if isinstance(value, bool) or not least <= number <= most:
        bounds = f"{least} on" if number < least and most == MOST else f"{least} to {most}"
        raise ValueError(f"{name} is {value!r}; it must be a whole number from {bounds}")
    return number


def onsets(value: Any) -> int | tuple[int, int]:
    """A step, or a range of steps that is not empty.

    Raises:
        ValueError: neither.
    """
    if not isinstance(value, tuple | list):
        return whole("onset", value, 0)
    if len(value) != 2:
        raise ValueError(f"onset is {value!r}; it must be a step, or a range (low, high)")
    low, high = whole("onset", value[0], 0), whole("onset", value[1], 0)
    if low >= high:
        raise ValueError(f"onset is {value!r}; a range (low, high) must have low < high")
    return low, high


def finite(name: str, value: Any) -> float:
    """A finite number.

    Raises:
        ValueError: it is none.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if isinstance(value, str | bool) or not isfinite(number):
        raise ValueError(f"{name} is {value!r}; it must be a finite number")
    return number


def _one_of(name: str, value: Any, possible: tuple[Any, ...]) -> None:
    if not any(value is one or (isinstance(one, str) and value == one) for one in possible):
        raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(map(repr, possible))}")


def scenario_names(value: Any, known: Sequence[str]) -> tuple[str, ...]:
    """One name or several, as several.

    Raises:
        ValueError: something else, or none.
    """
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, tuple | list) or not names or not all(isinstance(one, str) for one in names):
        raise ValueError(f"scenario is {value!r}; it must be one or several of {', '.join(known)}")
    return tuple(names)


def _scenarios(value: Any) -> tuple[Scenario, ...]:
    if not isinstance(value, tuple | list) or not value:
        raise ValueError(f"scenarios is {value!r}; it must hold at least one Scenario")
    for one in value:
        if not isinstance(one, Scenario):
            raise TypeError(f"scenarios holds {one!r}; it must hold records of Scenario")
    names = [one.name for one in value]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"scenarios holds {', '.join(sorted(repeated))} more than once")
    return tuple(value)


def _factors(value: Any) -> dict[str, tuple[float, float]]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"randomise is {value!r}; it must map parameters to (low, high) factors")
    factors = {}
    for name, ends in value.items():
        if not isinstance(name, str):
            raise TypeError(
                f"randomise holds {name!r}; it must map names of parameters to (low, high) factors"
            )
        if not isinstance(ends, tuple | list) or len(ends) != 2:
            raise ValueError(f"randomise[{name!r}] is {ends!r}; it must be a pair (low, high) of factors")
        low, high = (finite(f"randomise[{name!r}]", end) for end in ends)
        if low > high:
            raise ValueError(f"randomise[{name!r}] is {ends!r}; need low <= high")
        factors[name] = (low, high)
    return factors


def device_of(name: Any) -> torch.device:
    """A device of this machine.

    Raises:
        ValueError: there is none of that name.
    """
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, TypeError, AssertionError, NotImplementedError) as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(f"device is {name!r}, which this machine does not offer: {reason}") from None
    return device
