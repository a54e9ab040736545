"""The three control tasks (model.md, section 9)."""

from dataclasses import replace

from ...core.task import Task
from . import dashboard, objective
from .economy import EscrowGovernor, ResponsiveStorageNetwork, RouterIncentives
from .scenarios import SCENARIOS, scenarios_without

STEWARD_TASK = Task(
    id="tokenomics/StorageNetwork-v0",
    entry_point="storage_network.responsive.env:StorageNetworkEnv",
    economy=ResponsiveStorageNetwork(),
    objective=objective.STEWARD,
    scenarios=tuple(SCENARIOS.values()),
    horizon=600,
    interval=5,
    onset=(100, 350),
    evaluation_onset=200,
    panels=dashboard.STEWARD,
    measures=dashboard.measure,
    recorded=dashboard.RECORDED,
    recoveries=("recovery_blocks",),
    step_unit="block",
)
ESCROW_TASK = replace(
    STEWARD_TASK,
    id="tokenomics/StorageEscrow-v0",
    entry_point="storage_network.responsive.env:StorageEscrowEnv",
    economy=EscrowGovernor(),
    objective=objective.ESCROW,
    scenarios=scenarios_without("bandwidth", "churn"),
    panels=dashboard.ESCROW,
)
ROUTER_TASK = replace(
    STEWARD_TASK,
    id="tokenomics/StorageRouter-v0",
    entry_point="storage_network.responsive.env:StorageRouterEnv",
    economy=RouterIncentives(),
    objective=objective.ROUTER,
    scenarios=scenarios_without("crash", "insolvency"),
    panels=dashboard.ROUTER,
)
TASKS = (STEWARD_TASK, ESCROW_TASK, ROUTER_TASK)
