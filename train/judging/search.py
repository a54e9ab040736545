"""The best constant, found by a cross-entropy search over the levers."""

from collections.abc import Sequence

import torch
from tqdm import tqdm

from agents.controller import Constant
from agents.seeds import SEARCH
from envs.core.declarations import LeverSet
from envs.core.simulation import Simulation
from envs.core.task import Task

from .assess import cases
from .rollout import episode_score

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
    """The constant with the best mean score over all scenarios, on seeds used for nothing else.

    Args:
        simulation: to twin, for its compiled graphs; its batch is shared out among candidates.
        draws: for each scenario in the last round, which decides; every round before has half as many.
        known: constants that compete in every round.
    """
    each = len(task.scenarios) * CASES_EACH
    batch = simulation.batch if simulation is not None else 0
    if batch % each or batch < CANDIDATES * each:
        batch = CANDIDATES * each
    if simulation is None or simulation.batch != batch:
        simulation = task.simulation(batch, autoreset=False)
    stepped = simulation.twin(reset="launch", shaping=0.0, cut=None, autoreset=False)
    candidates = batch // each
    lever_set = LeverSet(task.economy.levers)
    scenario, draw = (part.repeat(candidates) for part in cases(task, CASES_EACH))
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
        tries = max(CASES_EACH, draws >> (ROUNDS - 1 - number)) // CASES_EACH
        seeds = [SEARCH.seeds(CASES_EACH * part + draw) for part in range(tries)]
        total = torch.stack([_scores(stepped, values, first, scenario) for first in seeds]).mean(0)
        order = total.reshape(candidates, each).mean(1).argsort(descending=True)
        elite = trial[order[: max(2, int(ELITE * candidates))]]
        center, spread = elite.mean(0), elite.std(0) + 0.02
        best = trial[order[0]]
    positions = {lever.name: lever.from_unit(best[i]) for i, lever in enumerate(lever_set.levers)}
    found = {name: float(value) for name, value in lever_set.values(positions).items()}
    return Constant(task, found, "best_constant")


def _unit(lever_set: LeverSet, constant: Constant) -> torch.Tensor:
    """A constant's levers on [-1, 1], (levers,): what `Lever.from_unit` undoes."""
    units = []
    for lever in lever_set.levers:
        value = float(constant.values[lever.name])
        low, middle, high, at = (lever.position(x) for x in (lever.low, lever.neutral, lever.high, value))
        units.append((at - middle) / ((high - middle) if at > middle else (middle - low) or 1.0))
    return torch.tensor(units, dtype=torch.float64)


def _scores(
    simulation: Simulation, levers: dict[str, torch.Tensor], seed: torch.Tensor, scenario: torch.Tensor
) -> torch.Tensor:
    """Score of whole episodes under levers that never move, (B,)."""
    simulation.reset(seed, scenario)
    decisions = -(-simulation.horizon // simulation.interval)
    total = torch.zeros(simulation.batch, dtype=torch.float64)
    for _ in range(decisions):
        transition = simulation.step(levers)
        total = total + transition.reward * transition.steps
    return episode_score(total, simulation.horizon)
