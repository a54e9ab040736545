"""Libraries of states along baseline trajectories, to begin training episodes from."""

from typing import Any

import torch

from envs.core.library import Library, record
from envs.core.task import Task
from envs.core.tensors import map_record

from .controller import Constant, Controller
from .ladder import rules


def baseline_library(
    task: Task, trajectories: int = 256, every: int = 13, seed: int = 0, spread: float = 0.4, **shares: Any
) -> Library:
    """Snapshots along the task's rules, under all its scenarios.

    Args:
        trajectories: shared evenly among the rules that leave the plant as it is.
        every: decisions between snapshots.
        seed: of scenarios and onsets; of no evaluation.
        spread: the levers that a rule sets are multiplied by e^N(0, spread), fixed for a trajectory.
        shares: see `Library`.
    """
    drivers: list[Controller] = [
        rule for rule in rules(task) if rule.name != "random" and rule.plant(task.economy) is task.economy
    ]
    each = max(1, trajectories // len(drivers))
    simulation = task.simulation(each, autoreset=False)
    generator = torch.Generator().manual_seed(seed)
    runs = []
    for number, driver in enumerate(drivers):
        driver.reset(each)
        gain = {
            lever.name: torch.exp(spread * torch.randn(each, generator=generator, dtype=torch.float64))
            for lever in task.economy.levers
        }
        plain = isinstance(driver, Constant)

        def drive(sensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
            levers = driver.act(sensors)  # noqa: B023
            return levers if plain else {name: levers[name] * gain[name] for name in levers}  # noqa: B023

        runs.append(record(simulation, drive, seed + 10_000 * number, every))
    return Library(map_record(lambda *leaves: torch.cat(leaves), *runs), **shares)
