"""The environments' classes: their docstrings are their pages, with tables from the declarations."""

from typing import Any

from ..adapters.env import EconomyEnv
from ..core.page import documented
from ..core.task import Task
from .task import TASKS


@documented(TASKS[0])
class BostromEnv(EconomyEnv):
    """Bostrom: steer inflation, minting and locks through ten years of a network that answers.

    ## Description

    Bostrom is a proof-of-stake chain with three tokens. BOOT is staked; its supply S grows by an
    inflation rate i that rises while less than 80 % are bonded and falls while more are. Bonding issues
    H (hydrogen), one to one. Locking H for a period mints A (ampere) and V (volt); a volt entitles its
    holder to one link a day, so the stock of V is the daily supply of links; d is the demand for them.

    The published model is almost open: agents, capitalisation and demand are functions of time, and
    only bonded share, inflation and supply form a loop. This task closes it, by an extension that is
    off in the published model: valuation falls with inflation and selling and rises with scarce volts,
    bonding follows the staking yield, growth follows the price and suffers from links that cannot be
    served, locks lengthen when volts are scarce, and validators have a cost to cover.

    What makes it hard is delay: the inflation rate itself moves slowly, and what is locked today is
    released years later, as the books of locks remember.

    Source: the simulation of the Bostrom network by cyber~Congress (cybercongress/cybernomics, 2021).
    The feedback is ours.

    Scenarios are drawn uniformly, with an onset drawn from days 365 to 2919:

    {scenarios}

    They act on these channels:

    {shocks}

    ## Action Space

    `Box(-1, 1, (5,), float32)`, a number for each lever: 0 is the published mechanism, ±1 the ends of
    the lever's range. It is held for the decision interval of 30 days.

    {levers}

    {actions}

    ## Observation Space

    A bounded float32 `Box`: every sensor shifted, scaled and clipped by its declaration. The behaviour
    of the people is not observed, nor are scenario and onset, unless `show_scenario=True` appends them.

    {sensors}

    Controllers in `agents` read these as well:

    {unobserved}

    ## Rewards

    The score of a day is the weighted mean of five terms in [0, 1]; the reward is its mean over the
    days of the decision.

    {reward_terms}

    - `supply`: log of the supply over its path to +90 % in ten years, quadratic, margin 0.2;
    - `bonded`: the bonded share, 0.8 wanted, quadratic, margin 0.1, counted from the second year on;
    - `scarcity`: ln(d/V) against a path that crosses zero at 2.5 years, quadratic, margin 0.75, counted
      from the second year on;
    - `coverage`: a validator's revenue covers its cost, linear in the log of the shortfall, margin 0.5;
    - `calm_levers`: little movement of the levers, each measured by its range.

    The weights keep the proportions of squared errors 10 : 50 : 1, and 1 : 0.1 for the two linear
    terms.

    `info["cost"]` holds the share of days on which a validator earns less than it costs:

    {costs}

    ## Starting State

    The launch of the published model, with neutral levers; it is the same in every episode. Scenario
    and onset are drawn from the seed, or prescribed by `reset(options={"scenario": ..., "onset":
    ...})`. `randomise` draws the people's behaviour for every episode; `envs.bostrom.task.BEHAVIOUR` is
    a set of ranges made for it.

    ## Episode End

    - Terminated: liquid BOOT, A, V or capitalisation falls below zero.
    - Truncated: ten years (3650 days) have passed, or `cut` decisions are made.

    ## Information

    - `metrics`: {metrics};
    - `ledger`: {ledger};
    - `reward_terms` and `cost` (after `step`): means over the days of the decision.

    ## Arguments

    {arguments}

    Parameters of the plant. "Section" cites the specification of the model; "Here" is this task's value
    where it differs from the published one.

    {parameters}

    ## Version History

    - v0: first version.
    """

    def __init__(self, task: str | Task = "tokenomics/Bostrom-v0", **options: Any) -> None:
        super().__init__(task, **options)


@documented(TASKS[1])
class BostromOpenLoopEnv(EconomyEnv):
    """Bostrom by its original equations: the same aims in a network whose people do not answer.

    ## Description

    The economy of `tokenomics/Bostrom-v0` without the feedback: agents, capitalisation and the demand
    for links follow their paths in time whatever the policy does. Two things differ from the published
    run: validators have a cost, and the books of locks add up where the original overwrites, because a
    lever that shortens locks lets them end out of order.

    It is the easier task and a warning: what pays here (printing, since nobody minds) need not pay
    where people answer. Compare a policy on both.

    Scenarios are drawn uniformly, with an onset drawn from days 365 to 2919:

    {scenarios}

    They act on these channels:

    {shocks}

    ## Action Space

    `Box(-1, 1, (5,), float32)`, a number for each lever: 0 is the published mechanism, ±1 the ends of
    the lever's range. It is held for the decision interval of 30 days.

    {levers}

    {actions}

    ## Observation Space

    A bounded float32 `Box`: every sensor shifted, scaled and clipped by its declaration.

    {sensors}

    Controllers in `agents` read these as well:

    {unobserved}

    ## Rewards

    As in `tokenomics/Bostrom-v0`, whose page explains the terms.

    {reward_terms}

    {costs}

    ## Starting State

    The launch of the published model, with neutral levers; scenario and onset are drawn from the seed,
    or prescribed by `reset(options={"scenario": ..., "onset": ...})`.

    ## Episode End

    - Terminated: liquid BOOT, A, V or capitalisation falls below zero.
    - Truncated: ten years (3650 days) have passed, or `cut` decisions are made.

    ## Information

    - `metrics`: {metrics};
    - `ledger`: {ledger};
    - `reward_terms` and `cost` (after `step`): means over the days of the decision.

    ## Arguments

    {arguments}

    Parameters of the plant. "Section" cites the specification of the model; "Here" is this task's value
    where it differs from the published one.

    {parameters}

    ## Version History

    - v0: first version.
    """

    def __init__(self, task: str | Task = "tokenomics/BostromOpenLoop-v0", **options: Any) -> None:
        super().__init__(task, **options)
