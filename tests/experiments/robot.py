"""A robot arm between two boxes, in the style of cadCAD's tutorials; with cadCAD at hand, `python robot.py` writes its frame."""

from pathlib import Path
from typing import Any

INITIAL = {"box_a": 30.0, "box_b": 2.0, "moved": 0.0}
PARAMETERS = {"pace": [0.5, 1.0, 2.5], "leak": [0.01, 0.02, 0.0], "label": ["arm"]}
STEPS = 40
FILE = Path(__file__).with_name("robot.csv")


def arm(p: Any, substep: Any, history: Any, s: Any) -> dict[str, Any]:
    ahead = s["box_a"] > s["box_b"]
    return {"to_b": p["pace"] if ahead else -p["pace"]}


def people(p: Any, substep: Any, history: Any, s: Any) -> dict[str, Any]:
    return {"to_b": 0.1 * (s["timestep"] % 3)}


def box_a(p: Any, substep: Any, history: Any, s: Any, signals: Any) -> tuple[str, Any]:
    return "box_a", s["box_a"] - signals["to_b"]


def box_b(p: Any, substep: Any, history: Any, s: Any, signals: Any) -> tuple[str, Any]:
    return "box_b", s["box_b"] + signals["to_b"]


def moved(p: Any, substep: Any, history: Any, s: Any, signals: Any) -> tuple[str, Any]:
    return "moved", s["moved"] + abs(signals["to_b"])


def leaking(p: Any, substep: Any, history: Any, s: Any, signals: Any) -> tuple[str, Any]:
    assert p["label"] == "arm"
    return "box_b", s["box_b"] * (1 - p["leak"]) + 0.001 * s["timestep"]


BLOCKS = [
    {
        "policies": {"arm": arm, "people": people},
        "variables": {"box_a": box_a, "box_b": box_b, "moved": moved},
    },
    {"policies": {}, "variables": {"box_b": leaking}},
]


def balance(s: Any) -> float:
    """1 where both boxes hold as much."""
    return 1.0 - abs(s["box_a"] - s["box_b"]) / (abs(s["box_a"]) + abs(s["box_b"]))


def recorded() -> Any:
    """cadCAD's own frame of the sweep."""
    from cadCAD.configuration import Experiment
    from cadCAD.configuration.utils import config_sim
    from cadCAD.engine import ExecutionContext, ExecutionMode, Executor

    experiment = Experiment()
    asked = config_sim({"N": 2, "T": range(STEPS), "M": PARAMETERS})
    experiment.append_model(initial_state=INITIAL, partial_state_update_blocks=BLOCKS, sim_configs=asked)
    context = ExecutionContext(context=ExecutionMode().local_mode)
    rows, _, _ = Executor(exec_context=context, configs=experiment.configs).execute()
    return rows


if __name__ == "__main__":
    import pandas

    pandas.DataFrame(recorded()).to_csv(FILE, index=False)
