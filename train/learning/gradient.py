"""A learner that follows the gradient of the score itself, back through every step of the economy.

Where the dynamics are differentiable, one episode tells how every action moved its score; PPO has to find that out from
noise on its actions. Known as analytic policy gradients, or backpropagation through time: Freeman et al. 2021 (Brax),
Xu et al. 2022 (SHAC). Shocks and people are drawn as ever, and no noise is added.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import torch
from torch import Tensor, nn
from typing_extensions import override

from agents.network import Shape, perceptron
from agents.seeds import training
from envs.adapters.spaces import observation_space
from envs.core.records import Transition
from envs.core.simulation import Simulation
from envs.core.tensors import map_record

from ..judging.episodes import Rollout, run
from ..judging.held_out import acting
from .learner import SQUASHING, Learner, discounted, orthogonal
from .schedules import schedule
from .settings import Settings


@dataclass
class Episodes:
    """The batch of whole episodes that is learned on."""

    simulation: Simulation
    transition: Transition | None = None
    scale: float = 1.0


class Bounded(torch.autograd.Function):
    """Clips to [-1, 1]; beyond, only a gradient that leads back is let through."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: D102
        ctx.save_for_backward(x)
        return x.clamp(-1.0, 1.0)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # noqa: D102  of what is minimised
        (x,) = ctx.saved_tensors
        outward = ((x > 1.0) & (gradient < 0.0)) | ((x < -1.0) & (gradient > 0.0))
        return gradient.masked_fill(outward, 0.0)


class GradientLearner(Learner):
    """Gradient ascent by Adam on the mean score of whole episodes, an update for each batch of them.

    The critic learns their discounted returns, so that PPO can go on from here; nothing else asks for it.

    Args:
        simulation: to learn on, eager, without autoreset. seed: of the training, for weights and environments.
    """

    def __init__(self, simulation: Simulation, settings: Settings, seed: int) -> None:
        torch.manual_seed(seed)
        self.environment, self.settings = Episodes(simulation), settings
        simulation.reset(training(seed, simulation.batch))
        inputs, outputs = observation_space(simulation).shape[0], len(simulation.action_map.labels)
        widths = tuple(settings.net_arch)
        self.shape = Shape(inputs, outputs, widths, settings.activation, SQUASHING["gradient"])
        self.actor, self.critic = (
            perceptron(inputs, count, widths, settings.activation).to(simulation.device)
            for count in (outputs, 1)
        )
        orthogonal(self.actor, 0.01)
        orthogonal(self.critic, 1.0)
        self.log_std = torch.full((outputs,), settings.log_std_init, device=simulation.device)
        self.rate, self.gamma = schedule(settings.learning_rate, 1.0), settings.gamma
        self.optimizers = [torch.optim.Adam(one.parameters(), self.rate) for one in (self.actor, self.critic)]
        self.size = simulation.batch * -(-simulation.horizon // simulation.interval)

    def collect(self) -> dict[str, float]:
        """The next episode in every environment; their mean score."""
        simulation, seen = self.environment.simulation, list[Tensor]()

        def decide(decision: int, observation: Tensor, read: Callable[[], dict[str, Tensor]]) -> Tensor:
            seen.append(observation.detach())
            action: Tensor = Bounded.apply(self.actor(observation))  # type: ignore[no-untyped-call]
            return action

        act = acting(simulation, decide)

        def move(decision: int, read: Callable[[], dict[str, Tensor]]) -> Transition:
            self.environment.transition = act(decision, read)
            return self.environment.transition

        self._lived: Rollout = run(simulation, move, None)
        self._seen = torch.stack(seen)
        return {"rollout/score": float(self._lived.scores.detach().mean())}

    @override
    def update(self) -> dict[str, float]:
        lived, (actor, critic) = self._lived, self.optimizers
        norm = self._descend(actor, self.actor, -lived.scores.mean())
        returns = discounted(lived, self.environment.simulation.interval, self.settings, self.gamma)
        value = (self.critic(self._seen)[..., 0] - returns).square().mean()
        self._descend(critic, self.critic, value)
        self._let_go()
        return {"train/gradient_norm": norm, "train/value_loss": float(value.detach())}

    def _descend(self, optimizer: torch.optim.Optimizer, network: nn.Module, loss: Tensor) -> float:
        """A step of Adam; the gradient's norm before it was clipped.

        Raises:
            ValueError: it is not finite.
        """
        for group in optimizer.param_groups:
            group["lr"] = self.rate
        optimizer.zero_grad()
        loss.backward()
        norm = float(nn.utils.clip_grad_norm_(network.parameters(), self.settings.max_grad_norm))
        if not isfinite(norm):
            raise ValueError("the gradient through the economy is not finite; --backend sb3 needs none")
        optimizer.step()
        return norm

    def _let_go(self) -> None:
        """Cuts what is kept of the episodes off the graph that led to it, which takes gigabytes."""
        simulation, transition = self.environment.simulation, self.environment.transition
        simulation.resume(map_record(torch.detach, simulation.run), map_record(torch.detach, simulation.last))
        assert transition is not None
        terms, costs = (
            {name: one.detach() for name, one in some.items()}
            for some in (transition.terms, transition.costs)
        )
        self.environment.transition = replace(transition, terms=terms, costs=costs)
        del self._lived, self._seen

    @override
    def discount(self, gamma: float, trace: float) -> None:
        self.gamma = gamma

    @override
    def parameters(self) -> dict[str, Tensor]:
        named = {
            f"{name}.mlp.{key}": at
            for name, network in (("actor", self.actor), ("critic", self.critic))
            for key, at in network.named_parameters()
        }
        return named | {"log_std": self.log_std}

    @override
    def save(self) -> dict[str, Any]:
        return {"optimizers": [one.state_dict() for one in self.optimizers]}

    @override
    def load(self, state: dict[str, Any]) -> None:
        for one, kept in zip(self.optimizers, state["optimizers"], strict=True):
            one.load_state_dict(kept)
