"""Section 5.3: what is worth hosting, to whom, and how fast members change what they hold."""

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.tensors import Tensors
from .arrays import at_home, deepened, in_regions, over_data, plus, ratio
from .parameters import Columns
from .state import State, price

LOOK_AHEAD = 30.0  # days
FAR = 1.0 / 3.0  # of the uploaders: from here on distance is rewarded


class Choice(NamedTuple):
    """What members hold, report and wish to hold."""

    staked: Tensor  # (B, N) token/member, s-bar
    online: Tensor  # (B, N) share of time
    fake: Tensor  # (B, N) share reported and not held
    copies: Tensor  # (B, R, K) in members
    boost: Tensor  # (B, R, K) extra upload weight for being far
    change: Tensor  # (B, N, K) wanted less hosted
    gain: Tensor  # (B, N, K) its positive part


def choose(p: Columns, s: State, levers: Tensors, shocks: Tensors) -> Choice:
    """The day's hosting decisions, from yesterday's incomes."""
    usd = price(s)
    staked = ratio(s.stake, s.members)
    threat = levers["audit_rate"] * p.slash * usd * staked / p.care
    online = torch.sigmoid(torch.logit(s.uptime) + p.audit_response * torch.log1p(threat))
    fake = torch.clamp(p.freeride0 * shocks["freeride"] / (1.0 + threat * p.care / p.temptation), max=1.0)
    copies = in_regions(s.hosted, s.members, p.R)
    copies = copies + deepened(p.sponsor_copies, 3) / p.R
    far = 1.0 - ratio(copies, copies.sum(1, keepdim=True))
    boost = levers["geo_boost"][:, :, None] * torch.clamp((far - FAR) * 1.5, 0.0, 1.0)
    wanted = wish(p, s, online, fake, boost, usd)
    change = wanted - s.hosted
    return Choice(staked, online, fake, copies, boost, change, torch.clamp(change, min=0.0))


def wish(p: Columns, s: State, online: Tensor, fake: Tensor, boost: Tensor, usd: Tensor) -> Tensor:
    """Share of each datum's pieces that a member would hold, (B, N, K)."""
    arrived = 1.0 - torch.exp(torch.as_tensor(-LOOK_AHEAD / p.heat_days, dtype=s.heat.dtype))
    coming = (s.coming - s.heat) * arrived
    # belief of rank two: the skilled know what comes, the others believe rumours
    reasons = deepened(p.speculation, 3) * torch.stack([coming, s.rumour], 1)
    belief = torch.bmm(torch.stack([s.skill, 1.0 - s.skill], 2), reasons)
    hope = torch.exp(torch.clamp(belief, -2.0, 2.0))
    upload = at_home((1.0 + boost) * (s.yield_ / s.size)[:, None, :], hope)
    known = usd * s.pay_hosting * (1.0 + fake) - s.storage_cost
    liked = plus(known[:, :, None], p.own_value, s.interest)
    net = torch.addcmul(liked, online[:, :, None], upload)
    net = torch.clamp(net, min=0.0)
    pull = net * net
    (mass,) = over_data(pull, s.size)
    (depth,) = over_data(pull * net, s.size)
    mean = ratio(depth, mass)
    filled = mean / (mean + p.host_scale)
    return torch.clamp(pull * ratio(filled * s.disk, mass)[:, :, None], max=1.0)
