"""Trainings that begin with a clone of a rule, on both backends; actions that ask for a rule's levers."""

from pathlib import Path

import pytest
import torch
from torch import Tensor
from typing_extensions import override

from agents.controller import Constant, Controller, Sensors
from agents.network import read
from envs import TASKS
from envs.core.declarations import LeverSet
from envs.core.economy import Economy
from envs.core.task import Task
from train import ppo
from train.learning import cloning

from .trainings import BACKENDS, TASK, arguments, events

HERE = "tests.test_cloning"
ALL = [name for name in TASKS if name.startswith("tokenomics/")]


class Leaning(Controller):
    """Moves every lever with the first number of the observation: a policy can do that."""

    name, interval = "leaning", 1

    def __init__(self, task: Task) -> None:
        self.interval, self.levers = task.interval, LeverSet(task.economy.levers)
        self.sensor = next(sensor for sensor in task.economy.sensors if sensor.observed)

    @override
    def act(self, sensors: Sensors) -> dict[str, Tensor]:
        seen = self.sensor.observe(sensors[self.sensor.name]).to(torch.float64)
        at = {lever.name: lever.from_unit(0.6 * torch.tanh(seen) + 0.2) for lever in self.levers.levers}
        return self.levers.values(at)


class Inside(Constant):
    """Acts inside the economy."""

    @override
    def economy_for(self, economy: Economy) -> Economy:  # type: ignore[type-arg]
        return TASKS["tokenomics/SafeNetwork-v0"].economy


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloning, "UPDATES", 400)
    monkeypatch.setattr(cloning, "SAMPLES", 64)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_training_begins_with_a_clone(
    backend: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Actor and score are the rule's; the critic knows the returns; settings and log say so."""
    still = {"learning_rate": 1e-12, "averaging": 0.0, "log_std_init": -4.0, "net_arch": [16]}
    folder = ppo.train(
        arguments(tmp_path / "run", backend, rollouts=1, settings=still, from_rule=f"{HERE}:Leaning")
    )
    assert f"begins with a clone of {HERE}:Leaning: score " in capsys.readouterr().out
    log = events(folder)
    score, rule, error = (
        log.Scalars(f"clone/{name}")[0].value for name in ("score", "rule_score", "action_error")
    )
    assert error < 0.03
    assert score == pytest.approx(rule, abs=0.01)
    best = read(folder / "best.pt")
    assert best["training"]["held_out_score"] == pytest.approx(score, abs=1e-6)
    network = cloning.perceptron(best["network"]["inputs"], best["network"]["outputs"], (16,), "tanh")
    network.load_state_dict(
        {name[10:]: at for name, at in best["parameters"].items() if name.startswith("actor.mlp.")}
    )
    seen = torch.zeros(9, best["network"]["inputs"])
    simulation = TASK.simulation(9, compile=False, autoreset=False)
    start = simulation.observe(simulation.reset(3), simulation.run)
    seen += start
    out = network(seen) if backend == "sb3" else torch.tanh(network(seen))
    wanted = 0.6 * torch.tanh(start[:, :1]) + 0.2
    torch.testing.assert_close(out, wanted.expand_as(out), atol=0.08, rtol=0.0)
    assert '"from_rule": "tests.test_cloning:Leaning"' in (folder / "settings.json").read_text()


@pytest.mark.parametrize("backend", BACKENDS)
def test_it_is_resumed_as_it_was_trained(backend: str, tmp_path: Path) -> None:
    """A training that is cut in two is the whole one; another rule is refused."""
    rule = f"{HERE}:Leaning"
    whole = ppo.train(arguments(tmp_path / "whole", backend, rollouts=2, from_rule=rule))
    folder = ppo.train(arguments(tmp_path / "cut", backend, rollouts=1, from_rule=rule))
    with pytest.raises(
        ValueError, match=r"from_rule is 'constant'; .* was trained with 'tests.test_cloning:Le"
    ):
        ppo.train(arguments(folder, backend, rollouts=2, resume=True, from_rule="constant"))
    ppo.train(arguments(folder, backend, rollouts=2, resume=True, from_rule=rule))
    one, other = (read(path / "last.pt") for path in (whole, folder))
    assert one["training"]["decisions"] == other["training"]["decisions"]
    if backend == "sb3":  # schedules are those of the budget, which differs until the end
        assert one["parameters"].keys() == other["parameters"].keys()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"from_rule": "nobody"},
            "unknown controller 'nobody' of test/Staking-v0; there are random, constant",
        ),
        (
            {"from_rule": f"{HERE}:Inside"},
            "from_rule is .*, which acts inside the economy, where no policy can",
        ),
        ({"settings": {"from_rule": 3}}, "from_rule is 3; it must be text, or null"),
        (
            {"from_rule": "constant", "refine": Path("none.pt")},
            "--refine .* and --from-rule constant .*pass one",
        ),
    ],
)
def test_what_cannot_be_cloned_is_named(changes: dict[str, object], message: str, tmp_path: Path) -> None:
    asked = arguments(tmp_path / "run", **changes)
    asked.hyperparameters = tmp_path / "own.yml"
    asked.hyperparameters.write_text(f"{asked.task}: {{refine: {{gamma_ramp: 0.9}}}}")
    with pytest.raises(ValueError, match=message):
        ppo.train(asked)
    assert not (tmp_path / "run").exists()


def test_none_begins_anew() -> None:
    settings = {"from_rule": "constant"}
    plan = ppo.planned(arguments(Path("nowhere"), settings=settings))
    assert plan.settings.from_rule == "constant"
    assert (
        ppo.planned(arguments(Path("nowhere"), settings=settings, from_rule="none")).settings.from_rule
        is None
    )


@pytest.mark.parametrize("name", ALL)
def test_actions_are_found_that_ask_for_what_was_asked(name: str) -> None:
    """Under every action map: the recovered action commands the same positions."""
    task = TASKS[name]
    for action in task.action_maps:
        simulation = task.simulation(16, compile=False, action=action, autoreset=False)
        sensors = simulation.reset(1)
        shape = (16, len(simulation.action_map.labels))
        asked = torch.rand(shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64) * 2.0 - 1.0
        positions = simulation.positions
        wanted = simulation.action_map.command(asked, positions, sensors)
        found = simulation.action_map.recover(wanted, positions, sensors)
        assert found.shape == shape
        assert found.dtype == torch.float64
        assert float(found.abs().max()) <= 1.0
        again = simulation.action_map.command(found, positions, sensors)
        for lever, at in wanted.items():
            torch.testing.assert_close(again[lever], at, rtol=1e-9, atol=1e-9, msg=f"{action}: {lever}")
