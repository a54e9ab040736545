"""Exports a policy to ONNX, with the scaling of its observations inside.

    python -m train.export --policy results/runs/SafeNetwork-v0/ppo_rsl_rl_0/best.pt --out policy.onnx

Input `sensors` (B, O) float64: the observed sensors' readings in their units, in the order of the
environment's page. Output `action` (B, A) float32 in [-1, 1], which the task's action_map takes.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import tyro

from agents.network import Scaled
from agents.policy import load
from envs import task_of
from envs.core.task import Task


@dataclass
class Arguments:
    """Export a policy to ONNX."""

    policy: Path
    """Policy of train.ppo."""
    out: Path = Path("policy.onnx")
    """File to write."""
    task: str = "tokenomics/SafeNetwork-v0"
    """Id of the task."""


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
    partial = out.with_name(f".{out.name}.part")
    onnx.save(model, partial)
    partial.replace(out)


def main() -> None:
    """Command line."""
    arguments = tyro.cli(Arguments, description=__doc__)
    try:
        export(task_of(arguments.task), arguments.policy, arguments.out)
    except ValueError as error:
        sys.exit(f"train.export: {error}")
    except ImportError as error:
        sys.exit(f"train.export: {error.name} is missing; it comes with the extra gpu")
    print(f"wrote {arguments.out}")


if __name__ == "__main__":
    main()
