"""The environment's class: its docstring is its page, with tables from the declarations."""

from typing import Any

from ..adapters.env import EconomyEnv
from ..core.page import documented
from ..core.task import Task
from .task import TASK


@documented(TASK)
class SafeNetworkEnv(EconomyEnv):
    """The SAFE network: hold half of the storage free for 25 years and lead the coins out in time.

    ## Description

    The SAFE network stores people's data on their own computers. Vaults offer storage and are paid in
    safecoin for every chunk that is read (a GET); clients pay safecoin for every chunk that they store
    (a PUT). Of a fixed supply of T = 2³² coins the network still holds U, the unfarmed ones. What
    clients pay returns to U and can be farmed again: coins are recycled, never minted or burned.
    The network sets two prices, in nanosafe (10⁻⁹ safecoin):

    - the farming reward R = u f · 10⁹ / (ln s)^3.5, with u = U/T the unfarmed share of the coins,
      f = K/(N V) the filled share of the storage (K chunks on N vaults of V chunks each), and
      s = N · 2 ln 2 / 200 the number of sections that the vaults form;
    - the store cost C = 10⁹ / q, q chunks for a coin.

    The agent multiplies both; q stays as it was at launch. Every day prices are fixed in the morning and
    people answer to their ratio w = C/R:

    | Answer | Law |
    | --- | --- |
    | share of clients who read, the others write | ρ = σ(w (1 + w)²), σ the logistic function |
    | clients per vault | (1 − ρ) φ / w, φ = 3, 6.6 and 9.9 until day 180, 365 and later |
    | growth of vaults in year one, per day | f ((1 + f)² − 1) (1 − w) (365 − day) · 0.20 / 365 |
    | … afterwards | f ((1 + f)² − 1) (1 − w) (clients per vault) · y / 365, y = 0.16, then 0.12 |

    Every active client reads or stores 100 chunks a day. Besides, vaults and clients compare prices in
    outside money, R X and C X, with their running means of a year, and come more readily when they are
    better: growth is multiplied by (R X / mean)^0.5, clients by (C X / mean)^−0.5.

    What makes it hard:

    - Only w moves people. Equal multipliers change how fast coins flow, not how full the storage is.
    - While the market is rational, payout over intake is at least exp(w (1 + w)²)/w, never below 5.4: U
      only falls. What is drained too fast does not come back, and the aim lies twenty years ahead.
    - f settles near one half by itself, but slowly, the more so the dearer storage is. After a loss
      of half of the vaults the constant mechanism needs almost two years, and raising R is the
      remedy, not lowering C: uploads answer as fast as vaults do.
    - Above w = 1 vaults leave and clients go. A closed network keeps f and u in their bands, so the reward
      asks for a living one.

    The economy is version 2 of the model with the reward of its iteration 5, vaults free to leave, and the
    comparison with outside money, which is an extension (exponents of 0 are the published market).
    [model.md](../../envs/safe_network/model.md) has all equations. Source: "Exploration of a live network
    economy" (SAFE network forum, topic 29043, 2019), which describes the model and reports its published figures.

    Scenarios are drawn uniformly, and each has an onset drawn from days 730 to 7999:

    {scenarios}

    They act on these channels of the economy:

    {shocks}

    ## Action Space

    `Box(-1, 1, (2,), float32)`, by default the level of the reward and the price ratio wanted:

    - r* = ln 10 · a₀, log of the reward multiplier;
    - ln w* = −1.5 + 1.5 a₁, so that w* goes from 0.05 to 1;
    - c* = r* + ln w* − ln w₀, log of the cost multiplier, w₀ being today's ratio at neutral levers.

    Both multipliers are clipped to their range, and the command goes a share 1 − 0.95^interval of the way
    from where the levers are (0.30 for a week), which filters chatter. In these coordinates a constant
    action is a sensible policy in every year, while the right multiplier of the cost drifts by e³ over
    25 years. The command is held for the decision interval, and every lever moves within its limit per day.

    {actions}

    The levers themselves:

    {levers}

    ## Observation Space

    `Box(-limit, limit, (20,), float32)`: every sensor shifted, scaled and clipped to ±limit by its
    declaration, so that a policy needs no running statistics. Time is clipped at year 20, after which the
    task no longer changes. Scenario and onset are hidden; `show_scenario=True` appends the scenario
    (one-hot, 8 numbers) and the time since its onset in years, clipped to ±1.

    {sensors}

    Controllers in `agents` read all sensors in their units, these among them:

    {unobserved}

    ## Rewards

    The score of a day is the weighted mean of five terms, each in [0, 1]; the reward is its mean over
    the days of the decision.

    {reward_terms}

    The corridor of u: above 0.20 before day 1825 (year 5), at least 0.10 until day 7300 (year 20),
    from 0.10 to 0.20 afterwards.

    `shaping` weighs a training signal, −0.05 |u − u_ref|/0.3, where u_ref falls linearly from 0.85 to
    0.15 in 19 years: for training alone, never part of the score. A discount of 0.99 per weekly
    decision (about two years) goes well with it; 0.9986 and 0.96 are its like for 1 and 30 days.

    For constrained learning `info["cost"]` holds shares of time, with the means to stay below:

    {costs}

    ## Starting State

    The launch: 5,000 vaults of 500,000 chunks and 5,000 founding clients who each uploaded 100,000 chunks,
    so that f = 0.20 and u = 0.85, at q = 16,133 chunks per coin (C = 61,985 nanosafe). The levers are
    neutral. It is the same in every episode; scenario, onset and noise are drawn from the seed.
    `reset(options={"scenario": "exodus", "onset": 2500})` prescribes them.

    With `reset_mode="library"` and a `library` an episode begins, four times out of five, at a
    snapshot along a baseline's trajectory, with shocks close ahead more often than by chance:
    for training, where a batch should see all ages and emergencies at once.

    ## Episode End

    - Terminated: the network collapsed, that is, no more than 8 vaults are left or nothing is stored.
    - Truncated: day 9125 (25 years) is reached, or `cut` decisions are made. The world goes on after
      either, so a learner bootstraps from the final observation.

    ## Information

    `reset` and `step` return a dictionary of dictionaries of floats (arrays in the vector environment):

    - `metrics`: `filled`, `unfarmed`, `reward_nanosafe`, `cost_nanosafe`, `cost_over_reward` (w as the
      market saw it), `vaults`, `clients`, `chunks_lost` (since launch), `sections`;
    - `ledger`: `balance/network` and `balance/people`, safecoin, which sum to T; the last day's
      `transfer/people_to_network` and `transfer/network_to_vaults`; `mint`, `burn` and `lock`, zero here;
    - `reward_terms` and `cost` (after `step`): means over the days of the decision.

    `render_mode="rgb_array"` draws the dashboard of the episode so far; `"ansi"` prints a line of metrics.

    ## Arguments

    ```python
    import envs
    import gymnasium as gym

    env = gym.make("tokenomics/SafeNetwork-v0", scenario="exodus", onset=2500, interval=7)
    batch = gym.make_vec("tokenomics/SafeNetwork-v0", num_envs=64, randomise={"vault_size": (0.5, 1.5)})
    ```

    {arguments}

    Parameters of the economy. "Section" cites [the model](../../envs/safe_network/model.md); "Here" is this task's
    value where it differs from the published one.

    {parameters}

    ## Version History

    - v0: first version.
    """

    def __init__(self, task: str | Task = "tokenomics/SafeNetwork-v0", **options: Any) -> None:
        super().__init__(task, **options)
