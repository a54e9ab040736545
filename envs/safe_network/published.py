"""The published results about the SAFE network beside what its rules give (section 9)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ..core.chance import Exact, Expected
from ..core.model import Track, untracked
from ..core.table import Table
from .economy import SafeNetwork
from .reference import REFERENCE

DAYS = 3650
SEEDS = 16
ITERATION_5: dict[str, Any] = {"reward_divisor": "log_power"}
TREE_SLOTS = {"i1": 8192, "i5": 65536}

Quantities = dict[str, Tensor]  # name → (runs,)


def quantities(
    economy: SafeNetwork, seeds: int | None = None, track: Track = untracked, label: str = ""
) -> Quantities:
    """Published figures quantities of a ten-year run, or of one for each of so many seeds.

    The peak of R is that of the first 60 days, its trough that of days 200-363; a TB is two vaults.
    """
    batch = seeds or 1
    chance = Exact(torch.arange(batch)) if seeds else Expected(batch)
    kept: dict[str, list[Tensor]] = {name: [] for name in ("R", "f", "earn_cum")}
    with torch.inference_mode():
        run = REFERENCE.rows(economy, DAYS, chance, batch)
        for row in track(run, label, DAYS):
            for name, values in kept.items():
                values.append(row[name])
    reward, filled, earned = (torch.stack(values) for values in kept.values())
    return {
        "vaults": row["N"], "clients": row["users"], "f": row["f"], "u": row["u"], "reward": row["R"],
        "store_cost": row["C"], "sections": row["s"],
        "peak_reward": reward[:60].amax(0), "peak_day": reward[:60].argmax(0).double(),
        "trough_reward": reward[200:364].amin(0), "trough_day": 200.0 + reward[200:364].argmin(0).double(),
        "earn_per_TB": 2.0 * earned[-1], "earn_first30_share": earned[29] / earned[-1],
        "net_farmed": (row["I"] - row["A"]) / economy.total_supply,
        "total_farmed": row["I"], "total_paid": row["A"], "f_max": filled.amax(0),
    }  # fmt: skip


@dataclass(frozen=True)
class Result:
    """A published figure, and how to read ours off the runs of both iterations."""

    name: str
    published: float
    said: str
    read: Callable[[Quantities, Quantities], Tensor]
    show: str = "{:.4g}"


def of(iteration: int, name: str) -> Callable[[Quantities, Quantities], Tensor]:
    """A quantity of iteration 1 or 5."""
    return lambda first, fifth: (first if iteration == 1 else fifth)[name]


def ratio(name: str) -> Callable[[Quantities, Quantities], Tensor]:
    """A quantity of iteration 5 over that of iteration 1, from the means over seeds."""
    return lambda first, fifth: (fifth[name].mean() / first[name].mean()).reshape(1)


RESULTS = (
    Result("i1 vaults, year 10", 810000, "810 000", of(1, "vaults"), "{:.0f}"),
    Result("i1 u, year 10", 0.8337, "83.37 %", of(1, "u"), "{:.3%}"),
    Result("i1 net farmed", 0.0163, "1.63 %", of(1, "net_farmed"), "{:.3%}"),
    Result("i1 f, year 10", 0.48, "near 48 %", of(1, "f"), "{:.2%}"),
    Result("i1 f, maximum", 0.50, "about 50 %", of(1, "f_max"), "{:.2%}"),
    Result("i1 R at its peak, nanosafe", 6.0e6, "6.0e6", of(1, "peak_reward"), "{:.3g}"),
    Result("i1 day of the peak", 7, "7", of(1, "peak_day"), "{:.1f}"),
    Result("i1 R in its trough, nanosafe", 218000, "218 000", of(1, "trough_reward"), "{:.0f}"),
    Result("i1 day of the trough", 323, "323", of(1, "trough_day"), "{:.0f}"),
    Result("i1 coins per TB from day one", 2416, "2416", of(1, "earn_per_TB"), "{:.0f}"),
    Result("i1 share of it in 30 days", 2 / 3, "2/3", of(1, "earn_first30_share"), "{:.3f}"),
    Result("i1 C, year 10, nanosafe", 50000, "60 → 50 k", of(1, "store_cost"), "{:.0f}"),
    Result("i5 vaults, year 10", 6.87e6, "6.87e6", of(5, "vaults"), "{:.4g}"),
    Result("i5 f, year 10", 0.49, "49 %", of(5, "f"), "{:.2%}"),
    Result("i5 u, year 10", 0.74, "74 %", of(5, "u"), "{:.2%}"),
    Result("i5 net farmed", 0.11, "almost 11 %", of(5, "net_farmed"), "{:.2%}"),
    Result("i5/i1 vaults", 8.5, "almost 8.5", ratio("vaults"), "{:.2f}"),
    Result("i5/i1 clients", 18.5, "18.5", ratio("clients"), "{:.2f}"),
    Result("i5/i1 R", 1.24, "1.24", ratio("reward"), "{:.3f}"),
    Result("i5/i1 C", 1.0, "almost equal", ratio("store_cost"), "{:.3f}"),
    Result("i5/i1 total farmed", 7.0, "7", ratio("total_farmed"), "{:.3f}"),
    Result("i5/i1 earnings per vault", 0.616, "0.616", ratio("earn_per_TB"), "{:.3f}"),
)
HEAD = ("quantity", "published", "tree, 16 seeds", "hist", "ratio tree/published", "ratio hist/published")


def first_price(granularity: str) -> float:
    """C after the founding upload, nanosafe."""
    economy = SafeNetwork(upload_granularity=granularity)
    return economy.nano / float(economy.initial(1, Expected(1)).chunks_per_coin[0])


def table(track: Track = untracked) -> Table:
    """Published figures beside the stochastic section tree's, and its mean field's."""
    plain = SafeNetwork(sections="hist")
    fields = [
        quantities(plain.variant(**changes), None, track, f"{name} hist")
        for name, changes in (("i1", {}), ("i5", ITERATION_5))
    ]
    trees = [
        quantities(
            SafeNetwork(sections="tree", integer=True, tree_slots=TREE_SLOTS[name], **changes),
            SEEDS,
            track,
            f"{name} tree, {SEEDS} seeds",
        )
        for name, changes in (("i1", {}), ("i5", ITERATION_5))
    ]
    rows: list[tuple[str, ...]] = []
    for granularity, published, said in (("user", 61000.0, "61 k"), ("batch", 89000.0, "89 k")):
        price = first_price(granularity)
        close = f"{price / published:.3f}"
        name = "i1 price after upload" if granularity == "user" else "the same, uploaded in one batch"
        rows.append((f"{name}, nanosafe", said, f"{price:.0f}", f"{price:.0f}", close, close))
    for result in RESULTS:
        tree, field = result.read(*trees), result.read(*fields)
        deviation = f" ± {result.show.format(float(tree.std()))}" if len(tree) > 1 else ""
        rows.append(
            (
                result.name, result.said, result.show.format(float(tree.mean())) + deviation,
                result.show.format(float(field[0])), f"{float(tree.mean()) / result.published:.3f}",
                f"{float(field[0]) / result.published:.3f}",
            )
        )  # fmt: skip
    return Table(HEAD, tuple(rows), NOTES)


NOTES = (
    f"tree: random section tree, whole counts and binomial readers, mean ± deviation over {SEEDS} seeds; "
    "hist: its deterministic mean field.",
    "The rows used to choose between readings of the rules are the two prices, C, the peak of R, the coins "
    "per TB, and R over both iterations; the others are checks (`envs/safe_network/model.md`, section 9).",
    "Not matched: the day of the trough, 6 to 15 days early.",
)
