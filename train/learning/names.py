"""Parameters of stable-baselines3's policies under the names of this suite."""

from collections.abc import Mapping

from torch import Tensor

HEADS = {"action_net": "actor", "value_net": "critic"}
BODIES = {"policy_net": "actor", "value_net": "critic"}


def renamed(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """`actor.mlp.…`, `critic.mlp.…` and `log_std`, layers in order.

    Raises:
        ValueError: a parameter that a policy of separate networks does not have.
    """
    last = sum(name.startswith("mlp_extractor.policy_net.") for name in stored)
    parameters: dict[str, Tensor] = {}
    for name, value in stored.items():
        match name.split("."):
            case ["log_std"]:
                parameters[name] = value
            case ["mlp_extractor", body, layer, kind] if body in BODIES:
                parameters[f"{BODIES[body]}.mlp.{layer}.{kind}"] = value
            case [head, kind] if head in HEADS:
                parameters[f"{HEADS[head]}.mlp.{last}.{kind}"] = value
            case _:
                raise ValueError(f"a policy of separate networks has no parameter {name}")
    return dict(sorted(parameters.items(), key=lambda item: (len(item[0]), item[0])))
