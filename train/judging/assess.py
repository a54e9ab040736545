"""A controller's episodes on the test seeds: the same shocks for everybody."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
import torch
from tqdm import tqdm

from agents.seeds import TEST, Block
from envs.core.control import Controller, SideBySide
from envs.core.simulation import Simulation
from envs.core.task import Task

from .episodes import Rollout, rollout, simulation_under


@dataclass(frozen=True)
class Assessment:
    """What a controller did.

    Attributes:
        name: the controller's.
        episodes: one row an episode: controller, how many steps apart it acts, scenario, draw, seed, onset, score,
            `term/…` and the task's measures.
        rollout: the trajectories; episode i is row i.
        trained: see `Controller`.
    """

    name: str
    episodes: pd.DataFrame
    rollout: Rollout
    trained: bool = False

    def shown(self, episodes: int) -> "Assessment":
        """The same with the trajectories of the first episodes alone: all of them fill the memory."""
        return replace(self, rollout=self.rollout.part(slice(episodes)))


def cases(task: Task, draws: int, seeds: Block = TEST) -> tuple[torch.Tensor, torch.Tensor]:
    """Scenario index and draw number of every episode, scenarios varying fastest.

    Raises:
        ValueError: there are no seeds for so many draws.
    """
    seeds.check(draws)
    episodes = torch.arange(len(task.scenarios) * draws)
    return episodes % len(task.scenarios), episodes // len(task.scenarios)


def curves(task: Task) -> tuple[str, ...]:
    """Sensors that the dashboard shows."""
    return tuple(dict.fromkeys(itertools.chain(*(panel.curves.values() for panel in task.dashboard))))


def assess(
    task: Task,
    controller: Controller,
    draws: int,
    simulation: Simulation | None = None,
    seeds: Block = TEST,
    record: tuple[str, ...] | None = None,
    copies: int = 1,
) -> Assessment:
    """Whole episodes of every scenario under a controller.

    Args:
        draws: episodes for each scenario; they differ in seed and, but for the first, in onset.
        simulation: of batch copies · scenarios · draws, whose compiled graphs are used.
        seeds: those of the draws.
        record: sensors to record; by default those of the measures and the dashboard, without which
            there are no measures.
        copies: of every episode, side by side, for a controller that does not treat them alike.
    """
    scenario, draw = (part.repeat(copies) for part in cases(task, draws, seeds))
    seed = seeds.seeds(draw)
    same_economy = controller.economy_for(task.economy) is task.economy
    if simulation is not None and same_economy and simulation.batch == len(draw):
        stepped = simulation.sharing_graphs(
            interval=1, reset="launch", shaping=0.0, cut=None, autoreset=False
        )
    else:
        stepped = simulation_under(task, controller, len(draw))
    drawn = torch.floor(_onsets(stepped, seed))
    onset = torch.where(draw == 0, task.evaluation_onset, drawn.to(torch.int64))
    keep = tuple(dict.fromkeys((*task.recorded, *curves(task), "moves"))) if record is None else record
    with tqdm(total=stepped.horizon, desc=f"{controller.name:>16}", unit=task.step_unit, leave=False) as bar:
        result = rollout(stepped, controller, seed, scenario, onset, keep, bar.update)
    table = {
        "controller": controller.name,
        "trained": controller.trained,
        "acts_every": controller.interval,
        "scenario": [task.scenarios[i].name for i in scenario.tolist()],
        "draw": draw.numpy(),
        "seed": seed.numpy(),
        "onset": onset.numpy(),
        "score": result.scores.numpy(),
        "steps_alive": result.alive.numpy(),
        **{f"term/{name}": value.numpy() for name, value in result.terms.items()},
    }
    if task.measures is not None and record is None:
        table |= {name: value.numpy() for name, value in task.measures(result.trace, onset).items()}
    return Assessment(controller.name, pd.DataFrame(table), result, controller.trained)


def assess_together(
    task: Task, controllers: Sequence[Controller], draws: int, record: tuple[str, ...] | None = None
) -> list[Assessment]:
    """What `assess` gives for each controller, from one batch; they must leave the economy as it is."""
    for one in controllers:
        if one.economy_for(task.economy) is not task.economy:
            raise ValueError(f"{one.name} acts inside the economy; it needs a batch of its own")
    whole = assess(task, SideBySide(controllers), draws, record=record, copies=len(controllers))
    each = len(whole.episodes) // len(controllers)
    parts = [slice(each * number, each * (number + 1)) for number in range(len(controllers))]
    return [
        Assessment(
            one.name,
            whole.episodes[part].assign(controller=one.name, acts_every=one.interval).reset_index(drop=True),
            whole.rollout.part(part),
            one.trained,
        )
        for one, part in zip(controllers, parts, strict=True)
    ]


def _onsets(simulation: Simulation, seed: torch.Tensor) -> torch.Tensor:
    simulation.reset(seed)
    run = simulation.run
    return run.onset.to(torch.float64)
