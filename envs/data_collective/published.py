"""The questions of the page answered (section 11): a prototype's figures beside ours, and what follows from ours."""

from collections.abc import Callable, Mapping, Sequence
from math import isnan

from ..core.model import Track, untracked
from ..core.table import Table
from .experiments import Estimate
from .questions import BOOSTING, LOCKING, MINTING, QUESTIONS, ROUTES, SHARING, Answer

EPISODES, DAYS = 64, 365
HEAD = ("question", "experiment", "quantity", "prototype", "ours", "verdict")


def answers(episodes: int = EPISODES, days: int = DAYS, track: Track = untracked) -> list[Answer]:
    """All questions answered."""
    asked = track(QUESTIONS, "questions", len(QUESTIONS))
    return [answer for question in asked for answer in question(episodes, days)]


def table(track: Track = untracked) -> Table:
    """Every measured answer, and each question's conclusion."""
    found = answers(track=track)
    return Table(HEAD, tuple(rows(found)), (*conclusions(found), *NOTES))


def rows(found: Sequence[Answer]) -> list[tuple[str, ...]]:
    """The table under `HEAD`, each question named once."""
    questions = [one.question for one in found]
    return [
        (
            one.question if one.question not in questions[:number] else "",
            one.experiment,
            one.quantity,
            shown(one.earlier),
            shown(one.ours),
            one.verdict,
        )
        for number, one in enumerate(found)
    ]


def shown(value: Estimate) -> str:
    """Mean and half of its interval, where that is known."""
    half = "" if isnan(value.half) else f" ± {value.half:.2g}"
    return f"{value.mean:+.4g}{half}".replace("-", "−")


def conclusions(found: Sequence[Answer]) -> list[str]:
    """Of each question, from the signs of its answers."""
    return [
        f"{question} {conclude([one for one in found if one.question == question])}"
        for question, conclude in CONCLUSIONS.items()
    ]


def signs(found: Sequence[Answer], quantity: str, experiment: str = "") -> set[int]:
    """Signs of our answers for a quantity, in the experiments whose name holds a text."""
    return {one.ours.sign for one in found if one.quantity == quantity and experiment in one.experiment}


def _sharing(found: Sequence[Answer]) -> str:
    surplus = [one.ours.mean for one in found if one.quantity == "surplus_usd_per_day"]
    if signs(found, "surplus_usd_per_day") != {1}:
        return "Not with every spread."
    return "Yes, " + (
        "and the more they differ the more." if surplus == sorted(surplus) else "but not steadily."
    )


def _minting(found: Sequence[Answer]) -> str:
    brings = signs(found, "capacity", "against 0.10") == {1}
    met = signs(found, "served", "against 0.10") == {1}
    dearer = signs(found, "capacity", "against equal mint") == {-1}
    hosting = "It brings in hosting" if brings else "It does not always bring in hosting"
    demand = "demand is met better by it" if met else "demand is not met by it"
    return f"{hosting}; {demand}" + ("; a constant that mints as much brings more." if dearer else ".")


def _routes(found: Sequence[Answer]) -> str:
    gaps = [one.ours for one in found if one.quantity == "availability"]
    better = {1: "The fixed gate", -1: "The fixed charge", 0: "Neither"}[gaps[0].sign]
    closes = ", and the gap closes as inflation grows." if gaps[0].sign and not gaps[-1].sign else "."
    return f"{better} without inflation{closes}"


def _boosting(found: Sequence[Answer]) -> str:
    raised = "Yes" if signs(found, "diversity") == {1} else "Not at every size"
    return raised + (", and availability pays a little." if signs(found, "availability") == {-1} else ".")


def _locking(found: Sequence[Answer]) -> str:
    longer = signs(found, "final_lock_age") == {1} and signs(found, "leaving") == {-1}
    door = ", and fewer join." if signs(found, "joining") == {-1} else "."
    return ("Yes: fewer leave" if longer else "Not at every exponent") + door


CONCLUSIONS: Mapping[str, Callable[[Sequence[Answer]], str]] = {
    SHARING: _sharing, MINTING: _minting, ROUTES: _routes, BOOSTING: _boosting, LOCKING: _locking,
}  # fmt: skip
NOTES = (
    f"{EPISODES} episodes of {DAYS} days on the draws of seeds 5000 on, no scenario; means over days 61 to {DAYS}, and "
    "final_ ones on the last day. Differences are paired by episode, ± half of the 95 % interval of their mean.",
    "The page has no figures: the prototype is an earlier program of the same equations.",
    "Verdict: whether ours has the prototype's sign, and lies within both intervals together.",
)
