"""Settings are checked before anything is written; every refusal is one line with name, value and what is possible."""

import re
import subprocess
import sys
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
import yaml

from envs import TASKS
from train import ppo
from train.learning.hyperparameters import FILE, hyperparameters
from train.learning.settings import Settings

from .trainings import SMALL, TASK, arguments

SHARE, ABOVE = "a number from 0 to 1", "a number above 0"
BAD: list[tuple[dict[str, Any], str]] = [
    ({"n_envs": 0}, "n_envs is 0; it must be a whole number from 1 to 1048576"),
    ({"n_envs": 2.0}, "n_envs is 2.0; it must be a whole number"),
    ({"n_envs": True}, "n_envs is True; it must be a whole number"),
    ({"n_envs": None}, "n_envs is None; it must be a whole number"),
    ({"n_steps": 0}, "n_steps is 0; it must be a whole number from 1 to 1048576"),
    ({"n_steps": "8"}, "n_steps is '8'; it must be a whole number from 1 to 1048576"),
    ({"n_timesteps": 1e6}, "n_timesteps is 1000000.0; it must be a whole number from 1 on"),
    ({"n_timesteps": 0}, "n_timesteps is 0; it must be a whole number from 1 on"),
    ({"n_epochs": -1}, "n_epochs is -1; it must be a whole number from 1 to 1000000"),
    ({"batch_size": 1}, "batch_size is 1; it must be a whole number from 2 on"),
    ({"batch_size": 25}, "batch_size is 25; it must be a whole number from 2 to 24"),
    ({"n_envs": 1, "n_steps": 1, "batch_size": 2}, "a rollout must hold at least 2 decisions"),
    ({"gamma": 2}, "gamma is 2; it must be a number from 0 below 1"),
    ({"gamma": 1.0}, "gamma is 1.0; it must be a number from 0 below 1"),
    ({"gamma": nan}, "gamma is nan; it must be a number from 0 below 1"),
    ({"gamma_end": 1.5}, "gamma_end is 1.5; it must be a number from 0 below 1, or null"),
    ({"gamma_ramp": -0.1}, f"gamma_ramp is -0.1; it must be {SHARE}"),
    ({"gae_lambda": 1.1}, f"gae_lambda is 1.1; it must be {SHARE}"),
    ({"gae_lambda_end": "x"}, f"gae_lambda_end is 'x'; it must be {SHARE}, or null"),
    ({"averaging": 2}, f"averaging is 2; it must be {SHARE}"),
    ({"clip_range": -1}, f"clip_range is -1; it must be {ABOVE}"),
    ({"clip_range": 0}, f"clip_range is 0; it must be {ABOVE}"),
    ({"max_grad_norm": 0.0}, f"max_grad_norm is 0.0; it must be {ABOVE}"),
    ({"ent_coef": -0.1}, "ent_coef is -0.1; it must be a number from 0 on"),
    ({"vf_coef": inf}, "vf_coef is inf; it must be a number from 0 on"),
    ({"log_std_init": 99}, "log_std_init is 99; it must be a number from -20 to 10"),
    ({"log_std_held": "low"}, "log_std_held is 'low'; it must be a number from -20 to 10, or null"),
    ({"reward_scale": 0}, f"reward_scale is 0; it must be {ABOVE}"),
    ({"reward_offset": nan}, "reward_offset is nan; it must be a number"),
    ({"learning_rate": None}, "learning_rate is None; it must be a number"),
    ({"learning_rate": "1e-3"}, "learning_rate is '1e-3'; it must be a number (in YAML 1.0e-3, not 1e-3), lin_A"),
    ({"learning_rate": 0}, "learning_rate is 0; it must be"),
    ({"learning_rate": -1e-3}, "learning_rate is -0.001; it must be"),
    ({"learning_rate": "lin_1e-3_-1"}, "learning_rate is 'lin_1e-3_-1'; it must be"),
    ({"learning_rate": "lin_nan_1"}, "learning_rate is 'lin_nan_1'; it must be"),
    ({"learning_rate": "exp_1e-3"}, "learning_rate is 'exp_1e-3'; it must be"),
    ({"learning_rate": "exp_1_0"}, "learning_rate is 'exp_1_0'; it must be"),
    ({"learning_rate": "cos_1_2"}, "learning_rate is 'cos_1_2'; it must be"),
    ({"learning_rate": "lin_1_2_3"}, "learning_rate is 'lin_1_2_3'; it must be"),
    ({"net_arch": 64}, "net_arch is 64; it must be a list, of a whole number from 1 to 65536 each"),
    ({"net_arch": []}, "net_arch is []; it must be a list"),
    ({"net_arch": [64, 0]}, "net_arch is [64, 0]; it must be a list"),
    ({"activation": "gelu"}, "activation is 'gelu'; it must be one of tanh, relu, elu, silu"),
    ({"activation": ["tanh"]}, "activation is ['tanh']; it must be one of tanh, relu, elu, silu"),
    ({"env": 5}, "env is 5; it must be a mapping from names to values"),
    ({"env": {"intervall": 3}}, "env or curriculum: test/Staking-v0 got an unexpected keyword argument 'intervall'; there are"),
    ({"env": {"interval": 0}}, "env or curriculum: interval is 0; it must be"),
    ({"env": {"scenario": "bust"}}, "env or curriculum: unknown scenario 'bust'; there are calm, boom"),
    ({"env": {"action": "none"}}, "env or curriculum: action is 'none'; test/Staking-v0 has levels, increments"),
    ({"env": {"economy": {"speed": 3}}}, "env or curriculum: unknown parameter speed of Staking"),
    ({"env": {"cut": 0}}, "env: cut is 0; it must be a whole number from 1 to 9007199254740992, or null"),
    ({"env": {"cut": 2**60}}, "env: cut is 1152921504606846976; it must be a whole number from 1 to"),
    ({"env": {"compile": "maybe"}}, "env: compile is 'maybe'; it must be true, false or auto"),
    ({"n_steps": 10**12}, "n_steps is 1000000000000; it must be a whole number from 1 to 1048576"),
    ({"n_epochs": 10**23}, "it must be a whole number from 1 to 1000000"),
    ({"library": {"seed": 2**65}}, "library: seed is 36893488147419103232; it must be a whole number from 0 to"),
    ({"env": {"shaping": "lin"}}, "env: shaping is 'lin'; it must be a number"),
    ({"env": {"shaping": None}}, "env: shaping is None; it must be a number"),
    ({"env": {"reset": "lib"}}, "env: reset is 'lib'; it must be one of launch, library"),
    ({"env": {"autoreset": False, "batch": 3}}, "env sets autoreset, batch, which the training sets itself"),
    ({"library": {"evry": 3}}, "library: unknown option evry; there are names, every"),
    ({"library": {"every": 0}}, "library: every is 0; it must be a whole number from 1 to 9007199254740992"),
    ({"library": {"launch_share": 1.2}}, f"library: launch_share is 1.2; it must be {SHARE}"),
    ({"library": {"names": "pid"}}, "library: names is 'pid'; it must be a list"),
    ({"library": {"names": ["pidd"]}}, "unknown controller 'pidd' of test/Staking-v0; there are"),
    ({"curriculum": ["calm"]}, "curriculum is ['calm']; it must be a mapping from shares of the budget, 0 to 1, to lists"),
    ({"curriculum": {2.0: ["calm"]}}, "curriculum is {2.0: ['calm']}; it must be"),
    ({"curriculum": {0.0: "calm"}}, "curriculum is {0.0: 'calm'}; it must be"),
    ({"curriculum": {0.0: []}}, "curriculum is {0.0: []}; it must be"),
    ({"curriculum": {0.0: ["bust"]}}, "env or curriculum: unknown scenario 'bust'; there are calm, boom"),
    ({"n_env": 3}, "unknown setting n_env; there are n_envs, n_timesteps"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "words"), BAD)
def test_hyperparameters_are_checked_before_anything_is_written(
    settings: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        ppo.train(arguments(tmp_path / "run", settings=settings))
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": 0}, "--steps is 0; it must be a whole number from 1 on, or null"),
        ({"steps": -5}, "--steps is -5; it must be"),
        ({"steps": 2.5}, "--steps is 2.5; it must be"),
        ({"seconds": 0}, "--seconds is 0; it must be a number above 0, or null"),
        ({"seconds": -1}, "--seconds is -1; it must be"),
        ({"seconds": nan}, "--seconds is nan; it must be"),
        ({"seconds": inf}, "--seconds is inf; it must be"),
        ({"threads": -1}, "--threads is -1; it must be a whole number from 1 on, or null"),
        ({"threads": 0}, "--threads is 0; it must be"),
        ({"evaluate_every": nan}, "--evaluate-every is nan; it must be a number from 0 on"),
        ({"evaluate_every": -1.0}, "--evaluate-every is -1.0; it must be"),
        ({"save_every": 0.0}, "--save-every is 0.0; it must be a number above 0, or null"),
        ({"device": "gpu"}, "--device is 'gpu'; it must be one of cpu"),
        ({"device": ""}, "--device is ''; it must be one of cpu"),
        ({"backend": "sb2"}, "--backend is 'sb2'; it must be one of auto, sb3, rsl_rl"),
        ({"seed": -1}, "--seed is -1; it must be a whole number from 0"),
        ({"task": "test/None-v0"}, "test/None-v0"),
        ({"refine": Path("none.pt")}, "no refine for test/Staking-v0"),
        ({"hyperparameters": Path("none.yml")}, "cannot read hyperparameters from none.yml"),
    ],
)
def test_arguments_are_checked_before_anything_is_written(
    options: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        ppo.train(arguments(tmp_path / "run", **options))
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- a", "must map task ids to settings"),
        ("default: 3", "default must map settings to values, not be 3"),
        ("default: {rsl_rl: 5}", "rsl_rl must map names to values, not be 5"),
        ("default: {refine: [1]}", "refine must map names to values, not be [1]"),
        ("default: {env: null}", "env must map names to values, not be None"),
        ("default: {1: 2}", "sets unknown 1; it may set n_envs"),
        ("default: {n_env: 2}", "sets unknown n_env; it may set n_envs"),
        ("default: {rsl_rl: {n_env: 2}}", "sets unknown n_env"),
        ("a: [b", "cannot read hyperparameters"),
        (
            "defalt: {n_envs: 2}",
            "has settings for 'defalt'; it may have them for default, or for a task's id",
        ),
        ("5: {n_envs: 2}", "has settings for 5"),
        ("tokenomics/SafeNetwrk-v0: {n_envs: 2}", "has settings for 'tokenomics/SafeNetwrk-v0'"),
        ("\udcff", "cannot read hyperparameters"),
    ],
)
def test_files_of_hyperparameters_are_checked(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text(text, errors="surrogateescape")
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        hyperparameters(TASK.id, tmp_path / "own.yml")
    assert "\n" not in str(caught.value)


def test_settings_for_refinement_are_checked_before_the_first_training(tmp_path: Path) -> None:
    asked = arguments(tmp_path / "run", settings={})
    asked.overrides, asked.hyperparameters = {}, tmp_path / "own.yml"
    asked.hyperparameters.write_text("default: {refine: {n_epochs: x}}")
    with pytest.raises(ValueError, match="n_epochs is 'x'; it must be a whole number"):
        ppo.train(asked)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("backend", ["sb3", "rsl_rl"])
def test_the_suites_own_hyperparameters_pass(backend: str) -> None:
    named = set(yaml.safe_load(FILE.read_text())) & set(TASKS)
    for name in {*named, "tokenomics/SafeNetwork-v0", "tokenomics/Bostrom-v0"}:
        settings = Settings.of(hyperparameters(name, backend=backend), TASKS[name])
        assert Settings.of(settings.plain(), TASKS[name]) == settings
    refined = hyperparameters("tokenomics/SafeNetwork-v0", backend=backend, refining=True)
    assert Settings.of(refined, TASKS["tokenomics/SafeNetwork-v0"]).log_std_held == -2.3
    assert Settings.of(hyperparameters("another") | SMALL, TASK).net_arch == (8,)


def test_the_command_says_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "train.ppo", "--out", str(tmp_path / "run"), "--seconds", "nan"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "tokenomics-gym train: --seconds is nan; it must be a number above 0, or null\n"
    assert not list(tmp_path.iterdir())
