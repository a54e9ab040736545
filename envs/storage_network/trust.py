"""Trust scores, the decision to renege, and random audits (`model.md`, section 8.2).

The original describes these and codes none: `literal` is its formula, `repaired` what its text asks for.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Number

FLOOR = 0.02  # least severity of the repaired score


def acts(trust: Tensor, chance: Chance, name: str = "u_trust") -> Tensor:
    """Whether clients act on messages, with a probability that is their trust, bool (B, ·)."""
    return chance.uniform(name, *trust.shape[1:]) < trust


def severity(mean_trust: Tensor, kappa: Number) -> Tensor:
    """f in (0, 1): how strongly a client rewards and punishes, the more the worse its neighbours; (B, ·)."""
    return torch.sigmoid(-2.0 * kappa * (mean_trust - 0.5))


def literal(trust: Tensor, mean_trust: Tensor, reneges: Tensor, kappa: Number) -> Tensor:
    """A trust score after a promise was kept, or not, by the published formula; same shapes.

    Full trust never falls, and a score may fall below 0: clip it where it is used.

    Args:
        trust: score in [0, 1]. mean_trust: the client's mean over its neighbours. reneges: bool.
    """
    step = (1.0 - trust) * severity(mean_trust, kappa)
    down = torch.where(trust > 0.0, trust - step, trust)
    up = torch.where(trust < 1.0, trust + step, trust)
    return torch.where(reneges, down, up)


def repaired(
    trust: Tensor, mean_trust: Tensor, reneges: Tensor, kappa: Number, floor: float = FLOOR
) -> Tensor:
    """The same with punishment in proportion to trust and a least severity; stays in [0, 1]."""
    strength = torch.clamp(severity(mean_trust, kappa), min=floor)
    return torch.where(reneges, trust - trust * strength, trust + (1.0 - trust) * strength)


def renege_threshold(
    surplus: Tensor,
    discount: Number,
    gain_of_trust: Tensor,
    audit_rate: Number = 0.0,
    others: Number = 0.0,
    others_gain: Tensor | float = 0.0,
) -> Tensor:
    """Price above which reneging pays: what lower trust costs over all later interactions, tokens, (B, ·).

    Args:
        surplus: of one interaction, tokens. discount: factor per interaction, in [0, 1).
        gain_of_trust: score after keeping less score after reneging, at this neighbour.
        audit_rate: chance that an audit tells the others. others: how many there are.
        others_gain: the mean of the same difference over them.
    """
    return discount / (1.0 - discount) * surplus * (gain_of_trust + audit_rate * others * others_gain)


def renege_probability(price: Tensor, threshold: Tensor, temperature: Number) -> Tensor:
    """Chance to renege on a price, a logit of its distance from the threshold, (B, ·)."""
    return torch.sigmoid((price - threshold) / temperature)


class Audit(NamedTuple):
    """Result of random audits of the routes of a block."""

    audited: Tensor  # bool (B, M)
    hits: Tensor  # bool (B, M) audited and found misbehaving
    cost: Tensor  # (B,) tokens that the treasury pays


def is_misbehaving(unpaid: Tensor, hops: Tensor, distinct: Tensor, needed: Tensor) -> Tensor:
    """What an audit detects in routes, bool (B, M): non-payment, own loops, or more hops than needed."""
    return unpaid | (distinct < hops) | (hops > needed)


def audit(registered: Tensor, misbehaves: Tensor, rate: Number, cost: Number, chance: Chance) -> Audit:
    """Audits every registered route (bool (B, M)) with a probability, at a cost of tokens each."""
    drawn = chance.uniform("u_audit", registered.shape[1]) < torch.as_tensor(
        rate, dtype=torch.float64
    ).reshape(-1, 1)
    audited = registered & drawn
    return Audit(audited, audited & misbehaves, audited.sum(1) * cost)


def broadcast(trust: Tensor, offends: Tensor, kappa: Number, floor: float = FLOOR) -> Tensor:
    """All clients' trust after a broadcast: everyone counts a renege against the offenders.

    Args:
        trust: (B, N, N), row k is client k's trust in each other; its own place is left out of the mean.
        offends: bool (B, N).
    """
    nodes = trust.shape[1]
    own = torch.eye(nodes, dtype=torch.bool, device=trust.device)
    mean = torch.where(own, 0.0, trust).sum(2, keepdim=True) / max(nodes - 1, 1)
    punished = repaired(trust, mean, torch.ones_like(trust, dtype=torch.bool), kappa, floor)
    return torch.where(offends[:, None, :] & ~own, punished, trust)
