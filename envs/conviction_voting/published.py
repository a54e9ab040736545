"""The published baselines of conviction voting beside ours: totals of the suggested reward per episode.

The table is section 12's of the model's page: version 1 of the model, only rho changes, set at once and
without a slew limit, 150 runs of 100 steps and 60 of 365. Every figure is printed with its z-score, the
difference over the standard error of both.
"""

from collections.abc import Callable
from math import sqrt

import torch
from torch import Tensor

from ..core.chance import Paired, seeds_from
from ..core.model import Track, untracked
from ..core.table import Table
from .accounts import reference_columns
from .economy import ConvictionVoting
from .objective import quantities, reward_of
from .state import CANDIDATE, State, having, total
from .trigger import relative_rho

SPENT, PENALTY = 0.05, 5.0  # share of the initial treasury at which an episode ends, and what that costs
PUBLISHED_RUNS = {100: 150, 365: 60}
SLOTS = {100: (96, 48), 365: (160, 128)}
COLUMNS = ("funded", "fund", "wait", "killed", "treasury", "reward")
# (policy, parameter, steps) → the columns, as published.
PUBLISHED: dict[tuple[str, float, int], tuple[float, ...]] = {
    ("constant", 0.02, 100): (0.0, 0.00, 367, 0.7, 1.00, -0.51),
    ("constant", 0.01, 100): (1.0, 0.64, 306, 0.6, 0.98, 0.21),
    ("constant", 0.0075, 100): (3.2, 1.24, 205, 0.6, 0.93, 0.93),
    ("constant", 0.005, 100): (6.2, 0.56, 70, 0.5, 0.85, 0.41),
    ("constant", 0.0025, 100): (7.4, -0.37, 14, 0.5, 0.81, -0.46),
    ("constant", 0.001, 100): (7.5, -0.50, 5, 0.5, 0.80, -0.58),
    ("relative", 1.0, 100): (5.6, 0.98, 116, 0.5, 0.87, 0.77),
    ("relative", 1.25, 100): (4.4, 1.40, 181, 0.6, 0.90, 1.12),
    ("relative", 1.5, 100): (2.8, 1.35, 252, 0.6, 0.94, 0.98),
    ("relative", 2.0, 100): (0.9, 0.81, 334, 0.7, 0.99, 0.35),
    ("constant", 0.01, 365): (1.2, 1.18, 4590, 1.8, 0.99, -3.75),
    ("constant", 0.0075, 365): (5.8, 2.50, 3446, 1.4, 0.89, -1.18),
    ("constant", 0.005, 365): (18.3, 1.89, 1100, 0.8, 0.62, 0.63),
    ("constant", 0.0025, 365): (23.5, -1.05, 82, 0.7, 0.49, -1.41),
    ("relative", 1.0, 365): (19.7, 2.67, 1076, 0.9, 0.59, 1.49),
    ("relative", 1.25, 365): (15.8, 4.38, 1980, 1.1, 0.67, 2.27),
    ("relative", 1.5, 365): (10.7, 5.14, 3015, 1.4, 0.78, 1.91),
}
ROUNDING = {"funded": 0.05, "fund": 0.005, "wait": 0.5, "killed": 0.05, "treasury": 0.005, "reward": 0.005}


def threshold_of(policy: str, parameter: float) -> Callable[[State, Tensor, Tensor], Tensor]:
    """The rule (state, beta, supply) → rho, (B,)."""

    def rule(state: State, beta: Tensor, supply: Tensor) -> Tensor:
        if policy == "constant":
            return torch.full_like(state.funds, parameter)
        candidates = having(state, CANDIDATE)
        mean = total(state.conviction, candidates) / torch.clamp(candidates.sum(1), min=1)
        return relative_rho(parameter, beta, mean / supply)

    return rule


def episodes(policy: str, parameter: float, steps: int, runs: int, seed: int) -> dict[str, Tensor]:
    """Totals of every run by column, (runs,)."""
    people, proposals = SLOTS[steps]
    economy = ConvictionVoting(participant_slots=people, proposal_slots=proposals)
    chance = Paired(seeds_from(seed, runs))
    state = economy.initial(runs, chance.at(torch.full((runs,), -1)))
    levers, shocks = economy.neutral_levers(runs), economy.neutral_shocks(runs)
    rule = threshold_of(policy, parameter)
    sums = {name: torch.zeros(runs, dtype=torch.float64) for name in ("fund", "wait", "reward")}
    going = torch.ones(runs, dtype=torch.bool)
    for _ in range(steps):
        levers["rho"] = rule(state, levers["beta"], state.supply)
        before, state = state, economy.step(state, levers, shocks, chance.at(state.time))
        terms = quantities(economy, before, state)
        spent = going & (state.funds < SPENT * economy.funds0)
        reward = reward_of(terms) - PENALTY * spent
        for name, value in (("fund", terms["fund"]), ("wait", -terms["wait"]), ("reward", reward)):
            sums[name] = sums[name] + torch.where(going, value, 0.0)
        going = going & ~spent
    if int(state.overflow.sum()):
        raise RuntimeError(f"{int(state.overflow.sum())} arrivals found no slot; raise SLOTS")
    row = reference_columns(state)
    ends = {
        "funded": row["accepted_count"],
        "killed": row["killed_count"],
        "treasury": state.funds / economy.funds0,
    }
    return sums | ends


def compare(
    policy: str, parameter: float, steps: int, runs: int, seed: int
) -> dict[str, tuple[float, float, float]]:
    """Column → our mean, the published one, and the z-score of their difference."""
    ours = episodes(policy, parameter, steps, runs, seed)
    table = {}
    for name, theirs in zip(COLUMNS, PUBLISHED[policy, parameter, steps], strict=True):
        values = ours[name]
        spread = float(values.std()) * sqrt(1.0 / runs + 1.0 / PUBLISHED_RUNS[steps])
        gap = max(abs(float(values.mean()) - theirs) - ROUNDING[name], 0.0)
        table[name] = (
            float(values.mean()),
            theirs,
            gap / spread if spread > 0.0 else (0.0 if gap == 0.0 else 1e9),
        )
    return table


def table(track: Track = untracked) -> Table:
    """Every published total beside ours, over as many runs, with the z-score of the difference."""
    rows = []
    for policy, parameter, steps in track(PUBLISHED, "policies", len(PUBLISHED)):
        found = compare(policy, parameter, steps, PUBLISHED_RUNS[steps], 0)
        cells = [f"{ours:.2f} / {theirs:g} ({z:.1f})" for ours, theirs, z in found.values()]
        rows.append((policy, f"{parameter:g}", steps, *cells))
    head = ("policy", "parameter", "steps", *COLUMNS)
    return Table(head, tuple(rows), NOTES)


NOTES = (
    "Every cell: ours / published (z), z the difference over the standard error of both, less what rounding hides.",
    "Version 1 of the model; only rho changes, set at once and without a slew limit; "
    + ", ".join(f"{runs} runs of {steps} steps" for steps, runs in PUBLISHED_RUNS.items())
    + ".",
    "constant: rho itself; relative k: a typical request passes when it has k times the average conviction.",
)
