"""Declared ranges are ranges that the equations bear: at their ends, between them, and all at once."""

from dataclasses import Field, fields
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from envs import TASKS, task_of
from envs.core.economy import Economy
from envs.core.simulation import Simulation, Transition

EVERY_TASK = pytest.mark.parametrize("name", sorted(TASKS))
ONE_OF_EACH_ECONOMY = sorted({type(TASKS[name].economy): name for name in sorted(TASKS)}.values())
DECISIONS, COMBINATIONS = 50, 48
NEAR = 1e-3  # of the default, for an end that does not itself belong to the range
WIDE = 4.0  # times the default, where a range has no end


def ends(declared: Field[Any], default: float) -> tuple[float, float]:
    """Lowest and highest value to try; where there is no end, one that lies far from the default."""
    rule = declared.metadata
    low, above, high = rule["low"], rule["above"], rule["high"]
    if low is None:
        low = default / WIDE if above is None else above + NEAR * abs(default - above)
    return low, (max(default, low, 1.0 / WIDE) * WIDE if high is None else high)


def numbers(economy: Economy[Any]) -> dict[str, tuple[float, float, float]]:
    """Parameters that may differ between environments: lowest, default and highest."""
    found = {}
    for declared in fields(economy):  # type: ignore[arg-type]
        value = getattr(economy, declared.name)
        free = "doc" in declared.metadata and not declared.metadata["fixed"]
        if free and isinstance(value, float) and not isinstance(declared.default, int):
            low, high = ends(declared, value)
            found[declared.name] = (low, value, high)
    return found


def rows(economy: Economy[Any]) -> list[dict[str, float]]:
    """Every number at and between the ends of its range, alone and in combination; without what is refused."""
    known, draw = numbers(economy), np.random.default_rng(0)
    tried = [{}]
    for name, (low, value, high) in known.items():
        tried += [{name: x} for x in (low, (low + value) / 2, (value + high) / 2, high)]
    for i in range(COMBINATIONS):
        share = (1.0, 0.5, 0.1)[i % 3]  # of the parameters, the others staying at their defaults
        chosen = [name for name in known if draw.random() < share]
        at = {name: draw.choice([0.0, 1.0, draw.random()]) for name in chosen}
        tried.append({name: known[name][0] + x * (known[name][2] - known[name][0]) for name, x in at.items()})
    return [row for row in tried if accepted(economy, row)]


def accepted(economy: Economy[Any], row: dict[str, Any]) -> bool:
    """Whether the economy takes these values."""
    try:
        economy.variant(**row)
    except ValueError:
        return False
    return True


def shaping(economy: Economy[Any]) -> list[dict[str, Any]]:
    """Every other parameter at its ends or its choices, one by one."""
    tried: list[dict[str, Any]] = []
    for declared in fields(economy):  # type: ignore[arg-type]
        rule, value = declared.metadata, getattr(economy, declared.name)
        if "doc" not in rule:
            continue
        if rule["choices"]:
            tried += [{declared.name: word} for word in rule["choices"] if word != value]
        elif isinstance(value, bool):
            tried.append({declared.name: not value})
        elif isinstance(value, int) or (rule["fixed"] and isinstance(value, float)):
            low, high = ends(declared, value)
            kind = type(value)
            tried += [{declared.name: kind(x)} for x in (low, (low + value) / 2, min(high, 2 * value))]
    return [row for row in tried if accepted(economy, row)]


def figures(simulation: Simulation, transition: Transition) -> dict[str, Tensor]:
    """Everything that a decision shows, (B,) each."""
    state = simulation.last.state  # type: ignore[union-attr]
    seen = dict(zip(simulation.observation_labels, transition.final_observation.double().T, strict=True))
    groups = {
        "": {"reward": transition.reward},
        "observation": seen,
        "term": transition.terms,
        "cost": transition.costs,
        "metric": simulation.economy.metrics(state),
        "ledger": simulation.economy.ledger(state),
    }
    return {f"{kind} {name}": value for kind, group in groups.items() for name, value in group.items()}


def lived(simulation: Simulation, rows: list[dict[str, Any]]) -> set[str]:
    """What was not finite in 50 decisions by random actions, with the parameters that it happened under."""
    simulation.reset(0)
    found = set[str]()
    generator = torch.Generator().manual_seed(0)
    shape = (simulation.batch, len(simulation.action_map.labels))
    for _ in range(DECISIONS):
        action = 2.0 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1.0
        shown = figures(simulation, simulation.act(action))
        bad = ~torch.isfinite(torch.stack(list(shown.values())))
        names = list(shown)
        found |= {f"{names[n]}: {rows[i]}" for n, i in bad.nonzero().tolist()}
    return found


@pytest.mark.slow
@EVERY_TASK
def test_numbers_within_their_ranges_stay_finite(name: str) -> None:
    task = task_of(name)
    tried = rows(task.economy)
    assert len(tried) > len(numbers(task.economy))
    columns = {
        one: torch.tensor([row.get(one, value) for row in tried], dtype=torch.float64)
        for one, (_, value, _) in numbers(task.economy).items()
    }
    simulation = task.simulation(len(tried), economy=columns, compile=False, horizon=10**6)
    found = lived(simulation, tried)
    assert not found, f"{len(found)}: " + "\n".join(sorted(found)[:20])


@pytest.mark.slow
@pytest.mark.parametrize("name", ONE_OF_EACH_ECONOMY)
def test_what_shapes_the_program_keeps_it_finite(name: str) -> None:
    task = task_of(name)
    for row in shaping(task.economy):
        simulation = task.simulation(2, economy=row, compile=False, interval=1)
        found = lived(simulation, [row, row])
        assert not found, "\n".join(sorted(found)[:20])


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("SafeNetworkBidding", {"group": 1}, "group is 1; it must be at least 2"),
        ("SafeNetworkBidding", {"rw_window": 0.5}, "rw_window is 0.5; it must be at least 1"),
        ("SafeNetwork", {"fiat_window": 0.4}, "fiat_window is 0.4; it must be at least 1"),
        ("Bostrom", {"timesteps_per_year": 1.0}, "timesteps_per_year is 1.0; it must be at least 12.0"),
        ("ConvictionVoting", {"funds0": 0.0}, "funds0 is 0.0; it must be greater than 0.0"),
        ("ConvictionVoting", {"proposal_slots": 2}, "proposals0 is 3; proposal_slots is 2, and no more"),
        ("ConvictionVoting", {"participants0": 500.0}, "participants0 is 500; participant_slots is 160"),
    ],
)
def test_what_no_equation_bears_is_refused(name: str, parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        task_of(f"tokenomics/{name}-v0").simulation(1, economy=parameters)


def test_few_slots_are_slots_too() -> None:
    """Fewer proposals than the sensors of the nearest ones: those that there are not read 0."""
    one = {"proposal_slots": 1, "proposals0": 1, "participant_slots": 1, "participants0": 1.0}
    simulation = task_of("tokenomics/ConvictionVoting-v0").simulation(2, economy=one, compile=False)
    assert not lived(simulation, [one, one])


def test_nobody_loses_more_than_they_hold() -> None:
    away = {"holdings_gain": 1.0, "sensitivity": 3.0, "sentiment": 1.0, "engagement": 1.0}
    simulation = task_of("tokenomics/ConvictionVotingSeed-v0").simulation(4, economy=away, compile=False)
    lived(simulation, [away] * 4)
    assert float(simulation.run.state.holdings.min()) >= 0.0  # type: ignore[union-attr]


def test_without_coins_the_bonded_share_is_none() -> None:
    empty = {f"initial_boot_{kind}_supply": 0.0 for kind in ("liquid", "frozen", "bonded")}
    simulation = task_of("tokenomics/Bostrom-v0").simulation(2, economy=empty, compile=False, interval=1)
    assert not lived(simulation, [empty, empty])
