"""Against the reference: one-step cases, initial states, and whole traces of both routes."""

from pathlib import Path

import pytest
import torch

from envs.core.chance import Replay
from envs.data_collective import DataCollective, State
from envs.data_collective.reference import columns, course, read

from ..reference_files import find
from .files import loaded, replays, rows, run, state_of, tensor

pytestmark = pytest.mark.reference

ILL_CONDITIONED = ("unpaid", "balance")  # differences of large numbers; compared at 1e-9 of the supply
EXACT = ("minted", "releases", "time")
TRACES = find("data_collective", "*.params.json")


@pytest.mark.parametrize("path", find("data_collective", "one_step/*.json"), ids=lambda path: path.stem)
def test_one_step(path: Path) -> None:
    case = loaded(path)
    economy = DataCollective(**case["params"])
    levers, shocks, draws = (
        {name: tensor(value) for name, value in case[part].items()} for part in ("levers", "shocks", "draws")
    )
    chance = Replay({name: value[None] for name, value in draws.items()})
    after = economy.step(state_of(case["before"]), levers, shocks, chance)
    assert set(case["after"]) == set(State._fields)
    for name, wanted in case["after"].items():
        assert_close(name, getattr(after, name), tensor(wanted, name), 1e-10, case["after"]["supply"])


def assert_close(name: str, ours: torch.Tensor, wanted: torch.Tensor, relative: float, supply: float) -> None:
    assert ours.shape == wanted.shape, name
    slack = 1e-9 * supply if name in ILL_CONDITIONED else 1e-12
    allowed = slack + (1e-14 if name in EXACT else relative) * wanted.abs()
    error = (ours - wanted).abs()
    assert bool((error <= allowed).all()), f"{name}: off by {float((error - allowed).max())}"


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.name.removesuffix(".params.json"))
def test_trace(path: Path) -> None:
    file, wanted = loaded(path), rows(path)
    follow(file, wanted, run(file), 1e-8 if path.name.startswith("small") else 1e-6)


@pytest.mark.parametrize(
    "path", [path for path in TRACES if path.name.startswith("small")], ids=lambda path: path.name
)
def test_injected_draws(path: Path) -> None:
    file = loaded(path)
    follow(file, rows(path), run(file, replays(path)), 1e-8)


def follow(file, wanted, states, relative: float) -> None:  # type: ignore[no-untyped-def]
    economy = read(file)
    with torch.inference_mode():
        for day, state in enumerate(states):
            row, bound = columns(economy, state), 1e-10 if day < 10 else relative
            assert set(row) == set(wanted[day])
            supply = wanted[day]["supply"]
            for name, value in row.items():
                assert_close(
                    name, value, torch.tensor([wanted[day][name]], dtype=torch.float64), bound, supply
                )
    assert day == len(wanted) - 1


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.name)
def test_initial_state(path: Path) -> None:
    file = loaded(path)
    if file["launch"] is None:
        pytest.skip("the file leaves out the initial state")
    state = next(iter(run(file)))
    for name, wanted in file["launch"].items():
        assert_close(name, getattr(state, name), tensor(wanted, name), 1e-12, file["launch"]["supply"])


def test_course_prescribes_levers_and_shocks() -> None:
    weeks = [{"gate": 100.0}, {"gate": 300.0, "inflation": 0.6}]
    conditions = course(
        {"levers_by_week": weeks, "shocks": [{"channel": "dump", "value": 0.1, "first": 2, "after_last": 4}]}
    ).conditions
    assert conditions is not None
    seen = [conditions(day, 2) for day in range(9)]
    assert [levers["gate"].tolist() for levers, _ in seen] == [[100.0] * 2] * 7 + [[300.0] * 2] * 2
    assert [float(shocks["dump"][0]) if shocks else 0.0 for _, shocks in seen] == [0.0, 0.0, 0.1, 0.1] + [
        0.0
    ] * 5
    assert "inflation" not in seen[0][0]  # neutral
    assert conditions(400, 1)[0]["inflation"].tolist() == [0.6]
