"""What versions 2 and 3 add to conviction voting (section 11)."""

import torch

from envs.conviction_voting.staking import boost
from envs.conviction_voting.state import CANDIDATE, having, stakes
from envs.conviction_voting.versions import version

from .test_laws import BATCH, start


def test_stakes_follow_affinities_that_a_completion_lowered() -> None:
    """Whoever keeps to a choice shares its tokens out by affinity as it now is."""
    economy = version(2, base_completion_rate=2.0, base_failure_rate=1e9)
    state, chance = start(economy, 4)
    initial, met = state.affinity, False
    people, proposals = int(economy.participants0), economy.proposals0
    for _ in range(30):
        levers, shocks = economy.neutral_levers(BATCH), economy.neutral_shocks(BATCH)
        state = economy.step(state, levers, shocks, chance.at(state.time))
        held = (stakes(state) > 0.0) & having(state, CANDIDATE)[:, None, :]
        lowered = state.affinity[:, :people, :proposals] != initial[:, :people, :proposals]
        met = met or bool((lowered & held[:, :people, :proposals]).any())
        share = stakes(state) / state.affinity
        some = held.any(2)
        high, low = torch.where(held, share, -torch.inf).amax(2), torch.where(held, share, torch.inf).amin(2)
        torch.testing.assert_close(high[some], low[some], rtol=1e-12, atol=0.0)
    assert met


def test_a_boost_reads_the_stakes_as_they_stand() -> None:
    """Stakes of those one heeds, weighted by influence, over all its influence times its own holdings."""
    state, _ = start(version(2), 0)
    tokens = torch.zeros_like(state.tokens)
    tokens[0, 1, 2], tokens[0, 3, 2] = 30.0, 50.0
    influence = torch.zeros_like(state.influence)
    influence[0, 0, 1], influence[0, 0, 3] = 5.0, 7.0
    given = boost(state._replace(tokens=tokens, influence=influence))
    expected = (5.0 * 30.0 + 7.0 * 50.0) / (12.0 * float(state.holdings[0, 0]))
    assert abs(float(given[0, 0, 2]) - expected) < 1e-15
    assert int((given != 0.0).sum()) == 1
