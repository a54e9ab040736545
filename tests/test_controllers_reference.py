"""The rules in closed loop against the reference: trajectories and measures."""

import json
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
import torch

from agents.controller import Constant, Controller
from agents.pid import Gains
from agents.safe_network.rules import GrowthPid, PidPair, PidPairGains, Seneca, TwoMode
from envs import TASKS
from envs.core.task import Task
from tests.reference_files import find
from train.judging.episodes import Rollout, rollout, simulation_under

pytestmark = [pytest.mark.reference, pytest.mark.slow]

TASK = TASKS["tokenomics/SafeNetwork-v0"]
NOISE_SEEDS = 8
COLUMNS = {
    "N": "vaults",
    "users": "clients",
    "f": "filled",
    "u": "unfarmed",
    "R": "reward",
    "C": "cost",
    "w": "ratio",
}
LEVERS = {"ln_mR": "lever.reward", "ln_mC": "lever.cost"}


class Team(Controller):
    """Several controllers of one economy, each on its own rows of one batch."""

    name = "team"

    def __init__(self, members: list[Controller], each: int) -> None:
        self.members, self.each = members, each

    def reset(self, batch: int, device: torch.device | str = "cpu") -> None:
        for member in self.members:
            member.reset(self.each, device)

    def act(self, sensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        parts = [
            member.act({name: value[i * self.each : (i + 1) * self.each] for name, value in sensors.items()})
            for i, member in enumerate(self.members)
        ]
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}


def pair(numbers: list[float]) -> PidPairGains:
    return PidPairGains(Gains(*numbers[:3]), Gains(*numbers[3:6]), *numbers[6:])


def controllers(given: Mapping[str, object], task: Task) -> list[Controller]:
    """The competitors, with the gains that the reference file gives."""
    growth, mode = given["growth_pid"], given["two_mode"]
    return [
        Constant(task),
        PidPair("pid", pair(given["pid"])),
        PidPair("pid_tuned", pair(given["pid_tuned"])),
        GrowthPid(
            Gains(growth["kp"], growth["ki"], growth["kd"]),
            growth["kappa"], growth["g0"], growth["ginf"], growth["tau_days"],
        ),
        TwoMode(pair(given[mode["inner"]]), mode["on"], mode["off"], mode["add_ln_mR"], mode["armed_after_day"]),
        Seneca(task, "literal"),
        Seneca(task, "proposal"),
    ]  # fmt: skip


@pytest.fixture(
    scope="module", params=find("safe_network", "control_metrics*.json"), ids=lambda path: path.stem
)
def episodes(request: pytest.FixtureRequest) -> tuple[dict, dict[str, tuple[Rollout, int]]]:
    """The reference file, and by controller its rollout and the row of its first episode.

    The episodes of a controller: one of each quiet scenario, then the noisy ones.
    """
    file = json.loads(request.param.read_text())
    task = TASK
    event = file["event_day"]
    quiet = [i for i, scenario in enumerate(task.scenarios) if not scenario.noises]
    noisy = [i for i, scenario in enumerate(task.scenarios) if scenario.noises]
    own = torch.tensor(quiet + noisy * NOISE_SEEDS)
    seeds = torch.cat([torch.zeros(len(quiet), dtype=torch.int64), torch.arange(NOISE_SEEDS)])
    groups: dict[object, list[Controller]] = {}
    for controller in controllers(file["controllers"], task):
        groups.setdefault(controller.economy_for(task.economy), []).append(controller)
    done: dict[str, tuple[Rollout, int]] = {}
    keep = (*task.recorded, *COLUMNS.values(), *LEVERS.values(), "growth", "moves")
    for members in groups.values():
        count = len(members)
        simulation = simulation_under(task, members[0], count * len(own), compile=False, horizon=file["days"])
        result = rollout(
            simulation, Team(members, len(own)), seeds.repeat(count), own.repeat(count),
            torch.full((count * len(own),), event), tuple(dict.fromkeys(keep)),
        )  # fmt: skip
        done |= {member.name: (result, i * len(own)) for i, member in enumerate(members)}
    return file, done


def test_measures(episodes: tuple[dict, dict[str, tuple[Rollout, int]]]) -> None:
    """Relative 1e-6. The file counts recovery from the onset, whatever is lost later."""
    file, done = episodes
    names = [scenario.name for scenario in TASK.scenarios if not scenario.noises]
    for controller, (result, first) in done.items():
        trace = dict(result.trace, vault_loss=torch.zeros_like(result.trace["filled"]))
        measures = TASK.measures(trace, result.onset)
        for scenario, expected in file["metrics"][controller].items():
            for measure, value in expected.items():
                if scenario in names:
                    ours = float(measures[measure][first + names.index(scenario)])
                    assert ours == pytest.approx(value, rel=1e-6, abs=1e-9), (controller, scenario, measure)


def test_noisy_measures(episodes: tuple[dict, dict[str, tuple[Rollout, int]]]) -> None:
    """Eight noise paths of ours against the mean of eight others: 15 % on the shares of time."""
    file, done = episodes
    first_noisy = sum(not scenario.noises for scenario in TASK.scenarios)
    for controller, (result, first) in done.items():
        rows = slice(first + first_noisy, first + first_noisy + NOISE_SEEDS)
        measures = TASK.measures(result.trace, result.onset)
        for scenario, expected in file["metrics"][controller].items():
            if scenario.startswith("noisy"):
                for measure in ("f_time_in_band", "u_corridor", "alive", "u_final"):
                    ours = float(measures[measure][rows].mean())
                    assert ours == pytest.approx(expected[measure], rel=0.15), (controller, measure)


@pytest.mark.parametrize("path", find("safe_network", "control_*.csv"), ids=lambda path: path.stem)
def test_trajectory(path, episodes: tuple[dict, dict[str, tuple[Rollout, int]]]) -> None:
    """Relative 1e-7 in every column; logarithms of the multipliers to 1e-7."""
    _, done = episodes
    controller, _, scenario = path.stem.removeprefix("control_").rpartition("_")
    result, first = done[controller]
    names = [scenario.name for scenario in TASK.scenarios if not scenario.noises]
    episode = first + names.index(scenario)
    table = pd.read_csv(path)
    days = table["day"].to_numpy().copy()
    trace = {name: values[:, episode].numpy()[days] for name, values in result.trace.items()}
    for column in table.columns.drop("day"):
        expected = table[column].to_numpy()
        if column in LEVERS:
            np.testing.assert_allclose(np.log(trace[LEVERS[column]]), expected, rtol=0, atol=1e-7)
        elif column in COLUMNS:
            np.testing.assert_allclose(trace[COLUMNS[column]], expected, rtol=1e-7, err_msg=column)
        elif column == "growth":
            np.testing.assert_allclose(trace["growth"] / 365.0, expected, rtol=1e-7, atol=1e-12)
