"""What the dashboard shows. Curves are sensors and levers; time is in days."""

from ..core.dashboard import Panel
from .interface import NEAREST

PANELS = (
    Panel("treasury over its genesis value, with its floor", {"F / F0": "funds"}, band=(0.5, 1.0)),
    Panel(
        "proposals by status",
        {name: name for name in ("candidates", "active", "completed", "failed", "killed")},
    ),
    Panel(
        "conviction over trigger of candidates (1 passes)",
        {"90 %": "ratio_q90", "median": "ratio_q50", "10 %": "ratio_q10", "nearest": "ratio_1"},
        band=(1.0, 1.2),
    ),
    Panel("waiting: feasible candidates of age", {"waiting": "waiting"}),
    Panel(
        "staked share of holdings, median affinity",
        {"staked": "staked", "median affinity": "median_affinity"},
    ),
    Panel(
        f"holdings-weighted affinity for the nearest of {NEAREST} candidates",
        {f"candidate {k}": f"approval_{k}" for k in (1, 2, 3)},
    ),
    Panel("trigger scale rho", {"rho": "lever.rho"}, scale="log", levers=True),
    Panel("sentiment", {"sentiment": "sentiment"}, limits=(0.0, 1.0)),
)
