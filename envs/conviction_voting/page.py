"""The text of the environments' pages; `{tables}` are made from the declarations, see `core.page`."""

from collections.abc import Callable
from typing import TypeVar

from ..core.page import documented
from ..core.task import Task

Class = TypeVar("Class", bound=type)

PAGE = """Conviction voting: pay out a common treasury to what its community likes, {span}.

## Description

Participants hold tokens and stake them on proposals that ask for money from a common treasury. A stake
turns into conviction over time, y ← α y + x, and a proposal is paid as soon as its conviction Y exceeds
its trigger ρ S/(β − q/F)², S the supply, q the request, F the treasury. The agent sets the trigger.

The model is the one that BlockScience, 1Hive, Aragon and the Commons Stack published as a series of
notebooks, version 1. A step is a day and has four blocks:

| Block | What happens |
| --- | --- |
| arrivals | a participant with chance (1 + sentiment)/10; a proposal with chance a/(1 + R/F); an inflow |
| outcomes | active proposals complete with chance 1/(100 + ln q), else fail with 1/(200 + ln q) |
| funding | candidates older than tmin whose conviction exceeds the trigger are paid and become active |
| staking | who engages, with chance 0.3 · sentiment, supports anew what is liked best; conviction grows |

R is the sum of candidates' requests and a the median affinity of all for all. Everybody's tokens are shared
out by affinity over what is supported, and candidates with less than min_supp tokens are killed.

What makes it hard:

- With the published ρ = 0.02 almost nothing is ever funded: candidates pile up, stakes are spread ever
  thinner. A low ρ funds everything, liked or not.
- What is liked is seen through conviction only, which is late, and crowding moves it.
- A larger treasury lowers every trigger and raises the requests that come in.

The economy of this task follows the published one but in two things: an over-release is trimmed to the
longest prefix by conviction that the treasury covers (the original may raise an error there), and the
trigger is divided by (1 − α)/0.5, so that the half-life is no second trigger scale. At neutral levers the
latter changes nothing. [model.md](../../envs/conviction_voting/model.md) has all equations.

Scenarios are drawn uniformly, each with an onset drawn from steps {onset}:

{scenarios}

They act on these channels of the economy:

{shocks}

## Action Space

`Box(-1, 1, (1,), float32)`, by default the trigger scale ρ on its logarithmic range. Every lever moves
within its limit per step; the others stay neutral.

{actions}

The levers themselves:

{levers}

## Observation Space

`Box(-limit, limit, (68,), float32)`: every sensor shifted, scaled and clipped to ±limit by its declaration.
"Nearest" candidates are those with the highest conviction over stored trigger. `show_scenario=True` appends
the scenario (one-hot, 6 numbers) and the time since its onset in years, clipped to ±1. With `graph=True`
(single environment) the observation is a `Dict` of this `flat` box and the whole masked graph:
`participants` (N, 2), `proposals` (M, 9), `affinity` and `stake` (N, M), `participant_mask` and
`proposal_mask`.

{sensors}

## Rewards

The score of a step is the weighted mean of seven terms, each in [0, 1] and clipped there; weights are
coefficient times range of the model's suggested reward, fund + 0.001 wait + 0.2 kill + done + treasury + 10
mint + 0.01 move, of which the score is thus an increasing affine map. A is the holdings-weighted affinity.

{reward_terms}

`info["reward_terms"]` holds besides `voice`, the share of holdings that is staked, which has no weight.
For constrained learning `info["cost"]` holds shares of time, with the means to stay below:

{costs}

## Starting State

60 participants with exponential holdings of mean 16,667, three candidates that ask for 30,000 each
on average, affinities (1 − 2U)², no stakes, a treasury of 40,781.42, drawn from the seed like everything
that follows. `reset(options={"scenario": "whale", "onset": 30})` prescribes the scenario.

## Episode End

- Terminated: the treasury fell below 5 % of its initial value.
- Truncated: step {horizon} is reached, or `cut` decisions are made.

## Information

`reset` and `step` return a dictionary of dictionaries of floats (arrays in the vector environment):

- `metrics`: `treasury` (currency), `treasury_share` (of the initial one), `paid` (currency), `paid_share` (of all
  there was), `funded_share` and `killed_share` (of arrivals), `candidates`, `active`, `completed`,
  `failed`, `participants`, `holdings` (tokens), `staked_share`, `approval_funded` and `approval_others`
  (mean A), `largest_payout` (currency), `sentiment`, `overflow` (arrivals that found no slot), `fault` (the
  original would have raised);
- `ledger`: `balance/treasury`, `balance/paid_out` (currency), `balance/participants`, `lock/stakes`
  (tokens), and of the last step `mint/treasury`, `transfer/donations` (currency), `transfer/newcomers`,
  `burn/drift` (tokens);
- `reward_terms` and `cost` (after `step`): means over the steps of the decision.

`render_mode="rgb_array"` draws the dashboard of the episode so far, with the affinities of the moment as a
heat map and the network of stakes; `"ansi"` prints a line of metrics.

## Arguments

```python
import envs
import gymnasium as gym

env = gym.make("{id}", scenario="whale", onset=30, action="mechanism")
batch = gym.make_vec("{id}", num_envs=64, randomise={{"funds0": (0.5, 2.0)}})
```

{arguments}
| `graph` | `False` | a `Dict` observation with the whole masked graph; for the single environment and `vectorization_mode="sync"` |

Parameters of the economy. "Section" cites [the model](../../envs/conviction_voting/model.md); "Here" is this
task's value where it differs from the published one.

{parameters}

## Version History

- v0: first version.
"""


def paged(task: Task, span: str) -> Callable[[Class], Class]:
    """A class decorator that sets the page of `task` as the class's docstring."""
    given = {"span": span, "id": task.id, "horizon": str(task.horizon), "onset": str(task.onset)}

    def finish(cls: Class) -> Class:
        if cls.__doc__ is None:  # python -OO
            return cls
        text = PAGE
        for name, value in given.items():
            text = text.replace(f"{{{name}}}", value)
        cls.__doc__ = text.replace("{{", "{").replace("}}", "}")
        return documented(task)(cls)

    return finish
