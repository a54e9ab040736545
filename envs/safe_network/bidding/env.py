"""The bidding task's environment: its docstring is its page, with tables from the declarations."""

from typing import Any

from ...adapters.env import EconomyEnv
from ...core.page import documented
from ...core.task import Task
from .task import BIDDING_TASK


@documented(BIDDING_TASK)
class SafeNetworkBiddingEnv(EconomyEnv):
    """The SAFE network of bidding vaults: its aims for 25 years, with a reward that is not gameable.

    ## Description

    The network of `tokenomics/SafeNetwork-v0` (fixed supply, recycled coins, vaults and clients who
    answer to the price ratio w = C/R), with prices that vaults make themselves. Every chunk is held by
    a group of 8 vaults, and every vault quotes a bid in nanosafe per GET. With p the lowest bid of the
    group, a_m the median bid, u the unfarmed share of the coins and f the filled share of the storage,

    - the farming reward is R = 2 u f · ((1 − anchor) p + anchor a_m), anchor 1/2 as published;
    - of R, φL goes to the lowest bidder, φF to the fastest responder, φ0 equally to the rest
      (0.2, 0.2 and 0.6 as published); a vault that is both takes both parts;
    - the store cost is C = 2 (1 − u)² R: the scarcer the network's coins, the dearer storage.

    Six cohorts of vaults bid: 60 % are passive, 15 % undercut the cheapest other by 1 %, 15 % ask for
    their cost and a mark-up, 10 % aim at a level round the median. A cohort's bid is common to its
    members; newcomers join at the median. Order statistics of a group are exact.

    What makes it hard, beside what makes the plain network hard:

    - C over R rises by itself toward 2 as coins are farmed, and reaches 1 at u = 0.29: growth and clients
      stop short of the 10 to 20 % that are the aim, unless the cost is multiplied down.
    - What is paid to the lowest bidder is an incentive to undercut; what is paid to the rest is none to
      bid well. Undercutters earn half as much again as passive vaults at the published split.
    - A cartel moves the lowest bid, hardly the median; the anchor trades the one for the other.

    Source: "Exploration of a live network economy" (SAFE network forum, topic 29043, 2019), version 3. The
    aggregate form of the bids, the anchor as a lever, and the cohorts are this suite's;
    [model.md](../../envs/safe_network/bidding/model.md) has all equations.

    Scenarios are drawn uniformly, and each has an onset drawn from days 730 to 7999:

    {scenarios}

    They act on these channels of the economy:

    {shocks}

    ## Action Space

    `Box(-1, 1, (6,), float32)`, by default the level of the reward and the price ratio wanted, then the
    levels of the four other levers, 0 being neutral:

    - r* = ln 10 · a₀, log of the reward multiplier;
    - ln w* = −1.5 + 1.5 a₁, so that w* goes from 0.05 to 1;
    - c* = r* + ln w* − ln w₀, log of the cost multiplier, w₀ being today's ratio at neutral levers;
    - φL, φF and φ0 are the published shares times the levers `lowest`, `fastest` and `rest`, scaled to
      sum to 1: a softmax, since these levers act by their logarithms.

    {actions}

    The command is held for the decision interval, and every lever moves within its limit per day.
    The levers themselves:

    {levers}

    ## Observation Space

    `Box(-limit, limit, (30,), float32)`: every sensor shifted, scaled and clipped to ±limit by its
    declaration. Scenario and onset are hidden; `show_scenario=True` appends the scenario (one-hot,
    9 numbers) and the time since its onset in years, clipped to ±1.

    {sensors}

    Controllers in `agents` read all sensors in their units, these among them:

    {unobserved}

    ## Rewards

    The score of a day is the weighted mean of seven terms, each in [0, 1]; the reward is its mean over
    the days of the decision.

    {reward_terms}

    The corridor of u: above 0.20 before day 1825 (year 5), at least 0.10 until day 7300 (year 20),
    from 0.10 to 0.20 afterwards. `shaping` weighs a training signal, −0.05 |u − u_ref|/0.3, where u_ref
    falls linearly from 0.85 to 0.15 in 19 years: for training alone, never part of the score.

    For constrained learning `info["cost"]` holds shares of time, with the means to stay below:

    {costs}

    ## Starting State

    The launch: 5,000 vaults of 500,000 chunks and 5,000 founding clients who each uploaded 100,000 chunks
    for nothing, so that f = 0.20 and u = 0.85; cohorts stand at their first bids, levers are neutral. It is
    the same in every episode; scenario, onset and noise are drawn from the seed.
    `reset(options={"scenario": "cartel", "onset": 2500})` prescribes them.

    ## Episode End

    - Terminated: the network collapsed, that is, no more than 8 vaults are left or nothing is stored.
    - Truncated: day 9125 (25 years) is reached, or `cut` decisions are made. The world goes on after
      either, so a learner bootstraps from the final observation.

    ## Information

    `reset` and `step` return a dictionary of dictionaries of floats (arrays in the vector environment):

    - `metrics`: {metrics};
    - `ledger`: {ledger}, in safecoin; the two balances sum to T;
    - `reward_terms` and `cost` (after `step`): means over the days of the decision.

    `render_mode="rgb_array"` draws the dashboard of the episode so far; `"ansi"` prints a line of metrics.

    ## Arguments

    {arguments}

    Parameters of the economy. "Section" cites [the network's model](../../envs/safe_network/model.md), or, from B1
    on, [that of the bids](../../envs/safe_network/bidding/model.md); "Here" is this task's value where it differs
    from the published one.

    {parameters}

    ## Version History

    - v0: first version.
    """

    def __init__(self, task: str | Task = "tokenomics/SafeNetworkBidding-v0", **options: Any) -> None:
        super().__init__(task, **options)
