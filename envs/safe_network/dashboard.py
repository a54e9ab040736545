"""What the SAFE network's dashboard shows. Curves are sensors and levers; time is in days."""

from ..core.dashboard import Panel
from .interface import BAND_FILLED, CORRIDOR_FROM, CORRIDOR_FULL, CORRIDOR_UNFARMED

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
