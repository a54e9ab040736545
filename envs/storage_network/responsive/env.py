"""The environments' classes: their docstrings are their pages."""

from typing import Any

from ...adapters.env import EconomyEnv
from ...core.task import Task
from .page import paged
from .task import ESCROW_TASK, ROUTER_TASK, STEWARD_TASK

STEWARD = """This task sets all ten levers, and its score weighs eleven terms. Weak spots of the score, so that nobody takes
them for skill: starving provers or storers costs only 0.01 to 0.02, since supply follows income and a
smaller role still copes; a small and dear network (fee 2.5) is only 0.02 below the best constant, and its worst
episode is the best of all constants. Growth is the term that keeps the network large."""

ESCROW = """Here the agent guards promises: how much of a price is locked, how harsh trust is, what a message costs and how
much is audited. A crash of the token and senders who cannot buy any are what it has to get through. Open-loop
search on single episodes with all draws known found 0.04 above the tuned rule; part of that is clairvoyance."""

ROUTER = """Here the agent makes routes fast and honest. The task separates the neutral mechanism, the best constant and a
tuned rule by 0.17 and 0.04, and it is an exercise for those: **there is hardly any proven head-room above the
tuned rule.** Open-loop search on single episodes, all draws known, found 0.005 above it and crawled; a learned
policy need not pass the rule, and one that equals it has done what can be shown to be possible."""

HELD = "The other levers of the network stay at their neutral values."


@paged(
    STEWARD_TASK,
    "The whole storage network: buy speed and honesty, keep promises, and let the network grow.",
    STEWARD,
)
class StorageNetworkEnv(EconomyEnv):
    """All ten levers; see `page`."""

    def __init__(self, task: str | Task = STEWARD_TASK.id, **options: Any) -> None:
        super().__init__(task, **options)


@paged(
    ESCROW_TASK,
    "The storage network's escrow: hold promises and let the network grow through crashes.",
    ESCROW,
    HELD,
)
class StorageEscrowEnv(EconomyEnv):
    """Escrow, steepness, fee and audits; see `page`."""

    def __init__(self, task: str | Task = ESCROW_TASK.id, **options: Any) -> None:
        super().__init__(task, **options)


@paged(
    ROUTER_TASK,
    "The storage network's routers: buy speed and honesty without draining the treasury.",
    ROUTER,
    HELD,
)
class StorageRouterEnv(EconomyEnv):
    """Tax, subsidy, penalty, threshold and audits; see `page`."""

    def __init__(self, task: str | Task = ROUTER_TASK.id, **options: Any) -> None:
        super().__init__(task, **options)
