"""What Bostrom's dashboard shows. Curves are sensors and levers; time is in days."""

from ..core.dashboard import Panel
from .interface import BONDED_TARGET

PANELS = (
    Panel("BOOT supply against its path", {"supply": "supply", "path": "supply_path"}, scale="log"),
    Panel("inflation per year, with its band", {"i": "inflation"}, band=(0.03, 0.15), limits=(0.0, 0.2)),
    Panel(
        "bonded share, with its target",
        {"B/S": "bonded_share"},
        band=(BONDED_TARGET - 0.02, BONDED_TARGET + 0.02),
        limits=(0.0, 1.0),
    ),
    Panel("links per day", {"demand d": "demand", "supply V": "volts"}, scale="log"),
    Panel("a validator's revenue and cost, ETH per day", {"revenue": "revenue", "cost": "cost"}),
    Panel(
        "levers: factors, and the shift of the bonded target",
        {
            "inflation speed": "lever.inflation_speed",
            "bonded target": "lever.bonded_target_shift",
            "V minting": "lever.volt_mint_factor",
            "longest lock": "lever.longest_lock_factor",
            "commission": "lever.commission_factor",
        },
    ),
)
