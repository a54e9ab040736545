"""What an episode is judged and shown by: measures of daily trajectories, and the dashboard (section 11.6)."""

from collections.abc import Mapping

import torch
from torch import Tensor

from ..core.dashboard import Panel
from .interface import BAND_FILLED, CORRIDOR_FROM, CORRIDOR_FULL, CORRIDOR_UNFARMED

SETTLED = 730  # day from which the filled share is judged


def first_stay(inside: Tensor, length: int, start: Tensor | None = None) -> Tensor:
    """First day of the first unbroken stay of `length` days, from day `start` (B,) on; −1 if none.

    Args:
        inside: bool (T, B).
    """
    if inside.shape[0] < length:
        return torch.full((inside.shape[1],), -1)
    days = torch.arange(inside.shape[0])[:, None]
    if start is not None:
        inside = inside & (days >= start)
    total = torch.cat([torch.zeros_like(inside[:1], dtype=torch.int64), inside.to(torch.int64).cumsum(0)])
    whole = total[length:] - total[:-length] == length
    first = whole.to(torch.int8).argmax(0)
    return torch.where(whole.any(0), first, -1)


def share(inside: Tensor, days: Tensor) -> Tensor:
    """Share of the days (T, B) or (T, 1) on which `inside` (T, B) holds; 0 where there are none."""
    counted = days.expand_as(inside)
    return (inside & counted).sum(0).to(torch.float64) / counted.sum(0).clamp(min=1)


RECORDED = ("filled", "unfarmed", "ratio", "clients", "vaults", "lost", "vault_loss")


def measure(trace: Mapping[str, Tensor], onset: Tensor) -> dict[str, Tensor]:
    """Measures by name, (B,).

    Args:
        trace: daily readings after each day, (T, B): filled, unfarmed, ratio, clients, vaults,
            lost (chunks that day), vault_loss (share of the vaults that a shock took that day),
            moves (|Δr| + |Δc|).
        onset: day of the scenario's onset, (B,); recovery counts from the last loss of vaults on
            or after it, or from the onset where none is lost.
    """
    filled, unfarmed, ratio = trace["filled"], trace["unfarmed"], trace["ratio"]
    length = filled.shape[0]
    days = torch.arange(length)[:, None]
    in_band = (filled >= BAND_FILLED[0]) & (filled <= BAND_FILLED[1])
    low, high = CORRIDOR_UNFARMED
    in_corridor = (unfarmed >= low) & (unfarmed <= high)
    allowed = torch.where(
        days < CORRIDOR_FROM, unfarmed > high, torch.where(days < CORRIDOR_FULL, unfarmed >= low, in_corridor)
    )
    band_day = first_stay(in_corridor, 30)
    losses = torch.where((trace["vault_loss"] > 0.0) & (days >= onset), days, -1).amax(0)
    origin = torch.maximum(losses, onset)
    recovered = first_stay(in_band, 30, origin)
    late = torch.where(days >= SETTLED, filled, torch.nan)
    after = torch.where(days >= onset, filled, torch.nan)
    alive = (ratio < 1.0) & (trace["clients"] >= 0.25 * trace["vaults"])
    return {
        "f_settle_day": first_stay(in_band, 90),
        "f_time_in_band": share(in_band, days >= SETTLED),
        "f_max": late.nan_to_num(nan=-torch.inf).amax(0),
        "f_min": late.nan_to_num(nan=torch.inf).amin(0),
        "u_band_day": band_day,
        "u_corridor": share(allowed, days >= 0),
        "u_time_in_band_after": share(in_corridor, (days >= band_day) & (band_day >= 0)),
        "u_min": unfarmed.amin(0),
        "u_final": unfarmed[-1],
        "f_peak_after": after.nan_to_num(nan=-torch.inf).amax(0),
        "f_recovery_days": torch.where(recovered >= 0, recovered - origin, -1),
        "chunks_lost": trace["lost"].sum(0),
        "vaults_final": trace["vaults"][-1],
        "clients_final": trace["clients"][-1],
        "w_final": ratio[-1],
        "alive": alive.to(torch.float64).mean(0),
        "slew_mean": trace["moves"][1:].mean(0),
    }


# Curves are sensors and levers; time is in days.
END = 9125.0

PANELS = (
    Panel("filled share of storage f, with its band", {"f": "filled"}, band=BAND_FILLED, limits=(0.0, 1.0)),
    Panel(
        "unfarmed share of coins u, with its corridor",
        {"u": "unfarmed"},
        corridor=(
            (0.0, float(CORRIDOR_FROM), CORRIDOR_UNFARMED[1], 1.0),
            (float(CORRIDOR_FROM), float(CORRIDOR_FULL), CORRIDOR_UNFARMED[0], 1.0),
            (float(CORRIDOR_FULL), END, *CORRIDOR_UNFARMED),
        ),
        limits=(0.0, 1.0),
    ),
    Panel("prices, nanosafe", {"reward R per GET": "reward", "cost C per PUT": "cost"}, scale="log"),
    Panel("price ratio w = C/R that the market acts on", {"w": "ratio"}, scale="log"),
    Panel("vaults and clients", {"vaults": "vaults", "clients": "clients"}, scale="log"),
    Panel(
        "levers: multipliers on the prices",
        {"reward": "lever.reward", "cost": "lever.cost"},
        scale="log",
        levers=True,
    ),
)
