"""The README's worked example is an environment like the suite's own."""

import importlib

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import envs

ID = "tokenomics/Staking-v0"


@pytest.fixture(scope="module", autouse=True)
def _staking():
    importlib.import_module("docs.example_economy")
    yield
    envs.TASKS.pop(ID)
    gymnasium.registry.pop(ID)


@pytest.mark.filterwarnings("error")
def test_example_passes_the_checks_of_gymnasium_and_stable_baselines3():
    from stable_baselines3.common.env_checker import check_env as check_for_sb3

    check_env(gymnasium.make(ID).unwrapped)
    check_for_sb3(gymnasium.make(ID))


def test_example_runs_a_hundred_steps():
    env = gymnasium.make(ID, scenario="boom")
    observation, _ = env.reset(seed=0)
    rewards = []
    for _ in range(100):
        assert env.observation_space.contains(observation)
        observation, reward, terminated, _, info = env.step(np.zeros(1, np.float32))
        assert not terminated
        assert 0.0 < info["metrics"]["staked_share"] < 1.0
        rewards.append(reward)
    assert 0.5 < np.mean(rewards) < 1.0  # the neutral lever does well but for the boom


def test_example_batches():
    batch = gymnasium.make_vec(ID, num_envs=3, compile=False)
    batch.reset(seed=5)
    _, many, *_ = batch.step(np.zeros((3, 1), np.float32))
    for i, reward in enumerate(many):
        env = gymnasium.make(ID)
        env.reset(seed=5 + i)
        assert env.step(np.zeros(1, np.float32))[1] == reward
