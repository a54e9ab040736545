"""Bostrom's parameters: one for all or one for each environment, and what is refused."""

from typing import Any

import pytest
import torch

from envs.bostrom import Bostrom, State
from envs.bostrom.feedback import SUGGESTED
from envs.bostrom.kernels import candidate_share
from envs.bostrom.reference import REFERENCE
from envs.core.chance import Expected

from .files import run


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
        REFERENCE.read(file)


def test_top_level_of_a_file_is_checked() -> None:
    with pytest.raises(ValueError, match="initial_stat"):
        REFERENCE.read({"initial_stat": {}})
    with pytest.raises(ValueError, match="steps"):
        REFERENCE.read({"steps": 0})
    with pytest.raises(ValueError, match="value"):
        REFERENCE.read({"investmint_period_share": {"mode": "constant"}})


def test_agents_and_their_capital_at_launch_are_one_for_all() -> None:
    with pytest.raises(TypeError, match="initial_agents_count"):
        Bostrom(initial_agents_count=torch.tensor([750.0, 760.0], dtype=torch.float64))
