"""Parameters of the responsive storage network (model.md, section 4)."""

from dataclasses import dataclass

from ...core.parameters import parameter
from ...core.tensors import Number

EPSILON = 1e-9  # keeps denominators and logarithms away from zero
TINY = 1e-6  # least value of parameters that must be positive
DELAY = 5  # blocks from a request to its settlement


@dataclass(frozen=True)
class InitialValues:
    """The network at block 0; volumes and balances are in terms of turnover price0 · volume0."""

    price0: Number = parameter(27.0, "P0, price of a message", unit="token", source="3", low=TINY, high=1e6)
    volume0: Number = parameter(
        1.0, "V0, requests in a block", unit="message/block", source="3", low=TINY, high=1e6
    )
    users0: Number = parameter(
        0.35, "U0, share of the market that uses the network", source="3", low=TINY, high=1.0
    )
    purse0: Number = parameter(
        12.0,
        "senders' tokens over turnover, which they refill to",
        unit="block",
        source="3",
        low=0.0,
        high=1e6,
    )
    market0: Number = parameter(
        300.0, "tokens outside the network over turnover", unit="block", source="3", low=0.0, high=1e6
    )
    treasury0: Number = parameter(
        6.0, "the treasury over turnover", unit="block", source="3", low=0.0, high=1e6
    )
    effort0: Number = parameter(0.5, "routers' effort", source="3", low=0.0, high=1.0)
    fake0: Number = parameter(0.08, "fake share of the routers", source="3", low=0.0, high=1.0)
    skill0: Number = parameter(0.3, "the classifier's knowledge", source="3", low=0.0, high=1.0)


@dataclass(frozen=True)
class People:
    """Senders, users and the market (sections 5.1, 5.4 to 5.7)."""

    elasticity: Number = parameter(1.1, "of requests, to the real fee", source="5.1", low=0.0, high=10.0)
    reluctance: Number = parameter(
        0.9, "fall of log requests with the locked share", source="5.1", low=0.0, high=10.0
    )
    noise_demand: Number = parameter(
        0.08, "deviation of the log of requests", source="5.1", low=0.0, high=2.0
    )
    growth: Number = parameter(0.03, "speed of joining", unit="1/block", source="5.7", low=0.0, high=0.5)
    leave: Number = parameter(
        0.02,
        "speed of leaving per unit of missing experience",
        unit="1/block",
        source="5.7",
        low=0.0,
        high=1.0,
    )
    budget: Number = parameter(
        1.25, "what senders can buy in a block over turnover at fee 1", source="5.5", low=0.0, high=1e6
    )
    surplus: Number = parameter(8.0, "value of staying trusted, in prices", source="5.6", low=0.0, high=1e6)
    temperature: Number = parameter(
        0.2, "smoothing of the choice to renege", source="5.6", low=TINY, high=1e6
    )
    habit: Number = parameter(0.08, "speed of that choice", unit="1/block", source="5.6", low=0.0, high=1.0)
    accident: Number = parameter(
        0.02, "share of pledges that fail without intent", source="5.4", low=0.0, high=1.0
    )
    forgive: Number = parameter(0.02, "recovery of trust", unit="1/block", source="5.6", low=0.0, high=1.0)
    punish: Number = parameter(0.4, "fall of trust per default", source="5.6", low=0.0, high=1.0)
    severity_floor: Number = parameter(0.02, "least severity", source="5.6", low=0.0, high=1.0)


@dataclass(frozen=True)
class Workers:
    """Routers, storers and provers (sections 5.2, 5.5 and 5.6)."""

    speed_effort: Number = parameter(1.0, "a1, latency per missing effort", source="5.2", low=0.0, high=100.0)
    speed_load: Number = parameter(1.0, "a2, latency per squared load", source="5.2", low=0.0, high=100.0)
    limit: Number = parameter(
        9.5, "latency from which a message is late", unit="block", source="5.2", low=TINY, high=1e6
    )
    spread: Number = parameter(
        0.2, "deviation of log latency within a block", source="5.2", low=TINY, high=100.0
    )
    forget: Number = parameter(
        0.02, "learning rate of the memory of log latency", unit="1/block", source="5.2", low=0.0, high=1.0
    )
    cost_route: Number = parameter(
        0.10, "cost of a unit of routing capacity in a block, over P0", source="5.6", low=TINY, high=1e6
    )
    cost_store: Number = parameter(
        0.105, "cost of a unit of storage in a block, over P0", source="5.6", low=TINY, high=1e6
    )
    cost_prove: Number = parameter(
        0.056, "cost of a unit of proving capacity in a block, over P0", source="5.6", low=TINY, high=1e6
    )
    scarcity: Number = parameter(0.3, "exponent of unit cost on capacity", source="5.6", low=0.0, high=5.0)
    entry: Number = parameter(
        0.03, "fastest growth or decline of a capacity", unit="1/block", source="5.6", low=0.0, high=1.0
    )
    sale: Number = parameter(
        0.05, "share of their tokens that workers sell", unit="1/block", source="5.5", low=0.0, high=1.0
    )
    effort_speed: Number = parameter(0.05, "speed of effort", unit="1/block", source="5.6", low=0.0, high=1.0)
    effort_half: Number = parameter(
        0.025, "incentive that buys an effort of one half", source="5.6", low=TINY, high=1e6
    )
    imitation: Number = parameter(
        0.06, "speed of imitation among routers", unit="1/block", source="5.6", low=0.0, high=10.0
    )
    saving: Number = parameter(0.45, "temptation by saved cost", source="5.6", low=0.0, high=100.0)
    bait: Number = parameter(0.3, "temptation by the subsidy rate", source="5.6", low=0.0, high=100.0)
    crowd: Number = parameter(0.5, "loss by other fakes", source="5.6", low=0.0, high=100.0)
    life: Number = parameter(
        60.0, "mean life of a stored file", unit="block", source="5.7", low=1.0, high=1e9
    )


@dataclass(frozen=True)
class Enforcement:
    """The classifier, audits and the treasury (sections 5.3, 5.4, 5.6 and 5.8)."""

    separation: Number = parameter(
        1.6, "distance of fake from honest scores, unlearned", source="5.3", low=0.0, high=100.0
    )
    lesson: Number = parameter(1.6, "distance added by knowledge", source="5.3", low=0.0, high=100.0)
    blur: Number = parameter(1.5, "shift of honest scores by surprise", source="5.3", low=0.0, high=100.0)
    score_zero: Number = parameter(0.5, "threshold that means score 0", source="5.3", low=0.0, high=10.0)
    score_unit: Number = parameter(0.2, "threshold per unit of score", source="5.3", low=TINY, high=100.0)
    learn: Number = parameter(1.0, "speed of learning from audits", source="5.6", low=0.0, high=10.0)
    unlearn: Number = parameter(0.02, "loss of knowledge", unit="1/block", source="5.6", low=0.0, high=1.0)
    audit_price: Number = parameter(0.25, "cost of an audit over P0", source="5.3", low=0.0, high=1e6)
    audit_random: Number = parameter(0.4, "share of audits at random", source="5.3", low=0.0, high=1.0)
    fine: Number = parameter(
        1.0, "share of its pay that a caught route loses", source="5.4", low=0.0, high=1.0
    )
    treasury_share: Number = parameter(
        0.2, "s_T, bound of the subsidy by the treasury", source="5.4", low=0.0, high=1.0
    )
    noise_hit: Number = parameter(
        0.4, "factor on the sampling deviation of audits", source="5.8", low=0.0, high=10.0
    )


@dataclass(frozen=True)
class Parameters(Enforcement, Workers, People, InitialValues):
    """All parameters; a block is the unit of time, a token that of money."""
