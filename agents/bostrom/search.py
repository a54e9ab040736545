"""Searches the settings of Bostrom's rules on episodes that nothing is scored on.

    python -m agents.bostrom.search

Tries a grid for one rule after the other, each candidate on the same episodes: every scenario, with the seeds
and onsets that best constants are searched on. What it prints stands in agents/bostrom.py.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import tyro
from torch import Tensor
from tqdm import tqdm

from agents.bostrom.rules import BostromPid, Inflation
from agents.controller import Controller
from agents.pid import Gains
from agents.seeds import SEARCH
from envs import task_of
from envs.core.simulation import Simulation
from train.judging.assess import cases
from train.judging.rollout import rollout

RATES = [0.05 + 0.0025 * i for i in range(12)]  # 1/year
SUPPLY = ((0.1, 0.2, 0.4, 0.8), (0.0, 0.05, 0.1))  # proportional, integral
SCARCITY = ((2.0, 4.0, 8.0, 16.0), (0.0, 1.0, 4.0))


@dataclass
class Arguments:
    """Search the settings of Bostrom's rules."""

    task: str = "tokenomics/Bostrom-v0"
    """Id of the task."""
    draws: int = 2
    """Episodes for each scenario that a candidate is tried on."""


def scores(simulation: Simulation, controller: Controller, cases: tuple[Tensor, Tensor]) -> Tensor:
    """Mean score of each candidate, whose episodes lie together."""
    scenario, draw = cases
    candidates = simulation.batch // len(draw)
    with tqdm(total=simulation.horizon, desc=controller.name, leave=False) as bar:
        episodes = rollout(
            simulation, controller, SEARCH.seeds(draw.repeat(candidates)), scenario.repeat(candidates),
            progress=bar.update,
        )  # fmt: skip
    return episodes.scores.reshape(candidates, -1).mean(1)


def main() -> None:
    """Command line."""
    arguments = tyro.cli(Arguments, description=__doc__)
    task = task_of(arguments.task)
    episodes = cases(task, arguments.draws)
    room = max(len(RATES), *(len(p) * len(i) for p, i in (SUPPLY, SCARCITY)))
    simulation = task.simulation(room * len(episodes[0]), interval=1, autoreset=False)

    def spread(values: Sequence[float]) -> Tensor:
        """One value for each episode; the last candidate fills what room is left."""
        filled = [*values, *[values[-1]] * (room - len(values))]
        return torch.tensor(filled, dtype=torch.float64).repeat_interleave(len(episodes[0]))

    def grid(ends: tuple[Sequence[float], Sequence[float]]) -> tuple[list[tuple[float, float]], Gains]:
        pairs = list(itertools.product(*ends))
        return pairs, Gains(*(spread([pair[part] for pair in pairs]) for part in (0, 1)))

    def report(label: str, candidates: Sequence[object], score: Tensor) -> int:
        best = int(score[: len(candidates)].argmax())
        print(f"{label}: best {candidates[best]}, score {float(score[best]):.4f}", flush=True)
        for candidate, value in zip(candidates, score.tolist(), strict=False):
            print(f"    {candidate}: {value:.4f}")
        return best

    report("inflation", RATES, scores(simulation, Inflation(task, spread(RATES), "inflation"), episodes))
    pairs, supply = grid(SUPPLY)
    best = report("supply", pairs, scores(simulation, BostromPid(task, supply=supply), episodes))
    chosen = Gains(*pairs[best])
    pairs, scarcity = grid(SCARCITY)
    tried = BostromPid(task, chosen, scarcity)
    report("scarcity", pairs, scores(simulation, tried, episodes))


if __name__ == "__main__":
    main()
