"""Policies are data: one format, nothing in it is executed, and what does not fit is refused by name."""

import io
import json
import pickle
import pickletools
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from stable_baselines3 import PPO
from torch import Tensor, nn

from agents.gains import tuned
from agents.network import PolicyNetwork, Shape, content_of, read
from agents.policy import Policy, load, made_for
from envs import TASKS
from envs.adapters.sb3 import EconomyVecEnv
from envs.core.task import Task
from train.convert import convert

SAFE = TASKS["tokenomics/SafeNetwork-v0"]
PUBLISHED = sorted(Path("results").glob("*/policies/*.pt"))
ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU, "elu": nn.ELU, "silu": nn.SiLU}


def file_of(path: Path, squash: str = "clip", **changes: Any) -> Path:
    """A policy of random parameters, with changes to the file's content."""
    shape = Shape(20, 2, (8,), "silu", squash)
    parameters = {
        f"actor.{name}": 0.3 * torch.randn_like(value)
        for name, value in PolicyNetwork(shape).state_dict().items()
    }
    content = content_of(shape, parameters, made_for(SAFE, 7, None, False), {})
    torch.save(content | changes, path)
    return path


def test_published_policies_are_tensors_and_plain_values() -> None:
    assert len(PUBLISHED) == 20
    assert not list(Path("results").glob("**/*.zip"))
    for path in PUBLISHED:
        content = torch.load(path, weights_only=True)
        policy = load(path, TASKS[content["made_for"]["task"]])
        assert policy.interval == content["made_for"]["interval"]
        with zipfile.ZipFile(path) as archive:
            (data,) = [name for name in archive.namelist() if name.endswith("data.pkl")]
            named = {arg for op, arg, _ in pickletools.genops(archive.read(data)) if op.name == "GLOBAL"}
        assert named
        assert all(str(name).startswith(("torch", "collections")) for name in named)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize("widths", [[8], [6, 5, 4]])
def test_a_converted_policy_acts_as_stable_baselines3_does(
    activation: str, widths: list[int], tmp_path: Path
) -> None:
    """To the bit, for whole batches and single observations; critic and deviations come along."""
    torch.manual_seed(3)
    environment = EconomyVecEnv(SAFE.simulation(4, compile=False))
    kwargs = {"net_arch": {"pi": widths, "vf": widths}, "activation_fn": ACTIVATIONS[activation]}
    model = PPO("MlpPolicy", environment, n_steps=2, batch_size=4, policy_kwargs=kwargs)
    with torch.no_grad():
        for value in model.policy.parameters():
            value += torch.randn_like(value)
    model.save(tmp_path / "old.zip")
    path = convert(tmp_path / "old.zip", SAFE)
    policy = load(path, SAFE)
    seen = torch.randn(64, 20)
    for rows in (seen, seen[:1]):
        ours = policy.network(rows)
        assert np.array_equal(ours.detach().numpy(), model.predict(rows.numpy(), deterministic=True)[0])
        with torch.no_grad():
            assert torch.equal(policy.network.mean(rows), model.policy.get_distribution(rows).mode())  # type: ignore[attr-defined]
    stored = read(path)["parameters"]
    assert torch.equal(stored["log_std"], model.policy.log_std)
    assert torch.equal(stored[f"critic.mlp.{2 * len(widths)}.weight"], model.policy.value_net.weight)


class Bomb:
    """Runs code when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.target,)


@pytest.mark.parametrize("suffix", ["pt", "zip"])
def test_nothing_in_a_file_is_executed(suffix: str, tmp_path: Path) -> None:
    ran, path = tmp_path / "ran", tmp_path / f"bad.{suffix}"
    if suffix == "pt":
        file_of(path, training={"bomb": Bomb(ran)})
    else:
        model = PPO("MlpPolicy", EconomyVecEnv(SAFE.simulation(2, compile=False)), n_steps=2, batch_size=4)
        model.bomb = Bomb(ran)  # type: ignore[attr-defined]
        model.save(path)
    with pytest.raises(ValueError, match=r"no readable policy|python -m train convert"):
        load(path, SAFE)
    if suffix == "zip":
        assert load(convert(path, SAFE), SAFE).interval == 7
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("data", json.dumps({"made_for": {"task": SAFE.id}}))
            archive.writestr("policy.pth", pickle.dumps(Bomb(ran)))
        with pytest.raises(ValueError, match=r"bad\.zip is no readable policy of stable-baselines3"):
            convert(path)
    assert not ran.exists()


def test_a_zip_is_refused_by_a_line_that_names_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "old.zip").write_bytes(b"")
    with pytest.raises(ValueError, match=r"python -m train convert .*old\.zip makes a \.pt of it"):
        load(tmp_path / "old.zip", SAFE)


@pytest.mark.parametrize("content", [b"", b"nothing", pickle.dumps({"format": 1})])
def test_a_damaged_file_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.pt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.pt is no readable policy") as caught:
        load(path, SAFE)
    assert "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="no policy at"):
        load(tmp_path / "missing.pt", SAFE)


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    path = file_of(tmp_path / "cut.pt")
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ValueError, match=r"cut\.pt is no readable policy"):
        load(path, SAFE)


def other_levers() -> Task:
    first, *rest = SAFE.economy.levers
    economy = SAFE.economy.variant()
    object.__setattr__(economy, "levers", (replace(first, slew=0.5), *rest))
    return replace(SAFE, economy=economy)


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (
            TASKS["tokenomics/Bostrom-v0"],
            "was trained on tokenomics/SafeNetwork-v0, not on tokenomics/Bostrom",
        ),
        (replace(SAFE, economy=TASKS["tokenomics/SafeNetworkBidding-v0"].economy), "with other sensors than"),
        (other_levers(), r"with other levers than .* \['reward', .*0\.05\], now \['reward', .*0\.5\]"),
        (replace(SAFE, action_maps={"own": SAFE.action_maps["levels"]}), "with action '.*'; .* has own"),
    ],
)
def test_a_policy_of_another_task_is_refused(task: Task, words: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=words):
        load(file_of(tmp_path / "safe.pt"), task)


def test_what_the_file_declares_must_fit(tmp_path: Path) -> None:
    shape = {"inputs": 20, "outputs": 2, "widths": [9], "activation": "silu", "squash": "clip"}
    cases: list[tuple[dict[str, Any], str]] = [
        ({"network": shape}, "parameters do not fit"),
        (
            {"network": shape | {"widths": [8], "squash": "none"}},
            "squash is 'none'; it must be one of clip, tanh",
        ),
        ({"format": 99}, "no policy of this suite's format 1"),
        ({"made_for": made_for(SAFE, 7, None, True)}, "with the scenario shown"),
    ]
    for changes, words in cases:
        with pytest.raises(ValueError, match=words):
            load(file_of(tmp_path / "own.pt", **changes), SAFE)
    content = torch.load(file_of(tmp_path / "own.pt"), weights_only=True)
    content["parameters"]["actor.mlp.0.weight"][0, 0] = float("nan")
    torch.save(content, tmp_path / "nan.pt")
    with pytest.raises(ValueError, match="not finite"):
        load(tmp_path / "nan.pt", SAFE)


@pytest.mark.parametrize(("squash", "law"), [("clip", lambda x: x.clamp(-1, 1)), ("tanh", torch.tanh)])
def test_both_laws_squash_as_they_say(squash: str, law: Callable[[Tensor], Tensor], tmp_path: Path) -> None:
    network = load(file_of(tmp_path / "one.pt", squash), SAFE).network
    assert isinstance(network, PolicyNetwork)
    seen = 9.0 * torch.randn(50, 20)
    assert torch.equal(network(seen), law(network.mean(seen)))
    assert float(network(seen).abs().max()) <= 1.0


def test_the_command_converts_and_says_so(tmp_path: Path) -> None:
    model = PPO("MlpPolicy", EconomyVecEnv(SAFE.simulation(2, compile=False)), n_steps=2, batch_size=4)
    model.save(tmp_path / "a.zip")
    command = [sys.executable, "-m", "train.convert", str(tmp_path / "a.zip")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == (
        f"tokenomics-gym convert: {tmp_path / 'a.zip'} does not say for which task it was trained; pass --task\n"
    )
    done = subprocess.run(
        [*command, "--task", SAFE.id, "--out", str(tmp_path / "new")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{tmp_path / 'a.zip'} → {tmp_path / 'new' / 'a.pt'}\n"
    assert isinstance(load(tmp_path / "new" / "a.pt", SAFE), Policy)
    assert io.BytesIO((tmp_path / "new" / "a.pt").read_bytes()).getbuffer().nbytes < 100_000


ODD: list[tuple[str, str, Any, str]] = [
    ("network", "", 5, "it has no network"),
    ("network", "widths", [0], "a layer is 0 wide; it must be a whole number from 1 to 65536"),
    ("network", "widths", ["8"], "a layer is '8' wide"),
    ("network", "widths", 5, "widths of network is 5"),
    ("network", "widths", [10**9], "a layer is 1000000000 wide"),
    ("network", "activation", "gelu", "activation is 'gelu'; it must be one of tanh, relu, elu, silu"),
    ("network", "squash", "none", "squash is 'none'; it must be one of clip, tanh"),
    ("network", "inputs", "x", "inputs of network is 'x'"),
    ("parameters", "", [1], "it has no parameters"),
    ("parameters", "log_std", 5, "its parameter log_std holds no real numbers"),
    (
        "parameters",
        "log_std",
        torch.zeros(2, dtype=torch.complex64),
        "its parameter log_std holds no real numbers",
    ),
    ("parameters", 1, torch.zeros(2), "its parameter 1 holds no real numbers"),  # type: ignore[list-item]
    ("made_for", "", {}, "task of made_for is missing"),
    ("made_for", "task", 5, "task of made_for is 5"),
    ("made_for", "interval", 1.5, "interval of made_for is 1.5"),
    ("made_for", "interval", 0, "interval is 0; it must be a whole number from 1 on"),
    ("made_for", "interval", 10**30, "it must be a whole number from 1 to"),
    ("made_for", "action", None, "action of made_for is None"),
    ("made_for", "show_scenario", "x", "show_scenario of made_for is 'x'"),
    ("made_for", "sensors", 5, "sensors of made_for is 5"),
    ("training", "", 5, "it has no training"),
]


@pytest.mark.parametrize(("part", "name", "value", "words"), ODD, ids=[words for *_, words in ODD])
def test_contents_of_another_kind_are_refused_by_name(
    part: str, name: str, value: Any, words: str, tmp_path: Path
) -> None:
    content = torch.load(file_of(tmp_path / "policy.pt"))
    content[part] = {**content[part], name: value} if name else value
    torch.save(content, tmp_path / "odd.pt")
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        load(tmp_path / "odd.pt", SAFE)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot read gains"),
        ("[" * 200_000, "cannot read gains"),
        ("[]", "must map tasks to gains"),
        ("{}", "holds no gains for t; the command tune finds them"),
        ('{"t": 5}', "gains of t must map searches to finite numbers by name"),
        ('{"t": {}}', "gains of t must map"),
        ('{"t": {"gains": {"a": 5}}}', "gains of t must map"),
        ('{"t": {"gains": {"a": {"b": "x"}}}}', "gains of t must map"),
        ('{"t": {"gains": {"a": {"b": NaN}}}}', "gains of t must map"),
    ],
)
def test_damaged_gains_are_one_line(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "gains.json").write_text(text)
    with pytest.raises(ValueError, match=words) as caught:
        tuned(tmp_path / "gains.json", "t")
    assert "\n" not in str(caught.value)
