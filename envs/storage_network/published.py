"""The source's findings beside ours (`model.md`, sections 3 and 6 to 9)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ..core.chance import Paired
from ..core.model import Track, untracked
from ..core.table import Table
from . import accounts
from .economy import StorageNetwork
from .parameters import POOLS

RUNS = 1500
Columns = dict[str, Tensor]  # reference column → (T + 1, B)


@dataclass(frozen=True)
class Finding:
    """A published figure, ours, and by how much they may differ.

    Attributes:
        slack: allowed difference: our error of sampling, theirs, and their rounding.
    """

    name: str
    said: str
    published: float
    ours: float
    slack: float

    @property
    def agrees(self) -> bool:
        """Whether ours is within the slack."""
        return abs(self.ours - self.published) <= self.slack


def history(
    economy: StorageNetwork, runs: int, blocks: int, names: tuple[str, ...], seed: int = 0
) -> Columns:
    """Reference columns of every block, name → (blocks + 1, runs); `destroyed` is one of them."""
    chance, levers = Paired(seed + torch.arange(runs)), economy.neutral_levers(runs)
    kept: dict[str, list[Tensor]] = {name: [] for name in names}
    with torch.inference_mode():
        state = economy.initial(runs, chance.at(torch.full((runs,), -1)))
        for block in range(blocks + 1):
            if block:
                state = economy.step(state, levers, {}, chance.at(state.time))
            row = accounts.columns(economy, state) | {"destroyed": state.destroyed, "price": state.price}
            for name, values in kept.items():
                values.append(row[name].to(torch.float64))
    return {name: torch.stack(values) for name, values in kept.items()}


def quantile(values: Tensor, share: float) -> float:
    """A quantile of (B,)."""
    return float(torch.quantile(values, share))


def links(runs: int = RUNS) -> list[Finding]:
    """Latency, queues, uploads and the nearest node, of the plain model."""
    names = ("latency", "transit", "cum_fail_i", "cum_fail_k", "find_count", "n_paid")
    found = history(StorageNetwork.of("master"), runs, 200, names)
    sent = 1.0 - found["cum_fail_k"][-1] / 200.0
    latency = found["latency"][14:]
    findings = [
        Finding("latency, shortest", "exactly 5", 5.0, float(latency.min()), 0.0),
        Finding("latency, longest", "exactly 5", 5.0, float(latency.max()), 0.0),
        Finding("messages paid at t = 200", "t − 13", 187.0, float(found["n_paid"][-1].mean()), 0.0),
        Finding("tokens in transit, mean", "about 656", 656.0, float(found["transit"][14:].mean()), 10.0),
        Finding("failed uploads of i", "97 %", 0.97, float(found["cum_fail_i"][-1].mean() / 200.0), 0.01),
        Finding("uploads of k that pass", "about 1/3", 1.0 / 3.0, float(sent.mean()), 0.06),
    ]
    wanted = {"i": (0.062, 0.345, 0.316, 0.152, 0.125), "k": (0.365, 0.249, 0.106, 0.153, 0.126)}
    many = 40 * runs
    start = StorageNetwork.of("master").initial(many, Paired(torch.arange(many)))
    for owner, shares in wanted.items():
        counts = torch.bincount(getattr(start, f"nearest_{owner}"), minlength=5) / many
        for node, share, ours in zip("ijkpr", shares, counts.tolist(), strict=True):
            slack = 5.0 * (share / many) ** 0.5 + 5e-4
            findings.append(Finding(f"nearest({owner}) is {node}", f"{share:.1%}", share, ours, slack))
    return findings


def regressor(runs: int = RUNS) -> list[Finding]:
    """The plain model's treasury at T = 200."""
    found = history(StorageNetwork.of("master"), runs, 200, ("treasury", "wallet_workers"))
    treasury = found["treasury"][-1]
    workers = float(found["wallet_workers"][-1].mean())
    return [
        Finding("plain: treasury, mean", "4.3", 4.3, float(treasury.mean()), 0.5),
        Finding("plain: treasury, least", "2.0", 2.0, float(treasury.min()), 0.5),
        Finding("plain: treasury, greatest", "7.7", 7.7, float(treasury.max()), 1.0),
        Finding("plain: tokens paid, mean", "about 9,450", 9450.0, workers, 100.0),
        Finding(
            "plain: treasury over tokens paid", "< 0.1 %", 0.0005, float(treasury.mean()) / workers, 0.0005
        ),
    ]


def classifier(runs: int = RUNS) -> list[Finding]:
    """The classifier model's treasury at T = 200: its tail, and its dependence on the ids."""
    names = ("treasury", "cum_penalty", "p_hat_star", "p_hat", "dist_kj")
    found = history(StorageNetwork.of("subsidy_tax_tuning"), runs, 200, names)
    treasury, distance = found["treasury"][-1], found["dist_kj"][-1]
    high = (found["p_hat_star"][14:] > 1.0).any(0).to(torch.float64)
    flagged = (found["p_hat"][14:] > 0.8).to(torch.float64).mean()
    middle = (distance >= 2.0) & (distance <= 5.0)

    def at(*distances: int) -> float:
        chosen = torch.stack([distance == one for one in distances]).any(0)
        return quantile(treasury[chosen], 0.5)

    share = found["cum_penalty"][-1].sum() / treasury.sum()
    return [
        Finding("classifier: treasury, median", "81", 81.0, quantile(treasury, 0.5), 8.0),
        Finding("classifier: treasury, 25 %", "50", 50.0, quantile(treasury, 0.25), 6.0),
        Finding("classifier: treasury, 75 %", "137", 137.0, quantile(treasury, 0.75), 12.0),
        Finding("classifier: treasury, 95 %", "276", 276.0, quantile(treasury, 0.95), 70.0),
        Finding("classifier: penalties over the treasury", "99.7 %", 0.997, float(share), 0.003),
        Finding("classifier: routes called fake", "about 30 %", 0.30, float(flagged), 0.05),
        Finding("classifier: runs with p* > 1", "5.9 %", 0.059, float(high.mean()), 0.03),
        Finding("classifier: the same, x = 2 … 5", "20 %", 0.20, float(high[middle].mean()), 0.1),
        Finding("classifier: median treasury, x = 0", "about 4", 4.0, at(0), 1.5),
        Finding("classifier: median treasury, x = 2 … 6", "140–180", 160.0, at(2, 3, 4, 5, 6), 20.0),
        Finding("classifier: median treasury, x = 8", "100", 100.0, at(8), 15.0),
        Finding("classifier: median treasury, x = 15", "45", 45.0, at(15), 10.0),
    ]


def payment(runs: int = RUNS // 3) -> list[Finding]:
    """The payment tests at T = 300: what the split moves, and what it does not."""
    names = ("treasury", "wallet_r", "wallet_k", "wallet_j", "wallet_p", "wallet_workers", "price")

    def at(variant: str, share: str, value: float) -> Columns:
        return history(StorageNetwork.of(variant, **{share: value}), runs, 300, names)

    findings = []
    for variant, share, role in (
        ("route_allocation_test", "route_allocation", "wallet_r"),
        ("storage_allocation_test", "store_allocation", "wallet_k"),
    ):
        low, middle, high = (at(variant, share, value) for value in (0.25, 0.35, 0.45))
        low_, middle_, high_ = (float(one[role][-1].mean()) for one in (low, middle, high))
        curve = (high_ - middle_) / (middle_ - low_)
        provers = [float((one["wallet_j"] + one["wallet_p"])[-1].mean()) for one in (low, high)]
        ratio = quantile(high["treasury"][-1], 0.5) / quantile(low["treasury"][-1], 0.5)
        findings += [
            Finding(f"{share}: treasury, 0.45 over 0.25", "insensitive", 1.0, ratio, 1e-9),
            Finding(f"{share}: income's second step over the first", "linear", 1.0, curve, 1e-6),
            Finding(
                f"{share}: the prover's change over the role's", "opposite", -1.0,
                (provers[1] - provers[0]) / (high_ - low_), 1e-6,
            ),
        ]  # fmt: skip
        if role == "wallet_r":
            price = float(low["price"][1:].mean())
            findings.append(Finding("price of a message, mean", "about 27", 27.0, price, 0.5))
    return findings


def escrow(runs: int = RUNS) -> list[Finding]:
    """Escrow relaxation at T = 100: the first default, and what it destroys, by the sender's wallet."""
    findings = []
    wanted = {1000.0: (51, 50, 1000), 1500.0: (68, 32, 1500), 2000.0: (87, 14, 2000)}
    for wallet, (block, unpaid, _) in wanted.items():
        economy = StorageNetwork.of("escrow_relaxation", i_wallet=wallet)
        found = history(economy, runs, 100, ("n_not_paid", "destroyed"))
        never = found["n_not_paid"] == 0.0
        first = quantile(never.to(torch.float64).sum(0), 0.5)
        lost = found["destroyed"][-1][~never[-1]]
        findings += [
            Finding(f"wallet {wallet:.0f}: block of the first default, median", f"{block}", block, first, 1.5),
            Finding(
                f"wallet {wallet:.0f}: unpaid messages, mean", f"{unpaid}", unpaid,
                float(found["n_not_paid"][-1].mean()), 1.5,
            ),
            Finding(f"wallet {wallet:.0f}: tokens destroyed", "18–21", 19.5, float(lost.mean()), 3.0),
        ]  # fmt: skip
    return findings


def funnel(runs: int = RUNS) -> list[Finding]:
    """The funnel's shocks, and its people."""
    pools = tuple(f"pool_{pool}" for pool in POOLS)
    found = history(StorageNetwork.of("adoption"), runs, 100, ("signal", *pools))
    shocks = float((found["signal"][1:] > 500.0).to(torch.float64).mean())
    people = torch.stack([found[pool] for pool in pools]).sum(0)[-1]
    return [
        Finding("adoption: blocks with a shock", "8.0 %", 0.080, shocks, 0.004),
        Finding("adoption: people in all pools, mean", "100,000", 1e5, float(people.mean()), 1e-6),
    ]


TABLES: tuple[Callable[..., list[Finding]], ...] = (links, regressor, classifier, payment, escrow, funnel)
HEAD = ("finding", "published", "ours", "may differ by", "agrees")
NOTES = (
    f"means and quantiles over {RUNS:,} networks, {RUNS // 3} for each share of the payment tests, draws paired",
    "published: as the source says it; what may differ is the error of both samples and the source's rounding",
)


def table(track: Track = untracked) -> Table:
    """The source's findings beside ours."""
    groups = [one() for one in track(TABLES, "findings", len(TABLES))]
    rows = [
        (one.name, one.said, f"{one.ours:.4g}", f"{one.slack:.2g}", "yes" if one.agrees else "no")
        for group in groups
        for one in group
    ]
    return Table(HEAD, tuple(rows), NOTES)
