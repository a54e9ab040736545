"""An asymmetric actor-critic for stable-baselines3: the critic sees more than the actor (Pinto et al., 2017).

What an episode has in store (its scenario, when it sets in, the noise) moves the value of a state and is
hidden from policies. A critic that knows it tells such luck apart from the merit of an action.
"""

from copy import copy
from typing import Any

from gymnasium.spaces import Box
from stable_baselines3 import PPO
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.torch_layers import MlpExtractor
from torch import Tensor, nn


class Asymmetric(MlpExtractor):
    """Networks of actor and critic, of which the actor sees the first numbers of the observation alone.

    Args:
        shown: how many. others: see SB3's `MlpExtractor`.
    """

    def __init__(self, shown: int, *others: Any, **named: Any) -> None:
        super().__init__(*others, **named)
        self.shown = shown
        first = self.policy_net[0]
        self.policy_net[0] = nn.Linear(shown, first.out_features, device=first.weight.device)

    def forward_actor(self, features: Tensor) -> Tensor:
        """Features (B, F), or what is shown of them, → latent of the actor (B, L)."""
        return self.policy_net(features[:, : self.shown])


class PrivilegedPolicy(ActorCriticPolicy):
    """SB3's policy with that extractor; deterministic actions may be asked for what is shown alone.

    Args:
        shown: how many numbers of the observation the actor sees. others: see SB3's `ActorCriticPolicy`.
    """

    def __init__(self, *others: Any, shown: int, **named: Any) -> None:
        self.shown = shown
        super().__init__(*others, **named)

    def _build_mlp_extractor(self) -> None:
        self.mlp_extractor = Asymmetric(
            self.shown, self.features_dim, self.net_arch, self.activation_fn, self.device
        )

    def _get_constructor_parameters(self) -> dict[str, Any]:
        return {**super()._get_constructor_parameters(), "shown": self.shown}


def deployable(model: PPO) -> PPO:
    """The model for environments that show nothing privileged, as an ordinary one of SB3's "MlpPolicy".

    Its actor is the model's; of the critic only the weights of what is shown are left.
    """
    policy = model.policy
    if not isinstance(policy, PrivilegedPolicy):
        return model
    whole = policy.observation_space
    assert isinstance(whole, Box)
    plain = copy(model)
    plain.observation_space = Box(
        whole.low[: policy.shown], whole.high[: policy.shown], dtype=whole.dtype.type
    )
    plain.policy_class = ActorCriticPolicy
    plain.policy_kwargs = {key: value for key, value in model.policy_kwargs.items() if key != "shown"}
    plain._last_obs = None
    plain.policy = ActorCriticPolicy(
        plain.observation_space, plain.action_space, model.lr_schedule, **plain.policy_kwargs
    ).to(model.device)
    weights = dict(policy.state_dict())
    first = "mlp_extractor.value_net.0.weight"
    weights[first] = weights[first][:, : policy.shown]
    plain.policy.load_state_dict(weights)
    return plain
