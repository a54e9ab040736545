"""Searches on seeds used for nothing else: the best constant, and the best of a grid of gains."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from tqdm import tqdm

from agents.competition import Search
from agents.gains import Found
from agents.lever_pid import LeverPid, lever_gains, lever_searches
from agents.seeds import SEARCH
from envs.core.control import Constant
from envs.core.declarations import LeverSet
from envs.core.simulation import Simulation
from envs.core.task import Task

from .assess import cases
from .episodes import rollout

ROUNDS = 5
ELITE = 0.2
CASES_EACH = 2  # draws for each scenario that a candidate is tried on at a time
CANDIDATES = 16  # at least, for each round


def best_constant(
    task: Task,
    simulation: Simulation | None = None,
    seed: int = 0,
    draws: int = CASES_EACH,
    known: Sequence[Constant] = (),
) -> Constant:
    """The constant with the best mean score over all scenarios, by a cross-entropy search over the levers.

    Args:
        simulation: one whose compiled graphs are used; its batch is shared out among candidates.
        draws: for each scenario in the last round, which decides; every round before has half as many.
        known: constants that compete in every round.
    """
    each = len(task.scenarios) * CASES_EACH
    batch = simulation.batch if simulation is not None else 0
    if batch % each or batch < CANDIDATES * each:
        batch = CANDIDATES * each
    if simulation is None or simulation.batch != batch:
        simulation = task.simulation(batch, autoreset=False)
    stepped = simulation.sharing_graphs(reset="launch", shaping=0.0, cut=None, autoreset=False)
    candidates = batch // each
    lever_set = LeverSet(task.economy.levers)
    scenario, draw = (part.repeat(candidates) for part in cases(task, CASES_EACH, SEARCH))
    owner = torch.arange(candidates).repeat_interleave(each)
    generator = torch.Generator().manual_seed(seed)
    center = torch.zeros(len(lever_set.levers), dtype=torch.float64)
    spread = torch.full_like(center, 0.5)
    best, rivals = center, [_unit(lever_set, rival) for rival in known]
    for number in tqdm(range(ROUNDS), desc="best constant", leave=False):
        noise = torch.randn(candidates, len(center), generator=generator, dtype=torch.float64)
        trial = torch.clamp(center + spread * noise, -1.0, 1.0)
        for place, kept in enumerate([best, *rivals]):
            trial[place] = kept
        positions = {lever.name: lever.from_unit(trial[:, i]) for i, lever in enumerate(lever_set.levers)}
        values = {name: value[owner] for name, value in lever_set.values(positions).items()}
        constants = Constant(task, dict(values))
        tries = max(CASES_EACH, draws >> (ROUNDS - 1 - number)) // CASES_EACH
        seeds = [SEARCH.seeds(CASES_EACH * part + draw) for part in range(tries)]
        total = torch.stack([rollout(stepped, constants, first, scenario).scores for first in seeds]).mean(0)
        order = total.reshape(candidates, each).mean(1).argsort(descending=True)
        elite = trial[order[: max(2, int(ELITE * candidates))]]
        center, spread = elite.mean(0), elite.std(0) + 0.02
        best = trial[order[0]]
    positions = {lever.name: lever.from_unit(best[i]) for i, lever in enumerate(lever_set.levers)}
    found = {name: float(value) for name, value in lever_set.values(positions).items()}
    return Constant(task, found, "best_constant")


def _unit(lever_set: LeverSet, constant: Constant) -> Tensor:
    """A constant's levers on [-1, 1], (levers,): what `Lever.from_unit` undoes."""
    units = []
    for lever in lever_set.levers:
        value = float(constant.values[lever.name])
        low, middle, high, at = (lever.position(x) for x in (lever.low, lever.neutral, lever.high, value))
        units.append((at - middle) / ((high - middle) if at > middle else (middle - low) or 1.0))
    return torch.tensor(units, dtype=torch.float64)


@dataclass(frozen=True)
class Tried:
    """What a search of gains brought.

    Attributes:
        search: its name.
        candidates: gain → value, of each.
        scores: of each, in the same order.
    """

    search: str
    candidates: list[dict[str, float]]
    scores: list[float]

    @property
    def best(self) -> dict[str, float]:
        """The candidate of the best score, the first of equals."""
        return self.candidates[self.scores.index(max(self.scores))]


def search_gains(task: Task, searches: Sequence[Search], draws: int = CASES_EACH) -> list[Tried]:
    """Tries each grid, every candidate on the same episodes of all scenarios, one search after the other.

    Args:
        draws: episodes for each scenario.
    """
    grids = [
        [dict(zip(one.grid, values, strict=True)) for values in itertools.product(*one.grid.values())]
        for one in searches
    ]
    scenario, draw = cases(task, draws, SEARCH)
    room = max(len(grid) for grid in grids)
    simulation = task.simulation(room * len(draw), interval=1, autoreset=False)
    found: dict[str, dict[str, float]] = {}
    tried = []
    for search, grid in zip(searches, grids, strict=True):
        filled = [*grid, *[grid[-1]] * (room - len(grid))]  # the last candidate fills what room is left
        gains = {
            name: torch.tensor([one[name] for one in filled], dtype=torch.float64).repeat_interleave(
                len(draw)
            )
            for name in search.grid
        }
        with tqdm(total=task.horizon, desc=search.name, unit=task.step_unit, leave=False) as bar:
            episodes = rollout(
                simulation, search.controller(task, gains, found), SEARCH.seeds(draw.repeat(room)),
                scenario.repeat(room), progress=bar.update,
            )  # fmt: skip
        scores = episodes.scores.reshape(room, -1).mean(1)[: len(grid)].tolist()
        tried.append(Tried(search.name, grid, scores))
        found[search.name] = tried[-1].best
    return tried


def best_lever_pid(task: Task, draws: int = CASES_EACH) -> LeverPid:
    """The PID lever by lever whose gains score best, for a task that declares targets."""
    tried = search_gains(task, lever_searches(task), draws)
    found: Found = {one.search: one.best for one in tried}
    return LeverPid(task, lever_gains(task, found))
