"""The questions of the page, and the experiments that answer them (section 11).

The page has no figures. `earlier` is what a prototype of the same equations measured on 64 episodes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, nan

from torch import Tensor

from .experiments import Arm, Estimate, Outcomes, estimate, run

SPREADS = (0.0, 0.35, 0.7, 1.0)
MEAN_COST = 0.025 * exp(0.49)  # USD/GB, the default mean of the cost of a person's GB
INFLATIONS = (0.0, 0.05, 0.10, 0.20, 0.30)
BOOSTS = (0.0, 0.15, 0.5, 1.0, 2.0)
LOCKS = ((0.2, 0.0), (0.2, 1.0), (0.2, 2.0), (0.2, 3.0), (0.6, 0.0), (0.6, 1.0), (0.6, 3.0))
PEG = 0.06  # USD/GB


@dataclass(frozen=True)
class Answer:
    """A measured answer.

    Attributes:
        question, experiment, quantity: in words.
        earlier: the prototype's figure and half of its interval.
        ours: the same of this code.
    """

    question: str
    experiment: str
    quantity: str
    earlier: Estimate
    ours: Estimate

    @property
    def verdict(self) -> str:
        """Whether both say the same."""
        if self.earlier.sign == 0:
            return "no sign before" + ("" if self.ours.sign == 0 else ", one now")
        if self.ours.sign == -self.earlier.sign:
            return "opposite"
        apart = abs(self.ours.mean - self.earlier.mean)
        same = "same sign" if self.ours.sign else "not significant"
        return f"{same}, same size" if apart <= self.ours.half + self.earlier.half else same


SHARING = "Is one-to-many-to-many sharing positive-sum when bandwidth costs differ?"
MINTING = "Does minting elastic to saturation bring in hosting until demand is met?"
ROUTES = "Which pricing route keeps availability at lower inflation?"
BOOSTING = "Does the boost for far seeds raise geographic diversity?"
LOCKING = "Do power-law lock-ups lengthen membership?"


def difference(outcomes: Outcomes, arm: str, base: str, figure: str) -> Tensor:
    """Paired by episode, (episodes,)."""
    return outcomes[arm][figure] - outcomes[base][figure]


def sharing(episodes: int, days: int) -> list[Answer]:
    """11.1: both cost spreads s, the median moved so that the mean cost stays."""
    arms = [
        Arm(
            f"{s:g}",
            {
                "bandwidth_cost_spread": s,
                "region_cost_spread": s,
                "bandwidth_cost_median": MEAN_COST * exp(-s * s),
            },
        )
        for s in SPREADS
    ]
    outcomes = run(arms, episodes, days)
    earlier = {
        "surplus_usd_per_day": ((18.4, 2.3), (43.9, 3.4), (61.8, 3.9)),
        "delivered": ((173.0, 52.0), (435.0, 73.0), (614.0, 81.0)),
    }
    answers = [
        Answer(
            SHARING,
            f"spread {s:g} against 0",
            name,
            Estimate(*said),
            estimate(difference(outcomes, f"{s:g}", "0", name)),
        )
        for name, row in earlier.items()
        for s, said in zip(SPREADS[1:], row, strict=True)
    ]
    ratio = estimate(outcomes["0.7"]["cost_per_gb"] / outcomes["0.7"]["members_cost"])
    what = "cost of a delivered GB over the members' mean"
    return [*answers, Answer(SHARING, "spread 0.7", what, Estimate(0.845, 0.029), ratio)]


def minting(episodes: int, days: int) -> list[Answer]:
    """11.2: against constant inflation 0.10, and against the constant that mints as much."""
    earlier: dict[tuple[bool, float], tuple[tuple[float, float], ...]] = {
        (False, 1.0): ((103, 31), (0.0062, 0.0022), (-0.013, 0.004), (0.047, 0.015), (-107, 37)),
        (False, 2.0): ((191, 50), (0.0103, 0.0028), (-0.033, 0.008), (0.122, 0.027), (-214, 59)),
        (True, 1.0): ((160, 31), (0.0080, 0.0021), (-0.021, 0.006), (0.077, 0.020), (-126, 38)),
        (True, 2.0): ((284, 48), (0.0126, 0.0028), (-0.046, 0.008), (0.171, 0.029), (-194, 53)),
    }
    outcomes = run(
        [Arm(f"{boom}{e:g}", {"mint_elasticity": e}, boom=boom) for boom in (False, True) for e in (0.0, 1.0, 2.0)],
        episodes, days,
    )  # fmt: skip
    rates = {key: float(outcomes[f"{key[0]}{key[1]:g}"]["mint_rate"].mean()) for key in earlier}
    equal = run(
        [Arm(f"{boom}{e:g}", levers={"inflation": rate}, boom=boom) for (boom, e), rate in rates.items()],
        episodes,
        days,
    )
    names = ("capacity", "availability", "served", "log_saturation")
    answers: list[Answer] = []
    for (boom, e), figures in earlier.items():
        arm, case = f"{boom}{e:g}", f"{'requests doubled' if boom else 'calm'}, elasticity {e:g}"
        for name, said in zip(names, figures[:4], strict=True):
            ours = estimate(difference(outcomes, arm, f"{boom}0", name))
            answers.append(Answer(MINTING, f"{case} against 0.10", name, Estimate(*said), ours))
        ours = estimate(outcomes[arm]["capacity"] - equal[arm]["capacity"])
        answers.append(Answer(MINTING, f"{case} against equal mint", "capacity", Estimate(*figures[4]), ours))
    return [*answers, *pegged(episodes, days)]


def pegged(episodes: int, days: int) -> list[Answer]:
    """11.2 with the charge held in USD, the weakest and the strongest case; intervals that were not kept are nan."""
    earlier = {
        (False, 1.0): ((117, 23), (-0.002, nan), (0.009, nan)),
        (True, 2.0): ((336, 44), (-0.008, nan), (0.029, nan)),
    }
    arms = [
        Arm(f"{boom}{e:g}", {"mint_elasticity": e}, boom=boom, peg=PEG)
        for boom, strong in earlier
        for e in (0.0, strong)
    ]
    outcomes = run(arms, episodes, days)
    return [
        Answer(MINTING, f"the same, charge pegged to {PEG:g} USD/GB: {'doubled' if boom else 'calm'}, elasticity {e:g}",
               name, Estimate(*said), estimate(difference(outcomes, f"{boom}{e:g}", f"{boom}0", name)))
        for (boom, e), figures in earlier.items()
        for name, said in zip(("capacity", "served", "log_saturation"), figures, strict=True)
    ]  # fmt: skip


def routes(episodes: int, days: int) -> list[Answer]:
    """11.3: both routes at the same levers and lines."""
    arms = [Arm(f"{rate:g}", levers={"inflation": rate}) for rate in INFLATIONS]
    gate, charge = (run(arms, episodes, days, pricing) for pricing in ("fixed_gate", "fixed_download"))
    earlier = {
        "availability": ((0.039, 0.016), (0.012, 0.007), (0.005, 0.005), (0.001, 0.004), (0.000, 0.003)),
        "membership": ((0.198, 0.012), (0.206, 0.010), (0.207, 0.009), (0.192, 0.009), (0.167, 0.008)),
    }
    return [
        Answer(ROUTES, f"fixed gate less fixed charge, inflation {arm.name}", name, Estimate(*said),
               estimate(gate[arm.name][name] - charge[arm.name][name]))
        for name, row in earlier.items()
        for arm, said in zip(arms, row, strict=True)
    ]  # fmt: skip


def boosting(episodes: int, days: int) -> list[Answer]:
    """11.4: the boost against none."""
    outcomes = run([Arm(f"{boost:g}", levers={"geo_boost": boost}) for boost in BOOSTS], episodes, days)
    earlier = {
        "diversity": ((0.0064, 0.0005), (0.0165, 0.0015), (0.0250, 0.0023), (0.0337, 0.0031)),
        "availability": ((-0.0009, 0.0002), (-0.0025, 0.0006), (-0.0038, 0.0009), (-0.0048, 0.0012)),
    }
    return [
        Answer(BOOSTING, f"boost {boost:g} against 0", name, Estimate(*said),
               estimate(difference(outcomes, f"{boost:g}", "0", name)))
        for name, row in earlier.items()
        for boost, said in zip(BOOSTS[1:], row, strict=True)
    ]  # fmt: skip


def locking(episodes: int, days: int) -> list[Answer]:
    """11.5: exponents of the lock-up curve against 0, at two shares of the stakers."""
    arms = [
        Arm(f"{share:g}/{power:g}", levers={"staker_share": share, "lock_exponent": power})
        for share, power in LOCKS
    ]
    outcomes = run(arms, episodes, days)
    names = ("final_lock_age", "leaving", "joining", "membership")
    earlier: dict[tuple[float, float], tuple[tuple[float, float], ...]] = {
        (0.2, 1.0): ((15.2, 1.1), (-0.00144, 0.00007), (-0.00160, 0.00008), (0.011, 0.001)),
        (0.2, 2.0): ((18.6, 1.3), (-0.00167, 0.00009), (-0.00194, 0.00010), (0.006, 0.002)),
        (0.2, 3.0): ((19.5, 1.4), (-0.00167, 0.00010), (-0.00200, 0.00011), (0.000, 0.002)),
        (0.6, 1.0): ((34.2, 2.4), (-0.00346, 0.00022), (-0.00357, 0.00021), (0.033, 0.004)),
        (0.6, 3.0): ((44.9, 3.1), (-0.00423, 0.00028), (-0.00447, 0.00027), (0.014, 0.005)),
    }
    return [
        Answer(LOCKING, f"exponent {power:g} against 0, staker share {share:g}", name, Estimate(*said),
               estimate(difference(outcomes, f"{share:g}/{power:g}", f"{share:g}/0", name)))
        for (share, power), row in earlier.items()
        for name, said in zip(names, row, strict=True)
    ]  # fmt: skip


QUESTIONS: tuple[Callable[[int, int], list[Answer]], ...] = (sharing, minting, routes, boosting, locking)
