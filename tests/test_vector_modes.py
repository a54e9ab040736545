"""Autoreset modes of the native vector environment beside Gymnasium's `SyncVectorEnv`, and what clients read."""

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from envs import TASKS
from envs.adapters.vector import EconomyVectorEnv

ID = "tokenomics/SafeNetwork-v0"
COUNT = 3
SHORT: dict[str, Any] = {"interval": 30, "horizon": 90, "compile": False}
DIFFERENT = [{"cut": 2}, {}, {"randomise": {"vault_size": (0.5, 1.5)}}]


def both(mode: AutoresetMode, **options: Any) -> tuple[Any, Any]:
    native = gymnasium.make_vec(ID, COUNT, autoreset_mode=mode, **options)
    makers = [lambda: gymnasium.make(ID, **options).unwrapped] * COUNT
    return native, SyncVectorEnv(makers, autoreset_mode=mode)


def check_infos(native: dict[str, Any], peer: dict[str, Any]) -> None:
    for group in ("metrics", "ledger", "reward_terms", "cost"):
        for name, values in native[group].items():
            valid = native[f"_{group}"]
            np.testing.assert_allclose(values[valid], peer[group][name][valid], rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("options", DIFFERENT)
@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_every_mode_is_that_of_the_sync_vector_env(mode: AutoresetMode, options: dict[str, Any]) -> None:
    native, peer = both(mode, **SHORT, **options)
    assert native.metadata["autoreset_mode"] is mode
    rng = np.random.default_rng(0)
    (seen, infos), (there, peers) = (env.reset(seed=7) for env in (native, peer))
    ends = 0
    for _ in range(9):
        np.testing.assert_allclose(seen, there, rtol=1e-6, atol=1e-6)
        check_infos(infos, peers)
        action = rng.uniform(-1, 1, native.action_space.shape).astype(np.float32)
        seen, *ours, infos = native.step(action)
        there, *theirs, peers = peer.step(action)
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9)
        done = ours[1] | ours[2]
        ends += int(done.sum())
        assert ("final_obs" in infos) == ("final_obs" in peers)
        if mode == AutoresetMode.DISABLED and done.any():
            (seen, infos), (there, peers) = (
                env.reset(options={"reset_mask": done.copy()}) for env in (native, peer)
            )
    assert ends >= 2 * COUNT
    assert EconomyVectorEnv.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP


@pytest.mark.parametrize("seed", [11, [11, None, 13], None])
def test_a_mask_begins_those_episodes_alone(seed: Any) -> None:
    native, peer = both(AutoresetMode.DISABLED, **SHORT)
    mask = np.array([True, False, True])
    for env in (native, peer):
        env.reset(seed=3)
        env.step(np.full((COUNT, 2), 0.5, np.float32))
    before = native.unwrapped.simulation.run
    asked = {"reset_mask": mask, "scenario": "exodus", "onset": 40}
    (seen, infos), (there, peers) = (env.reset(seed=seed, options=dict(asked)) for env in (native, peer))
    run = native.unwrapped.simulation.run
    assert (run.decisions.numpy() == np.where(mask, 0, before.decisions)).all()
    assert run.onset.tolist() == [40, int(before.onset[1]), 40]
    np.testing.assert_allclose(seen[mask], there[mask], rtol=1e-6, atol=1e-6)
    check_infos(infos, peers)
    for env in (native, peer):
        seen = env.step(np.zeros((COUNT, 2), np.float32))[0]
        there = seen if env is native else there
    np.testing.assert_allclose(there, seen, rtol=1e-6, atol=1e-6)


def test_disabled_waits_for_a_reset() -> None:
    env = gymnasium.make_vec(ID, 2, autoreset_mode="Disabled", max_episode_steps=1, **SHORT)
    env.reset(seed=0)
    calm = np.zeros((2, 2), np.float32)
    assert env.step(calm)[3].all()
    with pytest.raises(RuntimeError, match="an episode is over; call reset"):
        env.step(calm)
    env.reset(options={"reset_mask": np.array([True, False])})
    with pytest.raises(RuntimeError, match="an episode is over"):
        env.step(calm)
    env.reset()
    env.step(calm)


def test_bad_masks_and_modes_are_named() -> None:
    with pytest.raises(ValueError, match="autoreset_mode is 'sometimes'; it must be one of 'NextStep'"):
        gymnasium.make_vec(ID, 2, autoreset_mode="sometimes")
    with pytest.raises(ValueError, match="max_episode_steps is 0"):
        gymnasium.make_vec(ID, 2, max_episode_steps=0)
    env = gymnasium.make_vec(ID, 2, autoreset_mode=AutoresetMode.DISABLED)
    with pytest.raises(RuntimeError, match=r"call reset\(\) for everybody"):
        env.reset(options={"reset_mask": np.array([True, False])})
    env.reset(seed=0)
    for mask in ([True, False], np.array([1, 0]), np.array([True])):
        with pytest.raises(ValueError, match=r"reset_mask is .*; it must be an array of 2 booleans"):
            env.reset(options={"reset_mask": mask})
    with pytest.raises(ValueError, match="one environment at least"):
        env.reset(options={"reset_mask": np.zeros(2, dtype=bool)})


def test_observation_wrappers_take_the_next_step_mode() -> None:
    env: Any = gymnasium.make_vec(ID, COUNT, autoreset_mode=AutoresetMode.NEXT_STEP, **SHORT)
    env = gymnasium.wrappers.vector.NormalizeObservation(
        gymnasium.wrappers.vector.RecordEpisodeStatistics(env)
    )
    env.reset(seed=0)
    lengths: list[int] = []
    for _ in range(8):
        seen, _, _, truncated, infos = env.step(np.zeros((COUNT, 2), np.float32))
        assert np.isfinite(seen).all()
        lengths += infos["episode"]["l"][truncated].tolist() if truncated.any() else []
    assert lengths == [3] * 2 * COUNT


@pytest.mark.parametrize("task", sorted(TASKS))
def test_reset_and_step_tell_the_same_names(task: str) -> None:
    env = gymnasium.make(task, compile=False)
    _, first = env.reset(seed=0)
    *_, after = env.step(np.zeros(env.action_space.shape, np.float32))
    assert {group: set(first[group]) for group in first} == {group: set(after[group]) for group in after}


def test_the_spec_tells_how_long_an_episode_is() -> None:
    env = gymnasium.make(ID, interval=30, horizon=100)
    assert env.spec is not None
    assert env.spec.max_episode_steps == 4
    assert gymnasium.make(env.spec).spec.max_episode_steps == 4  # type: ignore[union-attr]
    aware = gymnasium.wrappers.TimeAwareObservation(env)
    assert aware.reset(seed=0)[0].shape == (env.observation_space.shape[0] + 1,)  # type: ignore[index]


def test_an_unknown_argument_reads_as_pythons_own() -> None:
    """TorchRL passes `frameskip` and leaves it out where these words say so."""
    with pytest.raises(TypeError, match="got an unexpected keyword argument 'frameskip'"):
        gymnasium.make(ID, frameskip=1)
