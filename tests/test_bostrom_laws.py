"""Laws of the Bostrom economy on parameters, draws and levers that hypothesis chooses."""

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.bostrom import Bostrom, State, books
from envs.bostrom.feedback import SUGGESTED
from envs.core.chance import Expected, Paired, Replay

from . import bostrom_oracle

POWERS = {
    "capitalization_per_agent", "capitalization_in_eth", "gboot_price", "cyberlinks_per_day",
    "cyberlinks_count", "gpu_memory_usage", "cpu_memory_usage", "cpu_time_usage", "gpu_time_usage",
}  # fmt: skip
STEPS = 120
quick = settings(max_examples=40, deadline=None)


def whole(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


def real(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False, allow_subnormal=False)


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """Parameter files whose runs of 120 days meet every edge of section 10."""
    low = draw(real(-0.02, 0.1))
    gift = draw(st.sampled_from([0, 10**9, 7 * 10**14, 7 * 10**14 + 13]))
    supplies = {
        "boot_liquid_supply": draw(whole(0, 5 * 10**14)),
        "boot_frozen_supply": draw(st.sampled_from([gift, gift // 2, gift // 200])),
        "boot_bonded_supply": draw(whole(10**9, 10**15)),
    }
    period = st.one_of(whole(3, 40), real(3.0, 40.0))
    return {
        "steps": STEPS,
        "initial_state": {
            "boot_inflation_rate": draw(real(0.0, 0.3)),
            "boot_supply": sum(supplies.values()),
            **supplies,
            "boot_claimed_supply": 0,
            "boot_to_distribution_supply": 0,
            "hydrogen_supply": draw(whole(0, 10**13)),
            "hydrogen_liquid_supply": draw(whole(0, 10**12)),
            "agents_count": draw(whole(100, 10**5)),
            "capitalization_per_agent": draw(real(0.0, 50.0)),
            "capitalization_in_eth": 24000,
            "cyberlinks_per_day": 0,
            "validator_revenue_gboot": 0,
            "timestep_provision_boot": 0,
            "gboot_price": 0.024,
            "cyberlinks_count": 0,
            "ampere_supply": 0,
            "volt_supply": draw(whole(0, 3)),
            "investmint_max_period": draw(whole(0, 60)),
            "ampere_mint_rate": 1,
            "volt_mint_rate": 1,
            "gpu_memory_usage": 0,
            "cpu_memory_usage": 0,
            "cpu_time_usage": 0,
            "gpu_time_usage": 0,
            "ampere_minted_amount": 0,
            "volt_minted_amount": 0,
        },
        "params": {
            "timesteps_per_year": draw(st.sampled_from([365, 360, 100])),  # fewer would leave 2^53 BOOT
            "boot_inflation_rate_change_annual": draw(real(0.0, 30.0)),
            "boot_inflation_rate_min": low,
            "boot_inflation_rate_max": low + draw(real(0.0, 0.1)),
            "boot_bonded_share_target": draw(real(0.1, 1.0)),
            "boot_bonded_share_limit": draw(real(0.0, 1.2)),
            "bonding_speed_coeff": draw(real(0.0, 0.2)),
            "days_for_gift_activation": draw(st.one_of(whole(0, 30), real(0.0, 30.0))),
            "claimed_at_activation_share": draw(real(0.0, 1.0)),
            "days_for_gift_full_claim": draw(st.one_of(whole(1, 60), real(0.5, 60.0))),
            "boot_gift_amount_init": gift,
            "agents_count_at_activation": 100000,
            "start_capitalization_per_agent": 1,
            "cyberlinks_transactions_coeff": draw(real(0.0, 30.0)),
            "extra_links": draw(whole(0, 10**5)),
            "guaranteed_links": draw(whole(0, 10**5)),
            "ampere_base_halving_period": draw(period),
            "volt_base_halving_period": draw(period),
            "ampere_mint_rate_min": draw(real(0.0, 0.5)),
            "volt_mint_rate_min": draw(real(0.0, 0.5)),
            "ampere_base_investmint_amount": draw(whole(10**6, 10**9)),
            "volt_base_investmint_amount": draw(whole(10**6, 10**9)),
            "ampere_base_investmint_period": draw(whole(1, 60)),
            "volt_base_investmint_period": draw(whole(1, 60)),
            "investmint_max_period_init": draw(st.one_of(whole(0, 60), real(0.0, 60.0))),
            "horizon_period_init": draw(period),
            "ampere_volt_ratio": draw(real(0.0, 1.0)),
            "hydrogen_liquid_ratio": draw(real(0.0, 1.0)),
            "validator_commission": draw(real(0.0, 1.0)),
            "max_validator_count": draw(whole(1, 200)),
            "particle_per_cyberlink": draw(real(0.0, 1.0)),
        },
    }


shares = st.lists(st.tuples(real(0.0, 1.0), real(0.0, 1.0)), min_size=STEPS, max_size=STEPS)
share_runs = st.one_of(real(0.0, 1.0).map(lambda u: [(u, u)] * STEPS), shares)


def replayed(used: list[tuple[float, float]]) -> Replay:
    table = torch.tensor(used, dtype=torch.float64)
    quiet = torch.zeros_like(table[:, :1])
    return Replay({"share_ampere": table[:, :1], "share_volt": table[:, 1:], "valuation_noise": quiet})


def run(economy: Bostrom, chance: Any, steps: int = STEPS, batch: int = 1) -> list[State]:
    state = economy.initial(batch, chance)
    levers, shocks = economy.neutral_levers(batch), economy.neutral_shocks(batch)
    states = [state]
    for _ in range(steps):
        state = economy.step(state, levers, shocks, chance.at(state.time))
        states.append(state)
    return states


def random_economy(file: dict[str, Any], **fields: Any) -> Bostrom:
    random = file | {"investmint_period_share": {"mode": "random"}}
    return replace(Bostrom.from_reference(json.loads(json.dumps(random))), **fields)


@quick
@given(files(), share_runs)
def test_equals_a_second_implementation(file: dict[str, Any], used: list[tuple[float, float]]) -> None:
    economy = random_economy(file)
    for day, (wanted, state) in enumerate(
        zip(bostrom_oracle.rows(file, used), run(economy, replayed(used)), strict=True)
    ):
        for name, value in economy.row(state).items():
            error = abs(float(value[0]) - wanted[name])
            allowed = 1e-12 * max(1.0, abs(wanted[name])) if name in POWERS else 0.0
            if name in ("capitalization_in_eth", "gboot_price"):  # c is near 0 in some files
                allowed = 1e-12 * max(1.0, abs(wanted[name]), wanted["agents_count"])
            assert error <= allowed, (day, name, float(value[0]), wanted[name])


@quick
@given(files(), shares)
def test_feedback_with_every_gain_off_is_bit_equal(
    file: dict[str, Any], used: list[tuple[float, float]]
) -> None:
    plain = random_economy(file)
    off = replace(plain, feedback=True)
    for state, same in zip(run(plain, replayed(used)), run(off, replayed(used)), strict=True):
        for name, value in plain.row(state).items():
            assert torch.equal(value, off.row(same)[name]), name


def test_books_in_place_are_the_same_books() -> None:
    for mode in ("overwrite", "accumulate"):
        plain = Bostrom(share_law="random", books=mode, book_days=400)
        chance = Paired(torch.arange(3))
        end = run(plain, chance, 500, 3)[-1]
        same = run(replace(plain, in_place=True), chance, 500, 3)[-1]
        assert all(torch.equal(a, b) for a, b in zip(end, same, strict=True))


def test_a_day_is_booked_once() -> None:
    economy = Bostrom(books="accumulate", in_place=True)
    levers, shocks = economy.neutral_levers(2), economy.neutral_shocks(2)
    state = economy.initial(2, Expected(2))
    once = economy.step(state, levers, shocks, Expected(2))
    book = once.volt_book.clone()
    again = economy.step(state._replace(booked=once.booked), levers, shocks, Expected(2))
    assert torch.equal(again.volt_book, book)


@quick
@given(files(), shares)
def test_corrected_modes_conserve(file: dict[str, Any], used: list[tuple[float, float]]) -> None:
    economy = random_economy(file, books="accumulate", gift_account="conserved")
    scale = 1e-12 * (float(file["initial_state"]["boot_supply"]) + file["params"]["boot_gift_amount_init"])
    states = run(economy, replayed(used))
    for before, state in pairwise(states):
        entries = {name: float(value[0]) for name, value in economy.ledger(state).items()}
        turnover = STEPS * (
            scale + 1e-12 * float(state.ampere_book.abs().sum() + state.volt_book.abs().sum())
        )
        for name in ("BOOT.unaccounted", "BOOT.gift_mismatch", "H.lost_ampere", "H.lost_volt"):
            assert abs(entries[name]) <= turnover, name
        assert entries["BOOT.to_distribution"] >= -turnover
        assert entries["BOOT.supply"] == float(before.boot_supply) + entries["BOOT.mint"]
        assert (
            entries["BOOT.bonded"]
            == float(before.boot_bonded_supply) + entries["BOOT.transfer.liquid_to_bonded"]
        )
        parts = sum(entries[f"H.{part}"] for part in ("liquid", "idle", "locked_ampere", "locked_volt"))
        assert abs(entries["H.supply"] - parts) <= turnover + 2.0 * STEPS  # two floors a day


def test_what_the_original_loses_stands_in_the_ledger() -> None:
    economy = Bostrom(share_law="random", in_place=True)
    end = run(economy, Paired(torch.arange(8)), 3650, 8)[-1]
    entries = economy.ledger(end)
    for token in ("ampere", "volt"):  # more than 70 % of all locked H (section 10)
        assert (entries[f"H.lost_{token}"] > 0.6 * getattr(end, f"{token}_locked")).all()
    assert (entries["BOOT.gift_mismatch"] < -1e12).all()
    assert (entries["BOOT.unaccounted"].abs() < 10.0).all()
    assert torch.equal(entries["H.supply"], entries["BOOT.bonded"])


def test_constant_share_loses_nothing() -> None:
    economy = Bostrom(in_place=True)
    kept = run(economy, Expected(1), 3650)[-1]
    entries = economy.ledger(kept)
    assert abs(float(entries["H.lost_volt"])) < 1e4
    summed = run(replace(economy, books="accumulate"), Expected(1), 3650)[-1]
    assert all(torch.equal(a, b) for a, b in zip(kept, summed, strict=True))


def test_parameters_may_differ_between_environments() -> None:
    chance = Expected(2)
    fields: dict[str, Any] = SUGGESTED | {"book_days": 400}
    names = (
        "boot_bonded_share_limit",
        "bonding_speed_coeff",
        "yield_response",
        "lock_response",
        "bonding_cap",
    )
    names += (
        "days_for_gift_activation",
        "boot_gift_amount_init",
        "ampere_volt_ratio",
        "volt_base_halving_period",
    )
    pair = {
        name: (getattr(Bostrom(**fields), name), getattr(Bostrom(**fields), name) * 0.9) for name in names
    }
    together = {name: torch.tensor(values, dtype=torch.float64) for name, values in pair.items()}
    both = run(Bostrom(**fields | together), chance, 400, 2)[-1]
    for i in range(2):
        alone = run(Bostrom(**fields | {name: values[i] for name, values in pair.items()}), Expected(1), 400)[
            -1
        ]
        for name, a, b in zip(State._fields, both, alone, strict=True):
            assert torch.allclose(a[i], b[0], rtol=1e-12, atol=0.0), name


def test_random_shares_follow_the_truncated_law() -> None:
    from envs.bostrom.equations import candidate_share

    levels = (torch.arange(1_000_000, dtype=torch.float64) + 0.5) / 1_000_000
    values = candidate_share(levels)
    percents = torch.round(values * 100.0)
    assert torch.equal(values, percents * 0.01)
    assert float(values.mean()) == pytest.approx(0.495, abs=1e-6)
    assert float(values.std()) == pytest.approx(0.1, abs=3e-4)
    assert 57 * 0.01 in values.tolist()


@pytest.mark.parametrize(
    ("section", "name", "value", "words"),
    [
        ("params", "boot_bonded_share_target", float("nan"), "boot_bonded_share_target"),
        ("params", "days_for_gift_full_claim", 0, "days_for_gift_full_claim"),
        ("params", "horizon_period_init", -3, "horizon_period_init"),
        ("params", "bonding_sped_coeff", 0.1, "bonding_sped_coeff"),
        ("params", "validator_commission", "high", "validator_commission"),
        ("params", "validator_commission", True, "validator_commission"),
        ("initial_state", "boot_liquid_supply", -1, "boot_liquid_supply"),
        ("initial_state", "volt_supply", None, "volt_supply"),
        ("investmint_period_share", "mode", "sometimes", "mode"),
        ("investmint_period_share", "value", 1.5, "investmint_period_share"),
    ],
)
def test_bad_files_get_one_error_that_names_the_field(
    section: str, name: str, value: Any, words: str
) -> None:
    file: dict[str, Any] = {"investmint_period_share": {"mode": "constant", "value": 0.5}}
    file[section] = file.get(section, {}) | {name: value}
    with pytest.raises((ValueError, TypeError), match=words):
        Bostrom.from_reference(file)


def test_top_level_of_a_file_is_checked() -> None:
    with pytest.raises(ValueError, match="initial_stat"):
        Bostrom.from_reference({"initial_stat": {}})
    with pytest.raises(ValueError, match="steps"):
        Bostrom.from_reference({"steps": 0})
    with pytest.raises(ValueError, match="value"):
        Bostrom.from_reference({"investmint_period_share": {"mode": "constant"}})


def test_agents_and_their_capital_at_launch_are_one_for_all() -> None:
    with pytest.raises(TypeError, match="initial_agents_count"):
        Bostrom(initial_agents_count=torch.tensor([750.0, 760.0], dtype=torch.float64))


def test_what_is_due_is_read_from_the_books() -> None:
    day = torch.tensor([0, 95])
    book = torch.arange(100.0, dtype=torch.float64).repeat(2, 1)
    assert books.within(book, day, 10).tolist() == [45.0, sum([95, 96, 97, 98, 99, 0, 1, 2, 3, 4])]
    assert books.within(torch.ones_like(book), day, 90, 5).tolist() == [90.0, 90.0]
    assert books.within(torch.ones_like(book), day, 365, 15).tolist() == [100.0, 100.0]
