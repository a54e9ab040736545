"""The reference format: parameter files in, one row of columns a day out."""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from torch import Tensor

if TYPE_CHECKING:
    from .economy import SafeNetwork, State

RUN_KEYS = ("days", "seeds")  # how long and how often to run: not parameters of the economy


def parameters_of(economy: type["SafeNetwork"], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Constructor arguments from a parameter file's `params`, with lists made tuples.

    Raises:
        ValueError: a parameter that the economy does not have.
    """
    known = {declared.name for declared in fields(economy)}
    unknown = sorted(set(parameters) - known - set(RUN_KEYS))
    if unknown:
        raise ValueError(
            f"unknown parameter {', '.join(unknown)}; SafeNetwork has {', '.join(sorted(known))}"
        )
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in parameters.items()
        if name in known
    }


def day_row(economy: "SafeNetwork", state: "State") -> dict[str, Tensor]:
    """Columns of the reference files for the day that has passed, (B,) each."""
    day = state.day
    return {
        "day": state.time - 1, "N": state.vaults, "users": day.clients,
        "f": economy.filled(state), "u": economy.unfarmed_share(state),
        "R": day.reward, "C": day.cost, "w": day.ratio, "s": economy.section_count(state),
        "q": state.chunks_per_coin, "read_share": day.read_share, "growth": day.growth,
        "gets": day.gets, "puts": day.puts, "paid": day.paid, "payout": day.payout,
        "A": state.paid, "I": state.farmed, "K": state.chunks, "U": state.unfarmed,
        "earn": day.earned, "earn_cum": state.earned, "lost": state.lost,
    }  # fmt: skip
