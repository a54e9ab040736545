"""Kernels: what is written for speed alone. What they compute is said shorter in `model.md`.

**A day client by client** (section 10). By definition clients come one after another: each moves q by
one step of the rule, scaled by the chance that it writes, and pays at the new q, in expected values.
Here whole runs of clients are served at once: as long as the rule's sign stays, what k of them pay is a
difference of harmonic numbers, and the sign changes at whole clients found by bisection. Prices move
within the day by `step`, so that a day holds several sign changes. All tensors are (B,).

**The section tree** (section 4.1). By definition vaults arrive one at a time. Here they arrive in lots of
one per section on average, and sections split in place.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.tensors import Number

ROUNDS = 1024  # sign changes that a day may hold; the reference days hold 56 at most, a start on target more
_SMOOTH = 64.0  # argument from which the asymptotic series is exact to 1e-13
NEGLIGIBLE = 1e-12  # vaults; what is less counts as none


class Purse(NamedTuple):
    """What the clients of a day change."""

    q: Tensor  # chunk/safecoin
    paid: Tensor  # A, safecoin
    farmed: Tensor  # I, safecoin
    unfarmed: Tensor  # U, safecoin


class Rule(NamedTuple):
    """What holds for every client of the day."""

    proposal: bool  # the target multiplies I instead of A
    total: Number  # T, safecoin
    buffer: Number  # β
    step: Tensor  # q_step · ω, expected move of q at one client
    floor: Tensor  # q_min
    written: Tensor  # chunks that a client stores, ω a, times the multiplier of the cost
    earned: Tensor  # safecoin farmed through a client, ρ a R/b

    def sign(self, purse: Purse) -> Tensor:
        """Direction of q: +1 cheaper, −1 dearer, 0 no move."""
        issued = 1.0 - purse.unfarmed / self.total
        base = purse.farmed if self.proposal else purse.paid
        return torch.sign(purse.paid - (issued + self.buffer) * base)

    def serve(self, purse: Purse, sign: Tensor, clients: Tensor) -> Purse:
        """The purse after so many clients under one sign."""
        step = torch.where(self.step > 0.0, self.step, 1.0)
        moving = (sign != 0.0) & (self.step > 0.0)
        x = purse.q / step
        room = torch.floor(torch.clamp((purse.q - self.floor) / step, min=0.0))
        moved = torch.where(sign < 0.0, torch.minimum(clients, room), clients)
        low = torch.where(sign < 0.0, x - moved - 1.0, x)
        per_chunk = torch.where(moving, harmonic(low, moved) / step, clients / purse.q)
        per_chunk = per_chunk + torch.where(moving, (clients - moved) / self.floor, 0.0)
        paid, earned = self.written * per_chunk, self.earned * clients
        q = torch.maximum(purse.q + sign * self.step * clients, self.floor)
        return Purse(q, purse.paid + paid, purse.farmed + earned, purse.unfarmed + paid - earned)


def harmonic(low: Tensor, count: Tensor) -> Tensor:
    """Σ 1/(low + i), i = 1..count, for low > −1: ψ(low + count + 1) − ψ(low + 1).

    Far from 0 that difference cancels; there the Euler-Maclaurin series about half-integers is used.
    """
    a = torch.clamp(low + 0.5, min=_SMOOTH)
    b = a + count
    series = torch.log1p(count / a) + (b**-2 - a**-2) / 24.0 - 7.0 * (b**-4 - a**-4) / 960.0
    near = torch.clamp(low, min=1e-12 - 1.0, max=_SMOOTH)
    exact = torch.digamma(near + count + 1.0) - torch.digamma(near + 1.0)
    return torch.where(low + 0.5 >= _SMOOTH, series, exact)


def by_events(purse: Purse, rule: Rule, clients: Tensor) -> Purse:
    """The purse after the day's clients, sign change by sign change.

    With a rising price the distance to the target is concave in the clients, with a falling one
    convex, so a sign that holds at both ends of a run holds throughout. Clients left over after
    `ROUNDS` sign changes are served under the last sign.
    """
    left = clients
    for turn in range(ROUNDS):
        if not bool((left > 0.0).any()):
            break
        sign = rule.sign(purse)
        served = left if turn == ROUNDS - 1 else _until_change(purse, rule, sign, left)
        purse = rule.serve(purse, sign, served)
        left = left - served
    return purse


def _until_change(purse: Purse, rule: Rule, sign: Tensor, left: Tensor) -> Tensor:
    """Whole clients until the rule's sign differs from `sign`; all that are left if it never does."""
    stays = rule.sign(rule.serve(purse, sign, left)) == sign
    low, high = torch.zeros_like(left), torch.ceil(left)
    halvings = int(torch.ceil(torch.log2(torch.clamp(left.max(), min=1.0)))) + 1
    for _ in range(halvings):
        middle = torch.floor((low + high) / 2.0)
        same = rule.sign(rule.serve(purse, sign, middle)) == sign
        low, high = torch.where(same, middle, low), torch.where(same, high, middle)
    return torch.where(stays, left, torch.minimum(torch.clamp(high, min=1.0), left))


def by_blocks(purse: Purse, rule: Rule, clients: Tensor, blocks: int) -> Purse:
    """The purse after the day's clients in equal blocks, the sign frozen inside each."""
    for _ in range(blocks):
        purse = rule.serve(purse, rule.sign(purse), clients / blocks)
    return purse


def tree_add(sizes: Tensor, vaults: Tensor, split: float, chance: Chance, name: str) -> Tensor:
    """Whole vaults (B,) join sections chosen uniformly, in lots of one per section on average.

    Raises:
        RuntimeError: more sections than slots.
    """
    left = torch.floor(vaults + NEGLIGIBLE).to(torch.int64)
    sizes, lot_number = sizes.clone(), 0
    while bool((left > 0).any()):
        sections = (sizes >= 0.0).sum(1)
        lot = torch.minimum(left, sections)
        width = int(lot.max())
        draw = chance.uniform(f"{name}.arrival.{lot_number}", width)
        home = torch.clamp((draw * sections[:, None]).to(torch.int64), max=sections[:, None] - 1)
        joins = torch.arange(width) < lot[:, None]
        sizes.scatter_add_(1, home, joins.to(torch.float64))
        _split_full(sizes, sections, split, chance, f"{name}.split.{lot_number}")
        left = left - lot
        lot_number += 1
    return sizes


def _split_full(sizes: Tensor, sections: Tensor, split: float, chance: Chance, name: str) -> None:
    """Turns every section above `split` into two, in place, each vault going to either half."""
    from scipy.stats import binom  # heavy to import and needed by this law alone

    used, turn = int(sections.max()), 0
    while True:
        full = sizes[:, :used] > split
        count = full.sum(1)
        if not bool(count.any()):
            return
        if int((sections + count).max()) > sizes.shape[1]:
            raise RuntimeError(f"the section tree needs more than {sizes.shape[1]} slots; raise tree_slots")
        row, column = full.nonzero(as_tuple=True)
        rank = (full.cumsum(1) - 1)[row, column]
        draw = chance.uniform(f"{name}.{turn}", int(count.max()))[row, rank]
        whole = sizes[row, column]
        half = torch.as_tensor(binom.ppf(draw.numpy(), whole.numpy(), 0.5))
        sizes[row, column] = whole - half
        sizes[row, sections[row] + rank] = half
        sections = sections + count
        used, turn = int(sections.max()), turn + 1
