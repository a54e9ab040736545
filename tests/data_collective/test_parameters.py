"""Parameters: ranges and their ends, sizes, and values per environment."""

from dataclasses import fields
from typing import Any

import pytest
import torch

from envs.core.chance import Paired
from envs.data_collective import DataCollective
from envs.data_collective.interface import LEVERS
from envs.data_collective.parameters import Parameters
from envs.data_collective.reference import course, read

from .files import SMALL, paths

NUMBERS = [one for one in fields(Parameters) if isinstance(one.default, float)]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"N": 30}, "N is 30; it must be a multiple of R, which is 8"),
        ({"N": 0}, "N is 0; it must be at least 1"),
        ({"N": 8.5}, "N is 8.5; it must be a whole number"),
        ({"R": 4.5}, "R is 4.5; it must be a whole number"),
        ({"K": True}, "K is True; it must be a number"),
        ({"pricing": "free"}, "pricing is 'free'; it must be one of fixed_gate, fixed_download"),
        ({"burn": 1.1}, "burn is 1.1; it must be at most 1"),
        ({"burn": float("nan")}, "burn is nan; it must be finite"),
        ({"surge_cap": 1.0}, "surge_cap is 1.0; it must be greater than 1"),
        ({"uptime_median": 1.0}, "uptime_median is 1.0; it must be at most 0.999"),
        ({"people": torch.tensor([20.0, -1.0])}, "people is -1.0; it must be greater than 0"),
        ({"R": torch.tensor([8, 4])}, "R cannot differ between environments"),
        ({"pool0": 3e6}, "supply0 leaves -1020000.0 beside pool0 and treasury0"),
    ],
)
def test_unusable_values_are_named(changed: dict[str, Any], message: str) -> None:
    with pytest.raises((ValueError, TypeError), match=r"DataCollective\." + message.replace("(", r"\(")):
        DataCollective(**changed)


def test_unknown_keys_of_a_file_are_named() -> None:
    for file, message in (
        ({"params": {"people": 20.0, "folk": 1.0}}, "params has unknown folk"),
        ({"parms": {}}, "unknown parms"),
        ({"economy": "bostrom"}, "economy is 'bostrom'"),
        ({"chance": "lucky"}, "chance is 'lucky'"),
        (
            {"shocks": [{"channel": "dump", "value": float("nan"), "first": 0, "after_last": 1}]},
            "must be finite",
        ),
        ({"levers_by_week": [{"gate": 5.0}]}, "gate is 5.0; it must lie from 20 to 2000"),
        ({"levers_by_week": [{"fate": 5.0}]}, "unknown fate"),
        ({"shocks": [{"channel": "dump", "value": 1.0}]}, "lacks after_last, first"),
        ({"shocks": [{"channel": "rain", "value": 1.0, "first": 0, "after_last": 1}]}, "channel is 'rain'"),
    ):
        with pytest.raises(ValueError, match=message):
            read(file), course(file)


def ends(one: Any) -> tuple[float, float]:
    """The ends of a parameter's range, or values far out where it has none."""
    rules, default = one.metadata, float(one.default)
    low = rules["low"] if rules["low"] is not None else rules["above"] + 1e-3 * max(default, 1e-3)
    low = {"supply0": 270_000.0}.get(one.name, low)  # pool and treasury must fit
    high = {"pool0": 1.9e6, "treasury0": 1.7e6}.get(one.name, 20.0 * max(default, 0.1))
    return low, high if rules["high"] is None else rules["high"]


@pytest.mark.parametrize("pricing", ["fixed_gate", "fixed_download"])
def test_ends_of_all_ranges_stay_finite(pricing: str) -> None:
    """An environment for each end of each parameter and each of two patterns of levers at their ends."""
    batch = 4 * len(NUMBERS)
    values = {one.name: torch.full((batch,), one.default, dtype=torch.float64) for one in NUMBERS}
    values["people"] = torch.full((batch,), SMALL["people"], dtype=torch.float64)
    for number, one in enumerate(NUMBERS):
        low, high = ends(one)
        values[one.name][4 * number : 4 * number + 4] = torch.tensor(
            [low, low, high, high], dtype=torch.float64
        )
    economy = DataCollective(**(SMALL | {"pricing": pricing} | values))  # type: ignore[arg-type]
    chance = Paired(torch.arange(batch))
    state = economy.initial(batch, chance.at(torch.full((batch,), -1)))
    pattern = torch.arange(batch) % 2
    levers = {
        lever.name: torch.where((pattern + number) % 2 == 0, lever.low, lever.high).double()
        for number, lever in enumerate(LEVERS)
    }
    with torch.inference_mode():
        for _ in range(15):
            state = economy.step(state, levers, economy.neutral_shocks(batch), chance.at(state.time))
            sensed = economy.sense(state, levers)
    for name, value in (*state._asdict().items(), *sensed.items()):
        wrong = ~torch.isfinite(value).reshape(batch, -1).all(1)
        assert not bool(wrong.any()), f"{name}: {blamed(wrong)}"
    for name in ("members", "balance", "stake", "holders", "vesting", "treasury", "pool_token", "hosted"):
        wrong = getattr(state, name).reshape(batch, -1).amin(1) < -1e-9
        assert not bool(wrong.any()), f"{name} below 0: {blamed(wrong)}"
    missing = economy.ledger(state)["VIDYA.unaccounted"].abs() > 1e-9 * state.supply
    assert not bool(missing.any()), blamed(missing)


def blamed(wrong: torch.Tensor) -> list[str]:
    return sorted({NUMBERS[i // 4].name for i in wrong.nonzero()[:, 0].tolist()})


def test_values_per_environment_equal_single_ones() -> None:
    """Every number as a tensor of two values gives what two economies give."""
    plain = {one.name: one.default for one in NUMBERS}
    other = {name: 1.0 - value if name == "members0" else 0.9 * value for name, value in plain.items()}
    other |= {"surge_cap": 4.0, "supply0": 2e6}
    both = {name: torch.tensor([plain[name], other[name]], dtype=torch.float64) for name in plain}
    mixed = list(paths(DataCollective(**(both | SMALL | {"people": both["people"]})), 15, 2))[-1]  # type: ignore[arg-type]
    for number, values in enumerate((plain, other)):
        alone = list(paths(DataCollective(**(SMALL | values)), 15, 1, seed=number))[-1]
        for name, value in alone._asdict().items():
            torch.testing.assert_close(getattr(mixed, name)[number], value[0], rtol=1e-9, atol=1e-9, msg=name)


def test_numbers_keep_double_precision() -> None:
    """A number and a tensor of it give the same path, also where single precision does not hold it."""
    odd = {
        "disk_median": 41.7, "disk_floor": 5.3, "uptime_median": 0.71, "release_rate": 0.123, "heat_days": 17.3,
        "mood_days": 33.3, "mood_sd": 0.47, "sentiment_days": 12.7, "coming_days": 29.9, "rumour_sd": 0.61,
        "ratio_price": 1e4 / 3.0, "ratio_buy": 1.0, "min_ratio": 3.1, "surge_cap": 4.7,
    }  # fmt: skip
    many = {name: torch.full((2,), value, dtype=torch.float64) for name, value in odd.items()}
    alone, same = (list(paths(DataCollective(**(SMALL | values)), 30, 2)) for values in (odd, many))  # type: ignore[arg-type]
    for one, other in zip(alone, same, strict=True):
        for name, value in one._asdict().items():
            torch.testing.assert_close(getattr(other, name), value, rtol=1e-12, atol=1e-12, msg=name)
    chance = Paired(torch.arange(2)).at(torch.full((2,), -1))
    disk = DataCollective(**(SMALL | odd)).initial(2, chance).disk  # type: ignore[arg-type]
    torch.testing.assert_close(
        disk, 5.3 + (41.7 - 5.3) * torch.exp(0.8 * chance.normal("disk", 8)), rtol=1e-14, atol=0.0
    )


def test_credit_costs_what_it_should_where_the_balance_bounds_it() -> None:
    economy = DataCollective(**SMALL, ratio_price=1e4 / 3.0, ratio_buy=1.0, min_ratio=3.1)  # type: ignore[arg-type]
    before, after = list(paths(economy, 2, 2, inflation=0.0, download_price=0.1))
    bought = after.seeded - before.seeded
    assert bool((bought > 0.0).all())
    assert bool((after.balance >= 0.0).all())
