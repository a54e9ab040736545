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

ROUNDS_EACH, ROUNDS = 3, 5  # rounds for each lever, and at least
ELITE = 0.2
KEPT = 0.3  # of the center and the spread of the round before
CASES_EACH = 2  # draws for each scenario that a candidate is tried on at a time
DRAWS = 8  # for each scenario in the round that decides
CANDIDATES, CANDIDATES_EACH = 16, 3  # for each round: at least, and for each lever


@dataclass(frozen=True)
class BestConstant:
    """What the search for the best constant brought.

    Attributes:
        constant: the controller that holds it.
        score: its mean on the draws that decided.
        draws: how many they were for each scenario.
        tried: candidates in all.
    """

    constant: Constant
    score: float
    draws: int
    tried: int

    def __str__(self) -> str:
        values = ", ".join(f"{name} {value:.4g}" for name, value in self.constant.values.items())
        return (
            f"best constant: {values}; {self.score:.4f} on {self.draws} draws of every scenario that nothing is "
            f"scored on, the best of {self.tried} candidates"
        )


def best_constant(
    task: Task,
    simulation: Simulation | None = None,
    seed: int = 0,
    draws: int = DRAWS,
    known: Sequence[Constant] = (),
) -> BestConstant:
    """The constant with the best mean score over all scenarios, by a cross-entropy search over the levers.

    Every round but the last has new draws, so that no candidate is liked for one draw's luck; the more levers,
    the more rounds. What the neutral levers score is never missed: they compete in every round.

    Args:
        simulation: one whose compiled graphs are used; its batch is shared out among candidates.
        draws: for each scenario in the last round, which decides; every round before has half as many.
        known: constants that compete in every round.
    """
    each, lever_set = len(task.scenarios) * CASES_EACH, LeverSet(task.economy.levers)
    rounds = max(ROUNDS, ROUNDS_EACH * len(lever_set.levers))
    fixed = [_unit(lever_set, one) for one in (Constant(task), *known)]
    least = max(CANDIDATES, CANDIDATES_EACH * len(lever_set.levers), len(fixed) + 2)
    batch = simulation.batch if simulation is not None else 0
    if batch % each or batch < least * each:
        batch = least * each
    if simulation is None or simulation.batch != batch:
        simulation = task.simulation(batch, autoreset=False)
    stepped = simulation.sharing_graphs(reset="launch", shaping=0.0, cut=None, autoreset=False)
    candidates, first = batch // each, 0
    generator = torch.Generator().manual_seed(seed)
    best = center = torch.zeros(len(lever_set.levers), dtype=torch.float64)
    spread = torch.full_like(center, 0.5)
    for left in tqdm(range(rounds - 1, -1, -1), desc="best constant", leave=False):
        noise = torch.randn(candidates, len(center), generator=generator, dtype=torch.float64)
        trial = torch.clamp(center + spread * noise, -1.0, 1.0)
        trial[: len(fixed) + 2] = torch.stack([best, center, *fixed])
        parts = max(CASES_EACH, draws >> left) // CASES_EACH
        score = torch.stack([_scores(task, stepped, trial, first + part) for part in range(parts)]).mean(0)
        first += parts
        order = score.argsort(descending=True)
        elite = trial[order[: max(2, int(ELITE * candidates))]]
        center = KEPT * center + (1.0 - KEPT) * elite.mean(0)
        spread = KEPT * spread + (1.0 - KEPT) * (elite.std(0) + 0.02)
        best = trial[order[0]]
    found = {name: float(value) for name, value in _levers(lever_set, best[None]).items()}
    constant = Constant(task, found, "best_constant")
    return BestConstant(constant, float(score.max()), parts * CASES_EACH, rounds * candidates)


def _levers(lever_set: LeverSet, units: Tensor) -> dict[str, Tensor]:
    """Levers, (n,) each, of n constants on [-1, 1], (n, levers)."""
    return lever_set.values(
        {lever.name: lever.from_unit(units[:, i]) for i, lever in enumerate(lever_set.levers)}
    )


def _scores(task: Task, simulation: Simulation, units: Tensor, part: int) -> Tensor:
    """Mean score of each of n constants on [-1, 1], (n,), over the part-th draws of every scenario."""
    scenario, draw = (one.repeat(len(units)) for one in cases(task, CASES_EACH, SEARCH))
    owner = torch.arange(len(units)).repeat_interleave(len(scenario) // len(units))
    held = {name: value[owner] for name, value in _levers(LeverSet(task.economy.levers), units).items()}
    seeds = SEARCH.seeds(CASES_EACH * part + draw)
    return (
        rollout(simulation, Constant(task, dict(held)), seeds, scenario)
        .scores.reshape(len(units), -1)
        .mean(1)
    )


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
