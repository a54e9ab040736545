"""The simulation's clock, levers and resets, on an economy one can follow by hand."""

from typing import Any

import pytest
import torch

from agents.library import record
from envs.core.actions import Increments
from envs.core.chance import Expected, Paired
from envs.core.library import Library
from envs.core.scenario import CALM
from envs.core.simulation import Run, Simulation, Transition

from .tank import Tank, simulation

HALF = torch.full((2, 1), 0.5)  # tap 2.5 litres


def running(run: Simulation) -> Run:
    assert run.run is not None
    return run.run


def test_a_command_is_held_within_the_slew_limit() -> None:
    run = simulation(interval=4)
    run.reset(0)
    transition = run.act(HALF)
    taps = [1.5, 2.0, 2.5, 2.5]
    assert running(run).state.level.tolist() == [10.0 + sum(taps)] * 2
    assert running(run).positions["tap"].tolist() == [2.5, 2.5]
    assert running(run).state.time.tolist() == [4, 4]
    held = sum(1.0 - max(0.0, level - 12.0) / 10.0 for level in (11.5, 13.5, 16.0, 18.5)) / 4
    still = 1.0 / 4
    assert transition.terms["held"][0].item() == pytest.approx(held)
    assert transition.terms["still"][0].item() == pytest.approx(still)
    assert transition.reward[0].item() == pytest.approx((3 * held + still) / 4)


def test_actions_beyond_one_are_clipped_and_levers_stay_in_range() -> None:
    run = simulation(horizon=100, interval=20)
    run.reset(0)
    run.act(torch.tensor([[9.0], [-9.0]]))
    assert running(run).positions["tap"].tolist() == [4.0, 0.0]


def test_increments_move_by_a_share_of_the_reach() -> None:
    run = simulation(interval=2, action_map=Increments)
    run.reset(0)
    run.act(torch.tensor([[1.0], [-0.5]]))
    assert running(run).positions["tap"].tolist() == [2.0, 0.5]


def test_step_takes_physical_values() -> None:
    run = simulation()
    run.reset(0)
    run.step({"tap": torch.tensor([1.25, 3.0])})
    assert running(run).positions["tap"].tolist() == [1.25, 1.5]
    with pytest.raises(ValueError, match="levers are \\['top'\\]; they must be \\['tap'\\]"):
        run.step({"top": torch.ones(2)})


def test_delay_holds_commands_back() -> None:
    run = simulation(delay=2)
    run.reset(0)
    seen = []
    for action in (1.0, 0.0, 0.0, 0.0):
        run.act(torch.full((2, 1), action))
        seen.append(running(run).positions["tap"][0].item())
    assert seen == [1.0, 1.0, 1.5, 1.0]


def test_horizon_truncates_also_inside_a_decision() -> None:
    """Ten steps in decisions of four: the third has two steps, and averages over these alone."""
    run = simulation(interval=4, autoreset=False)
    run.reset(0)
    ends = [run.act(torch.zeros(2, 1)) for _ in range(3)]
    assert [bool(end.truncated.any()) for end in ends] == [False, False, True]
    assert not bool(ends[-1].terminated.any())
    assert running(run).state.time.tolist() == [10, 10]
    assert running(run).state.level.tolist() == [20.0, 20.0]
    held = sum(1.0 - (level - 12.0) / 10.0 for level in (19.0, 20.0)) / 2
    assert ends[-1].terms["held"][0].item() == pytest.approx(held)


def test_collapse_terminates_and_freezes() -> None:
    run = simulation(interval=4, scenario="burst", onset=2, autoreset=False)
    run.reset(0)
    end = run.act(torch.zeros(2, 1))
    assert bool(end.terminated.all())
    assert not bool(end.truncated.any())
    assert running(run).state.time.tolist() == [3, 3]
    assert end.terms["held"][0].item() == pytest.approx(2 / 3)


def test_autoreset_keeps_the_final_observation() -> None:
    run = simulation(horizon=3, scenario="calm")
    run.reset(5)
    last = [run.act(torch.zeros(2, 1)) for _ in range(3)][-1]
    assert bool(last.truncated.all())
    assert last.final_observation.flatten().tolist() == pytest.approx([0.13, 0.13])
    assert last.observation.flatten().tolist() == pytest.approx([0.10, 0.10])
    assert last.sensors["level"].tolist() == [10.0, 10.0]
    after = run.act(torch.zeros(2, 1))
    assert not bool(after.truncated.any())
    assert torch.equal(after.final_observation, after.observation)
    assert running(run).episode.tolist() == [1, 1]
    assert running(run).seed.tolist() == [5, 6]


def test_sensors_of_a_past_decision_are_refused() -> None:
    run = simulation(horizon=5)
    run.reset(0)
    past = run.act(torch.zeros(2, 1))
    run.act(torch.zeros(2, 1))
    with pytest.raises(RuntimeError, match="ask before the next"):
        past.sensors  # noqa: B018


def test_cut_truncates_after_decisions() -> None:
    run = simulation(cut=2)
    run.reset(0)
    assert [bool(run.act(torch.zeros(2, 1)).truncated.any()) for _ in range(4)] == [False, True, False, True]


def test_only_ended_environments_begin_anew() -> None:
    run = simulation(onset=0, scenario=["calm", "burst"])
    run.reset(0, scenario=torch.tensor([0, 2]))
    run.act(torch.zeros(2, 1))
    assert running(run).episode.tolist() == [0, 1]
    assert running(run).state.time.tolist() == [1, 0]


def test_shaping_stands_apart_from_the_score() -> None:
    def reward(**options: Any) -> Transition:
        run = simulation(**options)
        run.reset(0)
        return run.act(torch.zeros(2, 1))

    plain, shaped = reward(), reward(shaping=1.0)
    assert (shaped.reward - plain.reward).tolist() == pytest.approx([-0.1, -0.1])
    assert all(torch.equal(shaped.terms[name], plain.terms[name]) for name in plain.terms)


def test_windows_series_and_prescribed_onsets() -> None:
    run = simulation(batch=3, autoreset=False)
    run.reset(0, scenario=torch.tensor([1, 1, 4]), onset=torch.tensor([0, 4, 2]))
    leaks = []
    for _ in range(8):
        run.act(torch.zeros(3, 1))
        leaks.append(running(run).state.leak.tolist())
    assert [row[0] for row in leaks] == [0, 1, 1, 1, 0, 0, 0, 0]
    assert [row[1] for row in leaks] == [0, 0, 0, 0, 0, 1, 1, 1]
    assert [row[2] for row in leaks] == [0, 0, 0.25, 0.5, 0.5, 0.5, 0.5, 0.5]


def test_noise_is_a_stationary_process_for_its_scenario_alone() -> None:
    run = simulation(batch=4000, horizon=100, scenario=["gusts"])
    run.reset(0, scenario=(torch.arange(4000) % 2) * 3)
    for _ in range(40):
        run.act(torch.zeros(4000, 1))
    noise = running(run).noise["storm"]
    assert bool((noise[::2] == 0.0).all())
    assert noise[1::2].std().item() == pytest.approx(0.5, rel=0.08)  # five deviations of 2000 draws
    assert abs(noise[1::2].mean().item()) < 0.06


def test_scenarios_and_onsets_are_drawn_evenly() -> None:
    run = simulation(batch=9000, scenario=["calm", "leak", "gusts"], onset=(2, 6))
    run.reset(3)
    counts = torch.bincount(running(run).scenario, minlength=5).tolist()
    assert counts[2] == counts[4] == 0
    assert all(abs(counts[i] - 3000) < 225 for i in (0, 1, 3))  # five deviations
    assert running(run).onset.unique().tolist() == [2, 3, 4, 5]


def test_show_scenario_appends_it() -> None:
    run = simulation(show_scenario=True, scenario="leak", onset=5)
    sensors = run.reset(0)
    observation = run.observe(sensors, running(run))
    assert run.observation_labels == ("level", "calm", "leak", "burst", "gusts", "diary", "since_onset")
    assert len(run.observation_limits) == 7
    assert observation[0].tolist() == pytest.approx([0.1, 0, 1, 0, 0, 0, -5 / 365])


def test_randomised_parameters_are_drawn_for_every_episode() -> None:
    run = simulation(batch=500, horizon=2, randomise={"start": (0.5, 2.0)})
    first = run.reset(0)["level"].clone()
    assert 5.0 <= first.min().item() < 6.0
    assert 18.0 < first.max().item() <= 20.0
    small = simulation(batch=3, horizon=2, randomise={"start": (0.5, 2.0)})
    assert torch.equal(small.reset(0)["level"], first[:3])
    run.act(torch.zeros(500, 1))
    second = run.act(torch.zeros(500, 1)).sensors["level"]
    assert not torch.equal(first, second)
    assert torch.equal(run.reset(0)["level"], first)


def test_the_score_judges_the_plant_that_runs() -> None:
    run = simulation(batch=2, randomise={"start": (2.0, 2.0)})
    run.reset(0)
    run.act(-torch.ones(2, 1))
    assert run.act(-torch.ones(2, 1)).costs["above_start"].tolist() == [1.0, 1.0]
    for _ in range(3):
        after = run.act(-torch.ones(2, 1))
    assert after.costs["above_start"].tolist() == [1.0, 1.0]


def drive(sensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {"tap": torch.full_like(sensors["level"], 2.0)}


def test_library_resets_begin_along_recorded_runs() -> None:
    recorded = simulation(batch=50, scenario=["calm", "gusts"], onset=(0, 10))
    runs = record(recorded, drive, seed=0, every=2)
    assert runs.seed.shape[0] == 250
    library = Library(runs, launch_share=0.25, ahead_share=1.0, ahead=3, ahead_from=4)
    run = simulation(batch=4000, reset="library", library=library, onset=(0, 10))
    run.reset(1)
    time = running(run).state.time
    assert set(time.tolist()) == {0, 2, 4, 6, 8}
    launched = (time == 0).double().mean().item()
    assert launched == pytest.approx(0.25 + 0.75 / 5, abs=0.04)  # five deviations
    soon = (time >= 4) & (running(run).onset > time)
    assert bool((running(run).onset[soon] - time[soon] < 3).all())
    assert running(run).seed.tolist() == list(range(1, 4001))
    assert running(run).decisions.max().item() == 0
    few = simulation(batch=3, reset="library", library=library, onset=(0, 10))
    few.reset(1)
    assert torch.equal(running(few).state.level, running(run).state.level[:3])


def test_a_chance_of_ones_own_reaches_the_economy() -> None:
    run = simulation(chance=Expected(2))
    run.reset(0)
    run.act(torch.zeros(2, 1))
    assert running(run).state.draw.tolist() == [0.5, 0.5]
    run = simulation()
    run.reset(torch.tensor([9, 4]))
    run.act(torch.zeros(2, 1))
    wanted = Paired(torch.tensor([9, 4])).at(torch.zeros(2, dtype=torch.int64)).uniform("draw")
    assert torch.equal(running(run).state.draw, wanted)


def test_resetting_without_a_seed_leaves_torch_alone() -> None:
    torch.manual_seed(3)
    simulation().reset()
    again = torch.initial_seed()
    assert again == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch": 0}, "batch is 0; it must be a whole number from 1 on"),
        ({"interval": 1.5}, "interval is 1.5; it must be a whole number from 1 on"),
        ({"horizon": 0}, "horizon is 0"),
        ({"delay": -1}, "delay is -1; it must be a whole number from 0 to 10"),
        ({"reset": "warm"}, "reset is 'warm'; it must be one of 'launch', 'library'"),
        ({"reset": "library"}, "reset='library' needs library="),
        ({"scenario": "flood"}, "unknown scenario 'flood'; there are calm, leak"),
        ({"compile": "maybe"}, "compile is 'maybe'"),
        ({"randomise": {"depth": (1, 2)}}, "depth is no numeric parameter of Tank"),
        ({"randomise": {"start": (2, 1)}}, "randomise\\['start'\\] is \\(2, 1\\); need low <= high"),
        ({"randomise": {"start": 2.0}}, "must be a pair \\(low, high\\)"),
        ({"randomise": [("start", 1, 2)]}, "randomise is .* must map parameters"),
        ({"onset": (300, 52)}, "onset is \\(300, 52\\); a range \\(low, high\\) must have low < high"),
        ({"onset": 3.5}, "onset is 3.5; it must be a whole number from 0 on"),
        ({"onset": -5}, "onset is -5"),
        ({"onset": (1, 2, 3)}, "it must be a step, or a range"),
        ({"cut": 0}, "cut is 0; it must be a whole number from 1 on"),
        ({"cut": -1}, "cut is -1"),
        ({"shaping": float("nan")}, "shaping is nan; it must be a finite number"),
        ({"shaping": "1"}, "shaping is '1'"),
        ({"scenario": []}, "scenario is \\[\\]; it must be one or several of calm, leak"),
        ({"scenario": 3}, "scenario is 3"),
        ({"scenarios": ()}, "scenarios is \\(\\); it must hold at least one Scenario"),
        ({"scenarios": (CALM, CALM)}, "scenarios holds calm more than once"),
        ({"chance": "exakt"}, "chance is 'exakt'; it must be one of 'paired', 'exact', 'expected'"),
        ({"library": 3}, "library is 3; it must be a Library"),
        ({"show_scenario": "yes"}, "show_scenario is 'yes'; it must be one of True, False"),
        ({"device": "gpu"}, "device is 'gpu', which this machine does not offer"),
        ({"randomise": {"start": (-1, 1)}}, "Tank.start is -10.0; it must be greater than 0"),
    ],
)
def test_bad_options_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=message):
        simulation(**options)


def test_stepping_before_reset_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="call reset\\(\\) before the first step"):
        simulation().act(torch.zeros(2, 1))


def test_tank_declares_what_the_test_needs() -> None:
    assert Tank().variant(start=3.0).start == 3.0
