"""Section 5.1: moods wander, data age and are released, and requests follow their appeal."""

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Number, Tensors
from .arrays import deepened, over_cohorts
from .parameters import Columns
from .state import State


class Appeal(NamedTuple):
    """What people would like to have today."""

    released: Tensor  # bool (B, K), the slot that a release takes
    popularity: Tensor  # (B, K) GB/day/member of taste 1


def memory(days: Number, deviation: Number) -> tuple[Number, Number]:
    """What such a process keeps of itself after a day, and the deviation of what is new.

    Both are computed in single precision, as the reference does: it moves paths by 1e-7.
    """
    if isinstance(days, Tensor) or isinstance(deviation, Tensor):
        single = torch.exp(torch.as_tensor(-1.0 / days, dtype=torch.float32))
        fresh = torch.as_tensor(deviation, dtype=torch.float32) * torch.sqrt(1.0 - single * single)
        return single.to(torch.float64), fresh.to(torch.float64)
    kept, new = _memory(float(days), float(deviation))
    return kept, new


@torch.compiler.assume_constant_result  # type: ignore[untyped-decorator]  # a compiled exp rounds otherwise
def _memory(days: float, deviation: float) -> tuple[float, float]:
    kept = torch.exp(torch.tensor(-1.0 / days, dtype=torch.float32))
    return kept.item(), (deviation * torch.sqrt(1.0 - kept * kept)).item()


def wander(x: Tensor, days: Number, deviation: Number, z: Tensor) -> Tensor:
    """One day of an Ornstein-Uhlenbeck process of that memory and stationary deviation."""
    a, kick = memory(days, deviation)
    return a * x + kick * z


def taste(p: Columns, person: Tensor, region: Tensor) -> Tensor:
    """Interest, lognormal of mean 1, from normal draws (B, N, ...) of cohorts and (B, R, ...) of regions."""
    s, s_region = (deepened(spread, person.dim()) for spread in (p.interest_spread, p.region_taste))
    home = region.repeat(1, person.shape[1] // region.shape[1], *[1] * (person.dim() - 2))
    return torch.exp(s * person + s_region * home - (s * s + s_region * s_region) / 2.0)


def fading(p: Columns, age: Tensor) -> Tensor:
    """What is left of a datum's appeal at that age, (B, K)."""
    left: Tensor = (1.0 + age / p.decay_days) ** -p.decay_power
    return left


def turn(p: Columns, s: State, shocks: Tensors, chance: Chance) -> tuple[State, Appeal]:
    """The new day's archive and what everybody would ask for at the reference price."""
    mood = wander(s.mood, p.mood_days, p.mood_sd, chance.normal("mood")[:, None])
    sentiment = wander(s.sentiment, p.sentiment_days, p.sentiment_sd, chance.normal("sentiment")[:, None])
    slots = torch.arange(p.K, device=mood.device)
    released = (chance.uniform("release")[:, None] < p.release_rate) & (slots == s.releases % p.K)
    archive = _grow_old(p, s, chance)
    fresh = _release(p, s, chance)
    archive = {name: torch.where(released, fresh[name], old) for name, old in archive.items()}
    fresh_taste = taste(p, chance.normal("taste", p.N), chance.normal("region_taste", p.R))
    interest = torch.where(released[:, None, :], fresh_taste[:, :, None], s.interest)
    releases = s.releases + released.any(1, keepdim=True)

    newest = slots == (releases - 1) % p.K
    faded = fading(p, archive["age"])
    popularity = p.popularity0 * torch.exp(mood) * shocks["demand"] * torch.exp(archive["heat"]) * faded
    popularity = torch.where(newest, popularity * shocks["hype"], popularity)
    (wanted,) = over_cohorts(interest, s.potential)
    state = s._replace(
        **archive,
        mood=mood,
        sentiment=sentiment,
        interest=interest,
        backlog=torch.where(released, 0.0, s.backlog),
        releases=releases,
        latent=(popularity * wanted).sum(1, keepdim=True),
    )
    return state, Appeal(released, popularity)


def _grow_old(p: Columns, s: State, chance: Chance) -> dict[str, Tensor]:
    drift = wander(s.coming - s.quality, p.coming_days, p.coming_sd, chance.normal("coming", p.K))
    return {
        "size": s.size,
        "age": s.age + 1.0,
        "quality": s.quality,
        "coming": s.quality + drift,
        "heat": s.heat + (s.coming - s.heat) / p.heat_days,
        "rumour": wander(s.rumour, p.coming_days, p.rumour_sd, chance.normal("rumour", p.K)),
    }


def _release(p: Columns, s: State, chance: Chance) -> dict[str, Tensor]:
    quality = p.quality_spread * chance.normal("quality")[:, None]
    hot = quality + p.launch_heat
    nothing = torch.zeros_like(quality)
    return {
        "size": p.size_median * torch.exp(p.size_spread * chance.normal("size")[:, None]),
        "age": nothing,
        "quality": quality,
        "coming": hot,
        "heat": hot,
        "rumour": nothing,
    }
