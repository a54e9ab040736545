"""The environments' classes: their docstrings are their pages, with tables from the declarations."""

from collections.abc import Callable
from typing import Any, TypeVar

from ..adapters.env import EconomyEnv
from ..core.page import documented
from ..core.task import Task
from .task import TASKS

Class = TypeVar("Class", bound=type)

REST = """
## Action Space

`Box(-1, 1, (5,), float32)`: by default every number is a lever's level, 0 the published mechanism and ±1
the ends of its range. Levers are factors on the mechanism's parameters, or a shift, and are held for the
decision interval.

{actions}

The levers themselves:

{levers}

Lock shares, bonding limits and the like belong to people, and the halving periods cannot be moved in
mid-run without a jump of the mint rate: none of them is a lever.

## Observation Space

`Box(-limit, limit, (27,), float32)`: every sensor shifted, scaled and clipped to ±limit by its
declaration, so that a policy needs no running statistics. Scenario and onset are hidden;
`show_scenario=True` appends the scenario (one-hot) and the time since its onset in years, clipped to ±1.
Means of 30 and 90 days fade instead of ending, which keeps the state small.

{sensors}

Controllers in `agents` read all sensors in their units, these among them:

{unobserved}

## Rewards

The score of a day is the weighted mean of five terms, each in [0, 1]; the reward is its mean over the
days of the decision. Weights and margins are such that the score is affine in
−(10 e1² + 50 e2² + e3² − e4 + 0.1 e5), e1 to e5 being the errors below, while none leaves its margin.

{reward_terms}

Bonded share and scarcity count from day 365 on, because d/V is ill-defined in the first days. `shaping`
weighs a training signal, of which this task has none.

For constrained learning `info["cost"]` holds shares of time, with the means to stay below:

{costs}

## Starting State

10¹⁵ BOOT, 70 % of them frozen for the gift and 1 % bonded, 750 agents, no A and no V, levers
neutral. It is the same in every episode; scenario, onset, noise and people are drawn from the seed.
`reset(options={"scenario": "valuation_crash", "onset": 1095})` prescribes them. The numbers of agents
and their first capital are refused by `randomise`: what is left of capitalisation after ten years
is the small difference of two large numbers, and ten agents more would multiply it by seven.

## Episode End

- Terminated: liquid BOOT, A, V or capitalisation is below zero, which the equations allow.
- Truncated: day 3650 (ten years) is reached, or `cut` decisions are made. The world goes on after
  either, so a learner bootstraps from the final observation.

## Information

`reset` and `step` return a dictionary of dictionaries of floats (arrays in the vector environment):

- `metrics`: `supply_growth_percent`, `inflation_percent_per_year`, `bonded_share_percent`,
  `price_eth_per_gboot`, `capitalization_eth`, `revenue_eth_per_month`, `revenue_over_cost`,
  `link_demand_per_day`, `link_supply_per_day`;
- `ledger`, BOOT: `BOOT.supply`, by account `BOOT.liquid`, `BOOT.bonded`, `BOOT.frozen` and
  `BOOT.to_distribution` (claimed, not yet released; a book value); the last day's `BOOT.mint`,
  `BOOT.transfer.liquid_to_bonded` and `BOOT.transfer.frozen_to_liquid`;
- `ledger`, H, A and V: `H.supply`, `H.liquid`, `H.idle` (there from the first day, never locked),
  `H.locked_ampere`, `H.locked_volt`, `H.mint`; `A.supply`, `A.mint`, `V.supply`, `V.mint`;
- `ledger`, what the published model does not conserve: `BOOT.unaccounted` (supply less the accounts),
  `BOOT.gift_mismatch` (claimed less released less the book value), `H.lost_ampere` and `H.lost_volt`
  (locked H that no book releases any more). All four stay at zero, up to rounding, with
  `books="accumulate"` and `gift_account="conserved"`;
- `reward_terms` and `cost` (after `step`): means over the days of the decision.

`render_mode="rgb_array"` draws the dashboard of the episode so far; `"ansi"` prints a line of metrics.

## Arguments

```python
import envs
import gymnasium as gym

env = gym.make("tokenomics/Bostrom-v0", scenario="demand_shock", onset=1095, interval=7)
batch = gym.make_vec("tokenomics/Bostrom-v0", num_envs=64, randomise=envs.bostrom.scenarios.BEHAVIOUR)
```

{arguments}

The scenario `behaviour` draws people's parameters and, in the closed loop, the gains of the feedback anew
for every episode, hidden from the policy; `randomise=envs.bostrom.scenarios.BEHAVIOUR` does so under every
scenario. What `randomise` names is drawn from its range alone, also under `behaviour`. An `interval` of 7 days is the
other usual choice.

Parameters of the economy. "Section" cites [the model](../../envs/bostrom/model.md); "Here" is this task's
value where it differs from the published one.

{parameters}

## Version History

- v0: first version.
"""


def page(task: Task) -> Callable[[Class], Class]:
    """Fills in what both pages share, then the tables of `task`."""

    def finish(cls: Class) -> Class:
        if cls.__doc__:  # there is none under python -OO
            indented = REST.strip().replace("\n", "\n    ")
            cls.__doc__ = cls.__doc__.replace("{rest}", indented)
        return documented(task)(cls)

    return finish


@page(TASKS[0])
class BostromEnv(EconomyEnv):
    """Bostrom: hold supply, bonding, links and validators' revenue on their paths for ten years.

    ## Description

    Bostrom is a proof-of-stake chain with a token for every purpose. **BOOT** is staked and inflates:
    the chain's rule (that of Cosmos) raises inflation while less than a target share of BOOT is bonded
    and lowers it while more is. Bonding issues **H** one to one; H locked for a while mints the resource
    tokens **A** and **V**, and one V entitles to one link a day, so the stock of V is the daily supply
    of links. Agents, their capital and their demand for links follow regressions on Ethereum's history.
    Seven tenths of all BOOT are a gift that is claimed and released by calendar.

    In the published model nothing returns: valuation ignores inflation, bonding ignores yield, demand
    ignores scarcity, and printing faster always pays validators more. This task closes the loop by an
    extension. The published time paths of agents and capital stay as references, and two
    log-deviations of valuation and network size move round them:

    | Quantity | Answers to |
    | --- | --- |
    | bonded share that people tend to | the staking yield and the scarcity of V, ln(d/V) |
    | BOOT bonded in a day | at most a share of what is liquid |
    | valuation | inflation above 6.42 % a year, scarcity, selling of released and unbonded BOOT |
    | network size | valuation, unserved demand |
    | demand for links | network size, scarcity; only served links are counted |
    | length of locks | scarcity |

    With every gain at its published value of 0 the equations are the original's: to the last bit, and to
    1e-12 behind a power of the number of agents. Locks that end on one day add up here, where the
    original forgets all but the last.

    What makes it hard:

    - The inflation rule alone is in positive feedback. Inflation dilutes the bonded share, which raises
      inflation; with yield-sensitive bonding it regulates, but slowly.
    - Revenue i e^(−12 i) has its best inflation at 8.3 %, supply its own at 6.42 %.
    - Today's locks are tomorrow's V. A longer longest lock shifts minting forward and leaves a gap
      behind; the mint rate moves by 10 % in 30 days at most.
    - V should be plentiful before year 2.5 and scarce later, while scarcity also moves bonding,
      valuation, growth, demand and locks.

    [model.md](../../envs/bostrom/model.md) has all equations. Source: the "Bostrom Network Simulation" of
    cyber~Congress (cybernomics, 2021) for the economy; the loop is this suite's.

    Scenarios are drawn uniformly, and each has an onset drawn from days 365 to 2919:

    {scenarios}

    They act on these channels of the economy:

    {shocks}

    {rest}
    """

    def __init__(self, task: str | Task = "tokenomics/Bostrom-v0", **options: Any) -> None:
        super().__init__(task, **options)


@page(TASKS[1])
class BostromOpenLoopEnv(EconomyEnv):
    """Bostrom without feedback: the published equations under the levers of `tokenomics/Bostrom-v0`.

    ## Description

    The economy of `tokenomics/Bostrom-v0` with its loop open, as published: levers move inflation, bonding
    targets, mint rates, locks and commissions, but agents, capital and the demand for links go their way
    by calendar. At neutral levers the episode is the published run with a lock share of one half, to the
    last bit. The one change is that locks ending on one day add up, which shortened locks make necessary
    and which changes nothing while levers are neutral.

    It is the easier task, and a warning: revenue is i M com/(365 nv), so that a reward of revenue alone would
    be maximised by printing at the cap, whatever that does to supply. Inflation drifts to its floor below
    a critical rate of 22.8 % a year and to its cap above it.

    [model.md](../../envs/bostrom/model.md) has all equations. Source: the "Bostrom Network Simulation" of
    cyber~Congress (cybernomics, 2021).

    Scenarios are drawn uniformly, and each has an onset drawn from days 365 to 2919:

    {scenarios}

    They act on these channels of the economy; `selling_factor` moves nothing while the loop is open:

    {shocks}

    {rest}
    """

    def __init__(self, task: str | Task = "tokenomics/BostromOpenLoop-v0", **options: Any) -> None:
        super().__init__(task, **options)
