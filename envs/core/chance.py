"""Where randomness comes from: draws asked for by name.

A draw is a pure function of (seed, episode, time, name, element), computed with integer tensor
arithmetic. It has no state, so it compiles, gives the same numbers on every device and for every
batch size, and two controllers that meet one seed meet the very same shocks.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from math import pi
from operator import index
from typing import Self, SupportsIndex

import torch
from torch import Tensor
from typing_extensions import override

_MASK = 0xFFFFFFFF


def _mix(x: Tensor) -> Tensor:
    """Two-round 32-bit finaliser "lowbias32" (C. Wellons, hash-prospector) in int64 lanes.

    The second factor stands less 2^32, which leaves the product's low word as it is and keeps the
    product within int64.
    """
    x = x ^ (x >> 16)
    x = (x * 0x7FEB352D) & _MASK
    x = x ^ (x >> 15)
    x = (x * (0x846CA68B - 0x100000000)) & _MASK
    return x ^ (x >> 16)


def _word(name: str) -> int:
    """32-bit FNV-1a hash of a name; plain Python, so that the compiler folds it."""
    word = 0x811C9DC5
    for letter in name:
        word = ((word ^ ord(letter)) * 0x01000193) & _MASK
    return word


def whole_seed(seed: SupportsIndex) -> int:
    """A seed as a number of Python's.

    Raises:
        ValueError: it is no whole number of 64 bits.
    """
    try:
        number = index(seed)
    except TypeError:
        number = -1
    if isinstance(seed, bool) or not 0 <= number < 2**64:
        raise ValueError(f"seed is {seed!r}; it must be a whole number from 0 to {2**64 - 1}")
    return number


def seeds_from(first: SupportsIndex, count: int, device: torch.device | str = "cpu") -> Tensor:
    """The seeds first, first + 1, ... modulo 2^64, as int64 (count,) holds them.

    Raises:
        ValueError: `first` is no whole number of 64 bits.
    """
    wrapped = (whole_seed(first) + 2**63) % 2**64 - 2**63
    return torch.tensor(wrapped, device=device) + torch.arange(count, device=device)


class Chance(ABC):
    """Named draws, each of shape (B, *shape) in float64. `at` binds it to a time step."""

    @abstractmethod
    def at(self, time: Tensor) -> Self:
        """The same source at `time`, int64 (B,)."""

    @abstractmethod
    def uniform(self, name: str, *shape: int) -> Tensor:
        """Uniform on (0, 1)."""

    def normal(self, name: str, *shape: int) -> Tensor:
        """Standard normal, by Box and Muller's transform of two uniforms."""
        radius = torch.sqrt(-2.0 * torch.log(self.uniform(f"{name}.radius", *shape)))
        return radius * torch.cos(2.0 * pi * self.uniform(f"{name}.angle", *shape))

    def exponential(self, name: str, *shape: int) -> Tensor:
        """Standard exponential, mean 1."""
        return -torch.log(self.uniform(name, *shape))

    def gamma(self, name: str, order: int, *shape: int) -> Tensor:
        """Standard gamma of whole order, mean `order`: the sum of that many exponentials."""
        draws = [self.exponential(f"{name}.{i}", *shape) for i in range(order)]
        return torch.stack(draws).sum(0)

    def inverse(self, name: str, quantile: Callable[[Tensor], Tensor], mean: float, *shape: int) -> Tensor:
        """A draw of the law with that quantile function on (0, 1); `Expected` gives its `mean`."""
        return quantile(self.uniform(name, *shape))

    def binomial(self, name: str, count: Tensor, probability: Tensor) -> Tensor:
        """Successes in `count` trials, by the rounded normal law (`Exact` draws the true one)."""
        mean = count * probability
        deviation = torch.sqrt(torch.clamp(mean * (1.0 - probability), min=0.0))
        draw = torch.round(mean + deviation * self.normal(name, *count.shape[1:]))
        return torch.minimum(torch.clamp(draw, min=0.0), count)

    def poisson(self, name: str, rate: Tensor) -> Tensor:
        """Events at `rate`, by the rounded normal law (`Exact` draws the true one)."""
        draw = rate + torch.sqrt(rate) * self.normal(name, *rate.shape[1:])
        return torch.clamp(torch.round(draw), min=0.0)


class Paired(Chance):
    """Counter-based draws: the default, for training and evaluation.

    Args:
        seed: int64 (B,), one per environment; environment i of a batch seeded s holds s + i.
        episode: int64 (B,), counts an environment's episodes.
    """

    def __init__(self, seed: Tensor, episode: Tensor | None = None) -> None:
        self.seed = seed
        self.episode = torch.zeros_like(seed) if episode is None else episode
        self._key = _mix(_mix(_mix(seed & _MASK) ^ ((seed >> 32) & _MASK)) ^ (self.episode & _MASK))

    @override
    def at(self, time: Tensor) -> Self:
        bound = type(self).__new__(type(self))
        bound.seed, bound.episode = self.seed, self.episode
        bound._key = _mix(self._key ^ _mix((time + 0x9E3779B9) & _MASK))
        return bound

    def uniform(self, name: str, *shape: int) -> Tensor:
        """Uniform in (0, 1), with a resolution of 2^-32."""
        word = _mix(self._key ^ _word(name))
        if shape:
            size = int(torch.Size(shape).numel())
            element = _mix(torch.arange(1, size + 1, device=word.device))
            word = _mix(word[:, None] ^ element).reshape(-1, *shape)
        return (word.to(torch.float64) + 0.5) * 2.0**-32


_COUNTABLE = 2.0**31  # beyond, SciPy's search for a quantile slows down, and never ends from 2^53 on


class Exact(Paired):
    """Paired draws with the true binomial and Poisson laws, for small populations (CPU only).

    Counts and rates above 2^31 follow the rounded normal laws.
    """

    def binomial(self, name: str, count: Tensor, probability: Tensor) -> Tensor:
        """Successes of the true law: its inverse distribution function at a paired uniform."""
        from scipy.stats import binom  # heavy to import and needed in this mode alone

        draw = self.uniform(name, *count.shape[1:]).numpy()
        whole = torch.floor(torch.clamp(count, max=_COUNTABLE))
        true = torch.as_tensor(binom.ppf(draw, whole.numpy(), probability.numpy()))
        many = count > _COUNTABLE
        return (
            torch.where(many, super().binomial(name, count, probability), true) if bool(many.any()) else true
        )

    def poisson(self, name: str, rate: Tensor) -> Tensor:
        """Counts of the true law: its inverse distribution function at a paired uniform."""
        from scipy.stats import poisson

        draw = self.uniform(name, *rate.shape[1:]).numpy()
        true = torch.as_tensor(poisson.ppf(draw, torch.clamp(rate, max=_COUNTABLE).numpy()))
        many = rate > _COUNTABLE
        return torch.where(many, super().poisson(name, rate), true) if bool(many.any()) else true


class Expected(Chance):
    """Every draw is its mean: mean-field paths, gradients, deterministic references."""

    def __init__(self, batch: int, device: torch.device | str = "cpu") -> None:
        self._zero = torch.zeros(batch, dtype=torch.float64, device=device)

    def at(self, time: Tensor) -> Self:
        """Itself: means do not depend on time."""
        return self

    def _constant(self, value: float, shape: tuple[int, ...]) -> Tensor:
        return self._zero.reshape(-1, *[1] * len(shape)).expand(-1, *shape) + value

    def uniform(self, name: str, *shape: int) -> Tensor:
        """One half."""
        return self._constant(0.5, shape)

    def normal(self, name: str, *shape: int) -> Tensor:
        """Zero."""
        return self._constant(0.0, shape)

    def exponential(self, name: str, *shape: int) -> Tensor:
        """One."""
        return self._constant(1.0, shape)

    def gamma(self, name: str, order: int, *shape: int) -> Tensor:
        """The order."""
        return self._constant(float(order), shape)

    def inverse(self, name: str, quantile: Callable[[Tensor], Tensor], mean: float, *shape: int) -> Tensor:
        """The mean."""
        return self._constant(mean, shape)

    def binomial(self, name: str, count: Tensor, probability: Tensor) -> Tensor:
        """`count · probability`."""
        return count * probability

    def poisson(self, name: str, rate: Tensor) -> Tensor:
        """`rate`."""
        return rate


class Replay(Chance):
    """Draws injected by name, to match a reference model step by step.

    Args:
        draws: name → tensor (T, B, *shape); the draw of time t is row t. Normal, exponential and
            gamma draws are injected under their own names, not as the uniforms behind them.
    """

    def __init__(self, draws: Mapping[str, Tensor], time: int = 0) -> None:
        self.draws = draws
        self.time = time

    def at(self, time: Tensor) -> Self:
        """The draws of that step; all environments of a replay stand at the same one."""
        return type(self)(self.draws, int(time[0]))

    def _take(self, name: str, shape: tuple[int, ...]) -> Tensor:
        if name not in self.draws:
            raise KeyError(f"no draw named {name!r} to replay; there are {sorted(self.draws)}")
        row = self.draws[name][self.time]
        if tuple(row.shape[1:]) != shape:
            raise ValueError(f"draw {name!r} has shape {tuple(row.shape[1:])}, wanted {shape}")
        return row

    def uniform(self, name: str, *shape: int) -> Tensor:
        """The injected draw of that name."""
        return self._take(name, shape)

    def normal(self, name: str, *shape: int) -> Tensor:
        """The injected draw of that name."""
        return self._take(name, shape)

    def exponential(self, name: str, *shape: int) -> Tensor:
        """The injected draw of that name."""
        return self._take(name, shape)

    def gamma(self, name: str, order: int, *shape: int) -> Tensor:
        """The injected draw of that name."""
        return self._take(name, shape)

    def inverse(self, name: str, quantile: Callable[[Tensor], Tensor], mean: float, *shape: int) -> Tensor:
        """The injected draw of that name."""
        return self._take(name, shape)

    def binomial(self, name: str, count: Tensor, probability: Tensor) -> Tensor:
        """The injected draw of that name."""
        return self._take(name, tuple(count.shape[1:]))

    def poisson(self, name: str, rate: Tensor) -> Tensor:
        """The injected draw of that name."""
        return self._take(name, tuple(rate.shape[1:]))
