"""A policy to begin with that does what a rule does: regression of the rule's actions on observations.

The rule leads the first episodes. From then on the clone leads half of them, and the rule says what it would have done
(DAgger: Ross, Gordon & Bagnell 2011). Of a rule with a memory, or with sensors that are not observed, the clone learns
what an observation tells of its actions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import torch
from torch import Tensor, nn

from agents.network import perceptron
from agents.registry import controller
from agents.seeds import training
from envs.core.chance import seeds_from
from envs.core.control import Controller
from envs.core.simulation import Simulation
from envs.core.task import Task

from ..judging.episodes import run
from ..judging.held_out import acting, episodes
from .learner import Learner, discounted, set_parameters
from .settings import Settings

ROUNDS = 3  # of episodes, one in each environment
UPDATES, SAMPLES = 1500, 1024  # of a regression; decisions in each
RATE = 3e-3  # of Adam, falling to 0 as half a cosine
MOST = 2_000_000  # decisions that are kept of a round


@dataclass(frozen=True)
class Clone:
    """How well a rule was cloned.

    Attributes:
        rule_score: the rule's on held-out episodes, deciding as often as the policy and through its action map.
        error: root mean square of the difference of actions in [-1, 1], on episodes led by the clone of the
            rounds before.
    """

    rule_score: float
    error: float


class Imitated:
    """A rule's decisions as actions in [-1, 1] of a simulation's action map."""

    def __init__(self, rule: Controller, simulation: Simulation) -> None:
        self.rule, self.simulation = rule, simulation

    def __call__(self, decision: int, seen: Tensor, read: Callable[[], dict[str, Tensor]]) -> Tensor:
        """The action (B, A) of a decision; the rule is asked anew as often as it decides."""
        simulation, sensors = self.simulation, read()
        if decision == 0:
            self.rule.reset(simulation.batch, simulation.device)
        if decision * simulation.interval % self.rule.interval == 0:
            self._asked = simulation.levers.positions(self.rule.act(sensors))
        return simulation.action_map.recover(self._asked, simulation.positions, sensors)


def clonable(task: Task, name: str, action: str | None = None) -> Controller:
    """A rule of the task that a policy can begin with.

    Raises:
        ValueError: there is no such rule, or no policy can do what it does.
    """
    rule = controller(task, name)
    if rule.economy_for(task.economy) is not task.economy:
        raise ValueError(f"from_rule is {name!r}, which acts inside the economy, where no policy can")
    probe = task.simulation(1, autoreset=False, compile=False, action=action)
    sensors = probe.reset(0)
    try:
        Imitated(rule, probe)(0, probe.observe(sensors, probe.run), lambda: sensors)
    except ValueError as error:
        raise ValueError(f"from_rule is {name!r}: {error}") from error
    return rule


def clone(learner: Learner, task: Task, simulation: Simulation, settings: Settings, seed: int) -> Clone:
    """Gives a learner's actor the actions of the settings' rule and its critic the returns of these episodes.

    Args:
        simulation: from its initial state, without autoreset. seed: of the training, whose seeds these episodes have.
    """
    assert settings.from_rule is not None
    rule = Imitated(controller(task, settings.from_rule), simulation)
    generator = torch.Generator().manual_seed(seed)
    actor, critic = networks_of(learner)
    bound = torch.tanh if learner.shape.squash == "tanh" else nn.Identity()
    rounds: list[Decisions] = []
    error = inf
    for number in range(ROUNDS):
        first = training(seed, ROUNDS * simulation.batch) + number * simulation.batch
        found = visit(simulation, rule, actor if number else None, bound, settings, first)
        if number:
            with torch.no_grad():
                off = bound(actor(found.seen[found.own])).clamp(-1.0, 1.0) - found.wanted[found.own]
            error = float(off.square().mean().sqrt())
        rounds.append(found)
        seen, wanted = (torch.cat([getattr(one, name) for one in rounds]) for name in ("seen", "wanted"))
        regress(actor, bound, seen, wanted, generator)
    regress(critic, nn.Identity(), found.seen, found.returns[:, None], generator)
    named = {f"{name}.mlp.{key}": value for name, network in (("actor", actor), ("critic", critic))
             for key, value in network.state_dict().items()}  # fmt: skip
    set_parameters(learner, learner.parameters() | named)
    scores, _, _ = episodes(task, simulation, rule)
    return Clone(sum(scores.values()) / len(scores), error)


@dataclass(frozen=True)
class Decisions:
    """Decisions of a round: observations (n, O), the rule's actions (n, A), returns (n,), led by the clone, bool (n,)."""

    seen: Tensor
    wanted: Tensor
    returns: Tensor
    own: Tensor


def networks_of(learner: Learner) -> tuple[nn.Sequential, nn.Sequential]:
    """Copies of a learner's actor and critic."""
    shape, parameters = learner.shape, learner.parameters()
    copies = []
    for name, outputs in (("actor", shape.outputs), ("critic", 1)):
        network = perceptron(shape.inputs, outputs, shape.widths, shape.activation)
        prefix = f"{name}.mlp."
        network.load_state_dict(
            {key.removeprefix(prefix): at for key, at in parameters.items() if key.startswith(prefix)}
        )
        copies.append(network.to(parameters["log_std"].device))
    return copies[0], copies[1]


@torch.no_grad()
def visit(
    simulation: Simulation,
    rule: Imitated,
    actor: nn.Module | None,
    bound: Callable[[Tensor], Tensor],
    settings: Settings,
    first_seed: int,
) -> Decisions:
    """An episode in every environment, with the rule's word on every decision; the actor leads every second one."""
    own = torch.arange(simulation.batch, device=simulation.device) % 2 == 1
    own = own if actor is not None else torch.zeros_like(own)
    seens: list[Tensor] = []
    wanteds: list[Tensor] = []

    def decide(decision: int, seen: Tensor, read: Callable[[], dict[str, Tensor]]) -> Tensor:
        wanted = rule(decision, seen, read).to(torch.float32)
        seens.append(seen.clone())  # graphs write where they wrote before
        wanteds.append(wanted)
        return wanted if actor is None else torch.where(own[:, None], bound(actor(seen)).clamp(-1, 1), wanted)

    lived = run(simulation, acting(simulation, decide), seeds_from(first_seed, simulation.batch, own.device))
    returns, alive = (
        discounted(lived, simulation.interval, settings, settings.gamma),
        lived.decided(simulation.interval),
    )
    count = len(seens)
    kept = alive & (torch.arange(count, device=own.device) % -(-alive.numel() // MOST) == 0)[:, None]
    return Decisions(
        torch.stack(seens)[kept],
        torch.stack(wanteds)[kept],
        returns[kept],
        own.expand(count, -1)[kept],
    )


def regress(
    network: nn.Module,
    bound: Callable[[Tensor], Tensor],
    seen: Tensor,
    wanted: Tensor,
    generator: torch.Generator,
) -> None:
    """Fits a network's bounded output (n, A) to what is wanted, by least squares."""
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, UPDATES)
    for _ in range(UPDATES):
        rows = torch.randint(len(seen), (SAMPLES,), generator=generator).to(seen.device)
        loss = (bound(network(seen[rows])) - wanted[rows]).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
