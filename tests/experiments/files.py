"""Small designs to test with."""

from typing import Any

from train.experiments import Design, design_of

TANKS = "tests.experiments.tanks"
TASK = f"{TANKS}:tank/Leaking-v0"


def content(**changed: Any) -> dict[str, Any]:
    """What the YAML file of a design with something of everything holds."""
    return {
        "task": TASK,
        "seeds": 5,
        "scenarios": ["calm", "gusts"],
        "controllers": ["constant", f"{TANKS}:Refill"],
        "vary": [
            {"method": "grid", "levers": {"tap": [0.5, 1.5]}, "parameters": {"wood": ["oak", "pine"]}},
            {
                "method": "latin_hypercube",
                "points": 7,
                "role": "environment",
                "parameters": {"porous": {"low": 0.05, "high": 0.3}},
            },
        ],
        "figures": {
            "level_end": {"of": "level", "take": "last"},
            "dry": {"of": "level", "take": "share_within", "high": 5.0},
        },
        "goals": {"dry": {"at_most": 0.2}},
        "batch": 64,
    } | changed


def design(**changed: Any) -> Design:
    """That design."""
    return design_of(content(**changed))
