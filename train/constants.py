"""The best constant, found by a cross-entropy search over the levers."""

import torch
from tqdm import tqdm

from agents.controller import Constant
from envs.core.declarations import LeverBank
from envs.core.simulation import Simulation
from envs.core.task import Task

from .assess import SEARCH, cases

ROUNDS = 5
ELITE = 0.2
CASES_EACH = 2  # draws for each scenario that a candidate is tried on


def best_constant(task: Task, simulation: Simulation | None = None, seed: int = 0) -> Constant:
    """The constant with the best mean score over all scenarios, on seeds used for nothing else.

    Args:
        simulation: to twin, for its compiled graphs; its batch is shared out among candidates.
    """
    each = len(task.scenarios) * CASES_EACH
    batch = simulation.batch if simulation is not None and simulation.batch % each == 0 else 16 * each
    if simulation is None or simulation.batch != batch:
        simulation = task.simulation(batch, autoreset=False)
    stepped = simulation.twin(reset="launch", shaping=0.0, cut=None, autoreset=False)
    candidates = batch // each
    bank = LeverBank(task.economy.levers)
    scenario, draw = (part.repeat(candidates) for part in cases(task, CASES_EACH))
    owner = torch.arange(candidates).repeat_interleave(each)
    generator = torch.Generator().manual_seed(seed)
    center = torch.zeros(len(bank.levers), dtype=torch.float64)
    spread = torch.full_like(center, 0.5)
    best, best_score = center, -1.0
    for _ in tqdm(range(ROUNDS), desc="best constant", leave=False):
        noise = torch.randn(candidates, len(center), generator=generator, dtype=torch.float64)
        trial = torch.clamp(center + spread * noise, -1.0, 1.0)
        trial[0] = best
        positions = {lever.name: lever.from_unit(trial[:, i]) for i, lever in enumerate(bank.levers)}
        values = {name: value[owner] for name, value in bank.values(positions).items()}
        score = _scores(stepped, values, SEARCH + draw, scenario).reshape(candidates, each).mean(1)
        order = score.argsort(descending=True)
        elite = trial[order[: max(2, int(ELITE * candidates))]]
        center, spread = elite.mean(0), elite.std(0) + 0.02
        if float(score[order[0]]) > best_score:
            best, best_score = trial[order[0]], float(score[order[0]])
    positions = {lever.name: lever.from_unit(best[i]) for i, lever in enumerate(bank.levers)}
    found = {name: float(value) for name, value in bank.values(positions).items()}
    return Constant(task, found, "best_constant")


def _scores(
    simulation: Simulation, levers: dict[str, torch.Tensor], seed: torch.Tensor, scenario: torch.Tensor
) -> torch.Tensor:
    """Mean score of whole lives under levers that never move, (B,)."""
    simulation.reset(seed, scenario)
    decisions = -(-simulation.horizon // simulation.interval)
    total = torch.zeros(simulation.batch, dtype=torch.float64)
    for _ in range(decisions):
        transition = simulation.step(levers)
        total = total + transition.reward * ~transition.terminated
    return total / decisions
