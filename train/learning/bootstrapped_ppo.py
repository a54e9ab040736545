"""rsl_rl's PPO as a few large calls that compile, with time limits that do not bias the critic.

rsl_rl gives a truncated step the value of the observation that led to it; here it gets the value of the
final observation. And its update asks the device for three numbers after every minibatch; here nothing is
asked until an iteration is over.
"""

from collections.abc import Callable
from typing import Any

import torch
from rsl_rl.algorithms import PPO
from rsl_rl.modules.distribution import GaussianDistribution
from tensordict import TensorDict
from torch import Tensor, nn

from .learner import orthogonal


class SquashedGaussian(GaussianDistribution):  # type: ignore[misc]
    """The law of tanh(x), x normal with a mean from the network and a deviation of its own for each action.

    Samples, probabilities and entropy are those of x: in PPO's ratio of probabilities the tanh cancels.
    """

    def __init__(self, output_dim: int, init_std: float) -> None:
        super().__init__(output_dim, init_std, std_type="log")

    def deterministic_output(self, mlp_output: Tensor) -> Tensor:
        """x (B, A) → action (B, A) in [-1, 1]."""
        return torch.tanh(mlp_output)

    def as_deterministic_output_module(self) -> nn.Module:
        """The same as a module."""
        return nn.Tanh()

    def init_mlp_weights(self, mlp: nn.Module) -> None:
        """Orthogonal, with actions near 0 in the beginning."""
        orthogonal(mlp, 0.01)


def output(mlp: nn.Module, x: Tensor) -> Tensor:
    """What a multilayer perceptron gives for (N, O); on the CPU 2σ(2x) − 1 costs half of what tanh does."""
    for layer in mlp:  # type: ignore[attr-defined]
        x = 2.0 * torch.sigmoid(2.0 * x) - 1.0 if isinstance(layer, nn.Tanh) else layer(x)
    return x


class BootstrappedPPO(PPO):  # type: ignore[misc]
    """PPO for networks of observations alone, whose truncated steps continue with the final observation's value.

    Rollouts are stored in rsl_rl's storage, which is allocated once; actions are kept before the tanh.

    Args:
        args, others: see rsl_rl's PPO; the law of the actor is a `SquashedGaussian`.
    """

    def __init__(self, *args: Any, **others: Any) -> None:
        super().__init__(*args, **others)
        orthogonal(self.critic.mlp, 1.0)
        (group,) = self.optimizer.param_groups
        self.optimizer = torch.optim.Adam(group["params"], lr=group["lr"], fused=True)
        self.seen = self.storage.observations["policy"]

    def compile(self, mode: str | None = None) -> None:
        """Makes graphs of fixed shapes of drawing, valuing and the loss; None leaves them eager.

        CUDA graphs ("reduce-overhead") may be asked for, since what a call returns is used or copied
        before the next one.
        """

        def graph(function: Callable[..., Any]) -> Callable[..., Any]:
            return torch.compile(function, fullgraph=True, dynamic=False, mode=mode) if mode else function

        self._draw, self._value, self._loss = graph(self.drawn), graph(self.value), graph(self.loss)

    def prepare(self) -> None:
        """Compiles now what the first iteration would compile; nothing is learned."""
        size = self.storage.rewards.numel() // self.num_mini_batches
        with torch.no_grad():
            self._draw(self.seen[0], self.storage.actions[0])
            self._value(self.seen[0])
        total, _ = self._loss(*[part[:size] for part in self.records()])
        total.backward()
        self.optimizer.zero_grad()

    def drawn(self, seen: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Draws x about the actor's mean.

        Args:
            seen: observation (B, O). noise: standard normal numbers (B, A).

        Returns:
            Action (B, A), x (B, A), its log-probability (B, 1) and the critic's value (B, 1).
        """
        log_deviation = self.actor.distribution.log_std_param
        x = output(self.actor.mlp, seen) + noise * torch.exp(log_deviation)
        log_prob = -(0.5 * noise * noise + log_deviation).sum(1, keepdim=True)
        return torch.tanh(x), x, log_prob, self.value(seen)

    def value(self, seen: Tensor) -> Tensor:
        """Observations (B, O) → values (B, 1)."""
        return output(self.critic.mlp, seen)

    def loss(
        self, seen: Tensor, x: Tensor, before: Tensor, advantage: Tensor, returns: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The loss of a minibatch, and value loss, surrogate and entropy, (3,).

        Args:
            seen: (N, O). x: (N, A). before: log-probabilities when they were drawn; advantage, returns: (N, 1).
        """
        log_deviation = self.actor.distribution.log_std_param
        z = (x - output(self.actor.mlp, seen)) * torch.exp(-log_deviation)
        ratio = torch.exp(-(0.5 * z * z + log_deviation).sum(1, keepdim=True) - before)
        gain = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
        clipped = torch.clamp(ratio, 1.0 - self.clip_param, 1.0 + self.clip_param)
        surrogate = -torch.minimum(gain * ratio, gain * clipped).mean()
        value = (returns - self.value(seen)).square().mean()
        entropy = (log_deviation + 1.4189385332046727).sum()  # ½ ln 2πe for each action
        total = surrogate + self.value_loss_coef * value - self.entropy_coef * entropy
        return total, torch.stack([value, surrogate, entropy]).detach()

    @torch.no_grad()
    def act(self, obs: TensorDict) -> Tensor:
        """Actions (B, A) in [-1, 1], and the first half of a step's record."""
        storage, at = self.storage, self.storage.step
        self.seen[at] = obs["policy"]
        action, *drawn = self._draw(obs["policy"], torch.randn_like(storage.actions[at]))
        storage.actions[at], storage.actions_log_prob[at], storage.values[at] = drawn
        return action  # type: ignore[no-any-return]

    @torch.no_grad()
    def process_env_step(
        self, obs: TensorDict, rewards: Tensor, dones: Tensor, extras: dict[str, Tensor]
    ) -> None:
        """The second half; `extras` holds `time_outs` (B,) and `final_observations` (B, O).

        As in the simulation's autoreset, only the CPU is asked whether there is anything to do.
        """
        storage, at = self.storage, self.storage.step
        storage.rewards[at] = rewards[:, None]
        if extras["time_outs"].device.type != "cpu" or bool(extras["time_outs"].any()):
            after = self._value(extras["final_observations"]) * extras["time_outs"][:, None]
            storage.rewards[at] += self.gamma * after
        storage.dones[at] = dones[:, None]
        storage.step = at + 1

    def update(self) -> dict[str, float]:
        """Learns from the rollout; mean losses, fetched from the device at the end."""
        sums = self.learn()
        self.storage.clear()
        means = (sums / (self.num_learning_epochs * self.num_mini_batches)).tolist()
        return dict(zip(("value", "surrogate", "entropy"), means, strict=True))

    def learn(self) -> Tensor:
        """Epochs over minibatches, which are drawn once, as rsl_rl draws them; sums of the losses, (3,)."""
        storage = self.storage
        size = storage.rewards.numel() // self.num_mini_batches
        order = torch.randperm(size * self.num_mini_batches, device=self.device)
        shuffled = [part[order].split(size) for part in self.records()]
        networks = [list(self.actor.parameters()), list(self.critic.parameters())]
        sums = torch.zeros(3, device=self.device)
        for _ in range(self.num_learning_epochs):
            for batch in zip(*shuffled, strict=True):
                total, losses = self._loss(*batch)
                self.optimizer.zero_grad()
                total.backward()
                for parameters in networks:
                    nn.utils.clip_grad_norm_(parameters, self.max_grad_norm)
                self.optimizer.step()
                sums += losses
        return sums

    def records(self) -> list[Tensor]:
        """What `loss` takes, of the whole rollout, (T · B, …)."""
        storage = self.storage
        parts = (self.seen, storage.actions, storage.actions_log_prob, storage.advantages, storage.returns)
        return [part.flatten(0, 1) for part in parts]
