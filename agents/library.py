"""Libraries of states along baseline trajectories, to begin training episodes from."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from envs.core.library import Library
from envs.core.records import Run
from envs.core.simulation import Simulation
from envs.core.task import Task
from envs.core.tensors import map_record

from .controller import Sensors
from .registry import controller, rules


def baseline_library(
    task: Task,
    simulation: Simulation,
    names: Sequence[str] = (),
    every: int = 13,
    seed: int = 0,
    spread: float = 0.4,
    **shares: Any,
) -> Library:
    """Snapshots along the task's rules, under all its scenarios.

    Args:
        simulation: from launch, without autoreset. Its environments are shared out among the rules
            that leave the economy as it is.
        names: of the rules; by default all but `random`.
        every: decisions between snapshots.
        seed: of scenarios, onsets and spread.
        spread: the levers that a rule sets are multiplied by e^N(0, spread), fixed for a trajectory.
        shares: see `Library`.
    """
    drivers = [controller(task, name) for name in names] or [
        rule
        for rule in rules(task)
        if rule.name != "random" and rule.economy_for(task.economy) is task.economy
    ]
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(len(task.economy.levers), simulation.batch, generator=generator, dtype=torch.float64)
    gain = dict(zip(simulation.levers.names, torch.exp(spread * noise).to(simulation.device), strict=True))
    turn = torch.arange(simulation.batch, device=simulation.device) % len(drivers)
    for driver in drivers:
        driver.reset(simulation.batch, simulation.device)

    def drive(sensors: Sensors) -> dict[str, Tensor]:
        proposals = [driver.act(sensors) for driver in drivers]
        levers = proposals[0]
        for number, proposal in enumerate(proposals):
            levers = {name: torch.where(turn == number, proposal[name], levers[name]) for name in levers}
        return {name: value * gain[name] for name, value in levers.items()}

    return Library(record(simulation, drive, seed, every), **shares)


def record(
    simulation: Simulation, drive: Callable[[Sensors], dict[str, Tensor]], seed: int, every: int
) -> Run:
    """Snapshots, every so many decisions, of `simulation` from reset to horizon under `drive`.

    Args:
        drive: sensors → levers, as a controller's `act`.
    """
    sensors = simulation.reset(seed)
    snapshots: list[Run] = []
    for decision in range(-(-simulation.horizon // simulation.interval)):
        if decision % every == 0:
            snapshots.append(map_record(torch.clone, simulation.run))
        sensors = simulation.step(drive(sensors)).sensors
    return map_record(lambda *leaves: torch.cat(leaves), *snapshots)
