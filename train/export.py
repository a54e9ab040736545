"""Export a policy to ONNX, with the scaling of its observations inside.

    python -m train export --task TASK --policy results/runs/TASK/ppo_rsl_rl_0/best.pt --out policy.onnx

Input `sensors` (B, O) float64: the observed sensors' readings in their units, in the order of the
environment's page. Output `action` (B, A) float32 in [-1, 1], which the task's action_map takes.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from agents.network import Scaled
from agents.policy import load
from envs.core.task import Task

from .command import OnTask, command
from .writing.files import file_for, whole


@dataclass(kw_only=True)
class Arguments(OnTask):
    """Export a policy to ONNX."""

    policy: Path
    """Policy of a training."""
    out: Path = Path("policy.onnx")
    """File to write."""


def scaled(task: Task, path: Path) -> Scaled:
    """The policy from readings to actions."""
    policy = load(path, task)
    network: Any = policy.network
    return Scaled(network, policy.observed).eval()


def export(task: Task, path: Path, out: Path) -> None:
    """Writes the ONNX file; what the columns are stands in its metadata."""
    import onnx  # an extra

    module = scaled(task, path)
    policy = load(path, task)
    readings = torch.ones(2, len(policy.observed), dtype=torch.float64)
    batch = {0: torch.export.Dim("batch")}
    program = torch.onnx.export(
        module, (readings,), input_names=["sensors"], output_names=["action"], dynamic_shapes=(batch,),
        dynamo=True, verbose=False,
    )  # fmt: skip
    assert program is not None
    model = program.model_proto
    about = {
        "task": task.id,
        "interval": policy.interval,
        "sensors": json.dumps([f"{sensor.name} [{sensor.unit}]" for sensor in policy.observed]),
        "actions": json.dumps(policy.action_map.labels),
    }
    onnx.helper.set_model_props(model, {name: str(value) for name, value in about.items()})
    with whole(out) as partial:
        onnx.save(model, partial)


def run(arguments: Arguments) -> None:
    """Exports and says so."""
    out = file_for(arguments.out, arguments.policy)
    export(arguments.chosen_task(), arguments.policy, out)
    print(f"wrote {out}")


main = command("export", Arguments, run, __doc__)

if __name__ == "__main__":
    sys.exit(main())
