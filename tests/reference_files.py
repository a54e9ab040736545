"""Where the reference figures lie: the folder in REFERENCE_DIR, else tests/reference."""

import os
from pathlib import Path

ROOT = Path(os.environ.get("REFERENCE_DIR") or Path(__file__).parent / "reference")


def find(economy: str, pattern: str) -> list[Path]:
    """The files of an economy's folder that match a pattern, sorted by name."""
    return sorted((ROOT / economy).glob(pattern))
