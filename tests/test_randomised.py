"""Parameters drawn for an episode: under a scenario, under all, and by simulations that share graphs."""

from typing import Any

import pytest
import torch

from agents.library import record
from envs.bostrom.scenarios import BEHAVIOUR
from envs.bostrom.task import TASKS
from envs.core.compiling import has_compiler
from envs.core.library import Library
from envs.core.options import Options
from envs.core.scenario import CALM, Scenario
from envs.core.simulation import Simulation
from envs.core.tensors import map_record

from .tank import HoldLevel, Tank

SIZES = Scenario("sizes", "every tank is another", randomise={"start": (0.5, 2.0)})
CLOSED, OPEN = TASKS


def tanks(batch: int, **options: Any) -> Simulation:
    defaults: dict[str, Any] = {"horizon": 3, "scenarios": (CALM, SIZES), "compile": False}
    chosen = defaults | options
    device = chosen.pop("device", "cpu")
    return Simulation(Tank(), HoldLevel(), Options(**chosen), batch=batch, device=device)


def starts(run: Simulation) -> torch.Tensor:
    return torch.as_tensor(run.economy.start)  # type: ignore[attr-defined]


def under(run: Simulation) -> torch.Tensor:
    assert run.run is not None
    return run.run.scenario


def test_a_scenario_draws_and_the_others_do_not() -> None:
    run = tanks(500)
    level = run.reset(0)["level"].clone()
    sized = under(run) == 1
    assert 200 < int(sized.sum()) < 300
    assert (level[~sized] == 10.0).all()
    assert 5.0 <= level[sized].min() < 6.0
    assert 18.0 < level[sized].max() <= 20.0
    assert torch.equal(level, starts(run))
    assert torch.equal(tanks(7).reset(0)["level"], level[:7])
    assert torch.equal(
        tanks(500, scenarios=(CALM,), randomise=SIZES.randomise).reset(0)["level"][sized], level[sized]
    )


def test_a_prescribed_scenario_draws() -> None:
    run = tanks(4, scenario="calm")
    drawn = tanks(4, scenario="sizes").reset(5)["level"]
    assert torch.equal(run.reset(5, scenario=torch.tensor([1, 0, 1, 0]))["level"][::2], drawn[::2])
    assert starts(run)[1::2].tolist() == [10.0, 10.0]
    assert run.reset(5)["level"].tolist() == [10.0] * 4


def test_every_episode_draws_and_the_others_are_left_alone() -> None:
    run = tanks(2, scenario="sizes", cut=None)
    run.reset(0)
    first = starts(run).clone()
    assert run.run is not None
    later = run.run._replace(state=run.run.state._replace(time=torch.tensor([0, 1])))
    run.resume(later, None)
    for _ in range(2):
        run.act(torch.zeros(2, 1))
    assert starts(run)[0] == first[0]
    assert starts(run)[1] != first[1]
    assert run.run.episode.tolist() == [0, 1]
    again = tanks(2, scenario="sizes")
    again.reset(0)
    assert torch.equal(again.reset()["level"][1], starts(run)[1])


def test_ones_own_factors_take_the_place_of_the_scenarios() -> None:
    run = tanks(3, randomise={"start": (3.0, 3.0)})
    assert run.reset(0, scenario=torch.tensor([0, 1, 1]))["level"].tolist() == [30.0] * 3


def test_twins_meet_their_own_parameters() -> None:
    """They share buffers; who goes on after the other still scores by its own."""
    alone, first = tanks(8, scenario="sizes"), tanks(8, scenario="sizes")
    second = first.sharing_graphs()
    for run in (alone, first):
        run.reset(1)
    wanted = starts(alone).clone()
    second.reset(2)
    assert not torch.equal(starts(first), wanted)
    transition = first.act(torch.zeros(8, 1))
    assert torch.equal(starts(first), wanted)
    second.reset(2)
    assert torch.equal(transition.sensors["level"], alone.act(torch.zeros(8, 1)).sensors["level"])
    assert torch.equal(starts(first), wanted)


def test_a_resumed_run_and_a_library_keep_scenario_and_parameters_together() -> None:
    run = tanks(64)
    run.reset(4)
    kept, wanted = run.run, starts(run).clone()
    run.reset(9)
    run.resume(kept, None)
    run.act(torch.zeros(64, 1))
    assert torch.equal(starts(run), wanted)

    snapshots = record(tanks(64), lambda sensors: {"tap": sensors["level"] * 0.0 + 1.0}, seed=0, every=1)
    run = tanks(64, reset="library", library=Library(snapshots, launch_share=0.2))
    run.reset(1)
    assert ((starts(run) == 10.0) == (under(run) == 0)).all()
    assert 10 < int(under(run).sum()) < 54


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ({"depth": (1, 2)}, "depth is no numeric parameter of Tank"),
        ({"start": (2, 1)}, "randomise\\['start'\\] is \\(2, 1\\)"),
        ({"start": (-1, 1)}, "Tank.start is -10.0; it must be greater than 0"),
    ],
)
def test_what_a_scenario_may_not_draw_is_named(factors: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tanks(2, scenarios=(Scenario("bad", "", randomise=factors),))


def test_frozen_parameters_are_refused_to_scenarios_too() -> None:
    bad = Scenario("bad", "", randomise={"initial_agents_count": (0.9, 1.1)})
    with pytest.raises(ValueError, match="initial_agents_count must not be randomised"):
        CLOSED.simulation(2, scenarios=(bad,))


def test_draws_stay_within_the_range_and_off_stays_off() -> None:
    changed = {"claimed_at_activation_share": 1.0, "bonding_cap": None}
    run = CLOSED.simulation(64, economy=changed, scenario="behaviour", compile=False)
    run.reset(0)
    share = torch.as_tensor(run.economy.claimed_at_activation_share)
    assert 0.8 < float(share.min()) < 0.9
    assert float(share.max()) == 1.0
    assert run.economy.bonding_cap is None


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_people_of_bostrom_are_the_same_in_any_batch_and_as_published_elsewhere(task: Any) -> None:
    names = task.scenarios[-1].randomise
    rows = []
    for batch in (1, 7, 512):
        run = task.simulation(batch, compile=False, horizon=150)
        run.reset(3, scenario=torch.full((batch,), len(task.scenarios) - 1))
        for _ in range(3):
            transition = run.act(torch.zeros(batch, 5))
        drawn = torch.stack([getattr(run.economy, name) for name in names])
        rows.append(torch.cat([drawn, transition.observation.T.to(torch.float64)]))
    assert torch.equal(rows[0], rows[2][:, :1])
    assert torch.equal(rows[1], rows[2][:, :7])
    assert (rows[2][: len(names)].std(1) > 0.0).all()

    fixed = task.under("calm").simulation(7, compile=False)
    mixed = task.simulation(7, compile=False)
    fixed.reset(3)
    mixed.reset(3, scenario=torch.tensor([0, 0, len(task.scenarios) - 1, 0, 0, 0, 0]), onset=fixed.run.onset)
    for _ in range(3):
        transitions = [run.act(torch.full((7, 5), 0.3)) for run in (fixed, mixed)]
    calm = torch.tensor([0, 1, 3, 4, 5, 6])
    for name, value in transitions[0].sensors.items():
        assert torch.equal(value[calm], transitions[1].sensors[name][calm]), name
    assert not torch.equal(*(one.sensors["demand"] for one in transitions))


@pytest.mark.slow
@pytest.mark.skipif(not has_compiler(), reason="no C++ compiler on the path")
@pytest.mark.parametrize("randomise", [{}, BEHAVIOUR], ids=["scenario", "always"])
def test_compiled_bostrom_equals_eager(randomise: Any) -> None:
    """Under all scenarios at once, across the end of an episode."""
    eager, compiled = (
        CLOSED.simulation(64, horizon=300, randomise=randomise, compile=choice) for choice in (False, True)
    )
    for run in (eager, compiled):
        run.reset(3, scenario=torch.arange(64) % len(CLOSED.scenarios))
    generator = torch.Generator().manual_seed(0)
    for _ in range(15):
        action = 2.0 * torch.rand(64, 5, generator=generator) - 1.0
        first, second = (run.act(action).reward for run in (eager, compiled))
        torch.testing.assert_close(first, second, rtol=1e-12, atol=1e-12)

    def near(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)
        return a

    assert eager.run is not None
    assert eager.run.episode.tolist() == [1] * 64
    map_record(near, eager.run, compiled.run)
