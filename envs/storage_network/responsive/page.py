"""The text of the environments' pages; `{tables}` are made from the declarations, see `core.page`."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from ...core.page import documented, number, scenarios
from ...core.table import markdown as table
from ...core.task import Task
from .accounts import GOALS
from .scenarios import PEOPLE

Class = TypeVar("Class", bound=type)

PAGE = """{summary}

## Description

A storage network keeps people's files. **Senders** pay for messages, **routers** carry them, **storers**
keep them, **provers** prove that they arrived. The network's contract stands between: it locks part of the
price at the request (escrow) and lets senders promise the rest, taxes slow routes and subsidises fast
ones, withholds pay from routes that its classifier takes for fake, audits some, and shares out what is left
among the three working roles. One step is a block; what is requested in block t is settled in block t + 5.

The four roles are populations, divided by shares: honest and fake routes, lazy and efficient routers,
senders who keep and who break promises, users who are adopted or loyal. Each answers to the levers:

| Who | Answers to |
| --- | --- |
| requests | the fee in outside money, what has to be locked, trust, users |
| routers' effort | what speed brings: tax on slow routes, subsidies that the treasury could pay |
| fake routes | the cost they save, the subsidy they reap, penalties and audits they risk, wrong penalties on others |
| the classifier | audits, its only teachers, and novelty |
| routers, storers, provers | their real income over their cost: they enter above 1 and leave below |
| senders' promises | what they owe against what trust is worth; defaults cost trust |
| users | share of what they wanted that came, and in time |

Tokens are conserved: wallets, market, treasury and escrow add up to the same in every block.

What makes it hard:

- Costs, tastes and temptations are others in every episode and hidden; so are effort, true fakes and the
  classifier's knowledge. What a constant fits on average it misses in every single episode.
- Effort has to be bought, feebates drain or hoard the treasury, and both cost score.
- Few audits leave the classifier blind, many audit in vain; the fake share is seen through a noisy sample.
- Escrow prevents defaults and drives requests away. Trust that forgives invites defaults, trust that does
  not punishes accidents.

{remarks}

The payment of a message follows the "subsidy and tax tuning" branch of the Kademlia storage-network model
that BlockScience published with cadCAD; the people are this suite's, and nothing in the source calibrates
them. [model.md](../../envs/storage_network/responsive/model.md) holds every equation; "Section" below cites it.

Scenarios are drawn uniformly, each with an onset drawn from blocks 100 to 349:

{befalling}

Under every one of them, "calm" included, these parameters are multiplied by factors that are drawn anew for
each episode:

{people}

They act on these channels of the economy:

{shocks}

## Action Space

`Box(-1, 1, ({levers_count},), float32)`: every number is a lever's level, 0 the published mechanism and ±1 the ends of its
range. Levers are held for the decision interval of five blocks and move within their limit per block.{held}

{actions}

The levers themselves:

{levers}

## Observation Space

`Box(-limit, limit, ({sensors_count},), float32)`: every sensor shifted, scaled and clipped to ±limit by its declaration, so
that a policy needs no running statistics. Effort, the true fake share, the classifier's knowledge and recall, the
habit of reneging, all parameters, scenario and onset are hidden; `show_scenario=True` appends the scenario
(one-hot) and the time since its onset, divided by 365 and clipped to ±1.

{sensors}

Controllers in `agents` and dashboards read besides:

{unobserved}

## Rewards

The score of a block is the weighted mean of these terms, each in [0, 1], read off the state after the block;
the reward is its mean over the blocks of the decision. Between "up to" and "0 at … more" terms fall
linearly.

{reward_terms}

`shaping` weighs a training signal, of which this task has none.

Decision support sets goals with thresholds. Each is a metric, `info["metrics"]` says whether it is met, and
for constrained learning it stands in `info["cost"]`:

{goals}

{costs}

Arrival and enforcement are scored more mildly than their goals ask: a hit rate of one fifth contradicts few
fakes, because where one route in two hundred is fake even well aimed audits hit in one case of thirty, so that
scoring it pays for keeping fakes alive. "Audits in vain" stands in its place.

## Starting State

Block 0: a third of the market uses the network, one request in a block, five on their way, half of every
price in escrow, 8 % of the routes fake (times its factor), levers neutral. Nothing in it is drawn but the
parameters; scenario, onset, parameters and noise come from the seed.
`reset(options={"scenario": "crash", "onset": 200})` prescribes the first two.

## Episode End

- Terminated: fewer than 1 % of the market use the network.
- Truncated: block {horizon} is reached, or `cut` decisions are made. The world goes on after either, so a
  learner bootstraps from the final observation.

## Information

`reset` and `step` return a dictionary of dictionaries of floats (arrays in the vector environment):

- `metrics`: {metrics}; shares are of 1, `treasury_blocks` is the treasury over turnover, `…_met` is 1 where a
  goal's threshold is kept;
- `ledger`, tokens: {ledger}. Balances and lock add up to a constant; a pledge is a claim on senders' wallets, not
  tokens; transfers are the last block's;
- `reward_terms` and `cost` (after `step`): means over the blocks of the decision.

`render_mode="rgb_array"` draws the dashboard of the episode so far; `"ansi"` prints a line of metrics.

## Arguments

```python
import envs
import gymnasium as gym

env = gym.make("{id}", scenario="surge", onset=200)
batch = gym.make_vec("{id}", num_envs=64, randomise={{"treasury0": (0.5, 2.0)}})
```

{arguments}

What `randomise` names is drawn from its range alone, also where a scenario draws the same parameter.

Parameters of the economy:

{parameters}

## Version History

- v0: first version.
"""


def paged(task: Task, summary: str, remarks: str, held: str = "") -> Callable[[Class], Class]:
    """A class decorator that sets the page of `task` as the class's docstring.

    Args:
        summary: first line. remarks: what is particular to this task. held: about levers that it lacks.
    """
    seen = [sensor for sensor in task.economy.sensors if sensor.observed]
    given = {
        "summary": summary, "remarks": remarks.strip(), "held": held and f" {held}", "id": task.id,
        "horizon": str(task.horizon), "levers_count": str(len(task.economy.levers)),
        "sensors_count": str(len(seen)), "goals": goals(), "people": people(),
        "befalling": scenarios(replace(task, scenarios=tuple(replace(s, randomise={}) for s in task.scenarios))),
    }  # fmt: skip

    def finish(cls: Class) -> Class:
        if cls.__doc__ is None:  # python -OO
            return cls
        text = PAGE
        for name, value in given.items():
            text = text.replace(f"{{{name}}}", value)
        cls.__doc__ = text.replace("{{", "{").replace("}}", "}")
        return documented(task)(cls)

    return finish


def goals() -> str:
    """The thresholds of decision support."""
    rows = (
        (one.name, f"`{one.figure}`", ("≤ " if one.at_most else "≥ ") + number(one.limit), one.doc)
        for one in GOALS
    )
    return table(("Goal", "Figure", "Threshold", "Meaning"), rows)


def people() -> str:
    """What differs between episodes."""
    rows = ((f"`{name}`", number(low), number(high)) for name, (low, high) in PEOPLE.items())
    return table(("Parameter", "Least factor", "Largest factor"), rows)
