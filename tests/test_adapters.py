"""The Gymnasium environments: interface, seeding, pickling, errors."""

import pickle
import warnings
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode
from packaging.version import Version

from envs import ECONOMIES, TASKS, task_of
from envs.adapters.env import EconomyEnv
from envs.adapters.vector import EconomyVectorEnv

ID = "tokenomics/SafeNetwork-v0"
EVERY = sorted(TASKS)


def make(task: str = ID, **options: Any) -> Any:
    return gymnasium.make(task, **options)


def actions(env: Any, count: int, seed: int = 0) -> list[Any]:
    env.action_space.seed(seed)
    return [env.action_space.sample() for _ in range(count)]


def same(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(same(one, other) for one, other in zip(a, b, strict=True))
    return bool(np.array_equal(a, b, equal_nan=a is not None and np.asarray(a).dtype.kind == "f"))


@pytest.mark.parametrize("task", EVERY)
def test_gymnasium_checks_without_a_warning(task: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for mode in ("rgb_array", "ansi"):
            env = make(task, render_mode=mode)
            check_env(env.unwrapped, skip_render_check=mode == "rgb_array" and task != ID)
            env.close()


@pytest.mark.parametrize("task", EVERY)
def test_stable_baselines_checks_without_a_warning(task: str) -> None:
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checker.check_env(make(task).unwrapped, skip_render_check=True)


def test_registered_under_the_module_prefix_too() -> None:
    env = gymnasium.make(f"envs:{ID}")
    assert isinstance(env.unwrapped, EconomyEnv)
    assert task_of(ID).economy.name in ECONOMIES


def test_one_seed_one_episode() -> None:
    paths = []
    for _ in range(2):
        env = make(scenario="noisy")
        path = [env.reset(seed=11)]
        path += [env.step(action) for action in actions(env, 20)]
        path += [env.reset(), env.step(actions(env, 1)[0])]
        paths.append(path)
    assert same(*paths)
    other = make(scenario="noisy")
    other.reset(seed=12)
    assert not same(other.step(actions(other, 1)[0]), paths[0][1])


@pytest.mark.parametrize("options", [{}, {"randomise": {"vault_size": (0.5, 1.5)}}, {"delay": 2}])
def test_pickled_in_the_middle_of_an_episode(options: dict[str, Any]) -> None:
    env = make(**options)
    env.reset(seed=3)
    for action in actions(env, 5):
        env.step(action)
    twin = pickle.loads(pickle.dumps(env))
    for action in actions(env, 5, seed=1):
        assert same(env.step(action), twin.step(action))


def test_render_modes() -> None:
    env = make(render_mode="rgb_array")
    env.reset(seed=0, options={"scenario": "exodus", "onset": 20})
    for action in actions(env, 3):
        env.step(action)
    image = env.render()
    assert image.dtype == np.uint8
    assert image.ndim == 3
    assert image.shape[2] == 3
    assert image.std() > 5
    text = make(render_mode="ansi")
    text.reset(seed=0)
    assert text.render().startswith("day 0 ")
    with pytest.raises(ValueError, match="render_mode is 'human'; it must be"):
        EconomyEnv(ID, render_mode="human")


def test_info_has_its_groups_with_names() -> None:
    env = make()
    _, info = env.reset(seed=0)
    assert set(info) == {"metrics", "ledger", "reward_terms", "cost"}
    assert set(info["reward_terms"].values()) == {0.0}
    _, reward, _, _, info = env.step(np.zeros(2, np.float32))
    assert set(info) == {"metrics", "ledger", "reward_terms", "cost"}
    assert all(isinstance(value, float) for group in info.values() for value in group.values())
    weights = task_of(ID).objective.weights
    assert set(info["reward_terms"]) == set(weights)
    score = sum(weights[name] * value for name, value in info["reward_terms"].items()) / sum(weights.values())
    assert reward == pytest.approx(score)
    held = info["ledger"]["balance/network"] + info["ledger"]["balance/people"]
    assert held == pytest.approx(2.0**32)


def test_episode_ends_at_the_horizon_by_truncation() -> None:
    env = make(interval=30, horizon=100)
    env.reset(seed=0)
    ends = [env.step(np.zeros(2, np.float32))[2:4] for _ in range(4)]
    assert ends == [(False, False)] * 3 + [(False, True)]
    with pytest.raises(RuntimeError, match="the episode is over; call reset"):
        env.unwrapped.step(np.zeros(2, np.float32))


def test_scenario_and_onset_can_be_prescribed() -> None:
    env = make(interval=1)
    env.reset(seed=0, options={"scenario": "exodus", "onset": 1})
    vaults = [env.step(np.zeros(2, np.float32))[4]["metrics"]["vaults"] for _ in range(2)]
    assert vaults[1] < 0.6 * vaults[0]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda env: env.step(np.array([np.nan, 0.0])), ValueError, "not finite: nan"),
        (lambda env: env.step(np.array([np.inf, 0.0])), ValueError, "not finite: inf"),
        (lambda env: env.step(np.zeros(3)), ValueError, r"action has shape \(3,\); it must be \(2,\)"),
        (lambda env: env.reset(options={"onst": 3}), ValueError, "unknown reset option onst"),
        (lambda env: env.reset(options={"scenario": "flood"}), ValueError, "unknown scenario 'flood'"),
    ],
)
def test_bad_calls_are_named(call: Any, error: type[Exception], message: str) -> None:
    env = make().unwrapped
    env.reset(seed=0)
    with pytest.raises(error, match=message):
        call(env)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"action": "levers"}, "action is 'levers'; .* has level_and_ratio, levels, increments"),
        ({"economy": {"vault_sise": 1.0}}, "unknown parameter vault_sise of SafeNetwork"),
        ({"economy": {"vault_size": -1.0}}, "SafeNetwork.vault_size is -1.0"),
        ({"scenario": "flood"}, "unknown scenario 'flood'"),
        ({"interval": 0}, "interval is 0"),
        ({"randomise": {"total_supply": (0.5, 2.0)}}, "total_supply must not be randomised"),
    ],
)
def test_bad_options_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make(**options)
    with pytest.raises(TypeError, match="colour"):
        make(colour="red")


def test_vector_rows_are_the_single_environments() -> None:
    count, seed = 5, 40
    batch = gymnasium.make_vec(ID, num_envs=count)
    assert isinstance(batch.unwrapped, EconomyVectorEnv)
    singles = [make().unwrapped for _ in range(count)]
    observation, infos = batch.reset(seed=seed)
    alone = [env.reset(seed=seed + i) for i, env in enumerate(singles)]
    assert observation.dtype == np.float32
    np.testing.assert_array_equal(observation, [first for first, _ in alone])
    for action in actions(batch, 6):
        observation, reward, terminated, truncated, infos = batch.step(action)
        results = [env.step(row) for env, row in zip(singles, action, strict=True)]
        np.testing.assert_allclose(observation, [one[0] for one in results], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(reward, [one[1] for one in results], rtol=1e-12)
        assert not (terminated | truncated).any()
        vaults = [one[4]["metrics"]["vaults"] for one in results]
        np.testing.assert_allclose(infos["metrics"]["vaults"], vaults, rtol=1e-12)
    assert batch.observation_space.contains(observation)


def test_vector_autoreset_hands_over_final_observations() -> None:
    batch = gymnasium.make_vec(ID, num_envs=3, interval=30, horizon=60)
    assert batch.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    batch.reset(seed=0)
    calm = np.zeros((3, 2), np.float32)
    _, _, _, truncated, infos = batch.step(calm)
    assert not truncated.any()
    assert "final_obs" not in infos
    observation, _, terminated, truncated, infos = batch.step(calm)
    assert truncated.all()
    assert not terminated.any()
    assert infos["_final_obs"].all()
    assert infos["final_obs"].shape == observation.shape
    single = make(interval=30, horizon=60).unwrapped
    single.reset(seed=0)
    last = [single.step(calm[0]) for _ in range(2)][-1]
    np.testing.assert_allclose(infos["final_obs"][0], last[0], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(observation[0], single.reset()[0], rtol=1e-6, atol=1e-6)


def test_vector_refuses_what_it_cannot_do() -> None:
    batch = gymnasium.make_vec(ID, num_envs=2).unwrapped
    batch.reset(seed=[5, 9])
    assert batch.simulation.run.seed.tolist() == [5, 9]
    with pytest.raises(ValueError, match="it must hold 2 numbers"):
        batch.reset(seed=[1])
    with pytest.raises(ValueError, match="unknown reset option weather"):
        batch.reset(options={"weather": "calm"})
    with pytest.raises(ValueError, match="must hold 2 values"):
        batch.reset(options={"onset": [1, 2, 3]})
    with pytest.raises(ValueError, match=r"action has shape \(2,\); it must be \(2, 2\)"):
        batch.step(np.zeros(2))
    with pytest.raises(ValueError, match="not finite"):
        batch.step(np.full((2, 2), np.nan))


def test_cleanrl_style_loop() -> None:
    """Episode statistics and bootstrapping from the final observation, as single-file trainers do."""
    batch = gymnasium.make_vec(ID, num_envs=4, interval=30, horizon=120, scenario="calm")
    batch = gymnasium.wrappers.vector.RecordEpisodeStatistics(batch)
    observation, _ = batch.reset(seed=1)
    finished = []
    for _ in range(9):
        action = np.clip(0.1 * observation[:, :2], -1.0, 1.0)
        following, reward, terminated, truncated, infos = batch.step(action)
        real = following.copy()
        for i in np.flatnonzero(truncated | terminated):
            real[i] = infos["final_obs"][i]
            finished.append(
                (infos["final_info"]["episode"] if "episode" not in infos else infos["episode"])["l"][i]
            )
        assert np.isfinite(real).all()
        assert np.isfinite(reward).all()
        observation = following
    second = 4 if Version(gymnasium.__version__) >= Version("1.4") else 3  # the wrapper miscounted before
    assert [int(length) for length in finished] == [4] * 4 + [second] * 4


def test_stable_baselines_learns_on_it() -> None:
    pytest.importorskip("stable_baselines3")
    from stable_baselines3 import PPO
    from stable_baselines3.common.env_util import make_vec_env

    from envs.adapters.sb3 import EconomyVecEnv

    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        for env in (
            make(horizon=200),
            make_vec_env(ID, n_envs=2, env_kwargs={"horizon": 200}),
            EconomyVecEnv(task_of(ID).simulation(8, horizon=200, compile=False)),
        ):
            model = PPO("MlpPolicy", env, n_steps=32, batch_size=32, n_epochs=1, seed=0, device="cpu")
            model.learn(64)
            assert model.num_timesteps >= 64
