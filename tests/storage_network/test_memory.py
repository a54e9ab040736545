"""What the routes' memory teaches: cases of the original, and lists as it keeps them."""

import pytest
import torch
from torch import Tensor

from envs.storage_network import memory, settlement
from envs.storage_network.state import Memory

from .files import cases, near, one


def memory_of(angles: list[float], zs: list[float], kind: str) -> Memory:
    """The memory of listed angles, whose z-values are still those of the start where nothing was added."""
    fresh = memory.begin(kind, 1)
    given = torch.tensor(angles, dtype=torch.float64)
    return Memory(
        number=one(len(angles)),
        mean=given.mean().reshape(1),
        squares=((given - given.mean()) ** 2).sum().reshape(1),
        low=given.min().reshape(1),
        high=given.max().reshape(1),
        last=given[-1:],
        fresh=torch.tensor([max(map(abs, zs)) in (1.0, 3.0)]),
        slope=fresh.slope,
    )


@pytest.mark.reference
@pytest.mark.parametrize(
    ("variant", "name", "order", "combination"),
    [
        ("master", "gradient_plain", "tax_first", "minimum"),
        ("subsidy_tax_tuning", "gradient_tax_subsidy_first", "tax_first", "minimum"),
        ("subsidy_tax_tuning", "gradient_fake_penalty_first", "penalty_first", "sum"),
        ("subsidy_tax_tuning", "gradient_penalty_first_bounded_unused_variant", "penalty_first", "minimum"),
    ],
)
def test_gradient(variant: str, name: str, order: str, combination: str) -> None:
    given = cases(variant, name)
    assert given
    for case in given:
        wanted, solved = case["expected"], case["solved_escrow_time_prover"]
        real = memory_of(case["angles"], case["zees"], "real")
        angle = torch.atan2(one(solved[-1][1] * case["time_noise"]), one(case["dist"]))
        actual, expected = memory.actual_z(real, angle), memory.expected_z(real, angle)
        near(angle, wanted["angle"], case)
        near(actual, wanted["z_actual"], case)
        near(expected, wanted["z_expected"], case)
        weight = torch.zeros(1, dtype=torch.float64)
        learns = torch.tensor([True])
        if "f_hat" in case:
            fake = memory_of(case["f_hat_angles"], case["f_hat"], "fake")
            z_fake = memory.actual_z(fake, angle)
            near(z_fake, wanted["z_fake"], case)
            near(memory.density(fake, z_fake), wanted["pdf_fake"], case)
            near(memory.density(real, actual), wanted["pdf_real"], case)
            score = memory.fake_score(fake, real, angle)
            near(score, wanted["p_hat_star"], case)
            near(score * torch.pi / 2.0, wanted["theta"], case)
            noisy = score + 0.5 * case["u_phat"]
            near(noisy, wanted["p_hat"], case)
            weight, learns = score**9.0, noisy < 0.8
            fake = memory.remember(fake, angle, noisy > 0.8)
            near(fake.number, wanted["f_hat_after_n"], case)
            near(memory.last_z(fake), wanted["f_hat_after_last"], case)
        rates = settlement.Rates(case["tax_rate"], case["subsidy_treasury"], case["subsidy_escrow"])
        change = settlement.correct(
            one(solved[0][0]), actual - expected, weight, one(case["treasury"]), rates, order, combination
        )
        for field in ("tax", "subsidy", "penalty"):
            if field in wanted:
                near(getattr(change, field), wanted[field], (field, case))
        near(case["treasury"] + change.net, wanted["treasury_after"], case)
        near(solved[-1][0] - change.net, wanted["escrow_after"][-1], case)
        assert wanted["escrow_after"][:-1] == [line[0] for line in solved[:-1]]
        real = memory.remember(real, angle, learns)
        near(real.number, wanted["angles_after"], case)
        near(memory.last_z(real), wanted["zees_after_last"], case)


def test_the_closed_forms_equal_lists() -> None:
    """Interpolation and z-scores, from the lists that the original keeps."""
    angles, state = [0.0, 1.0, -1.0], memory.begin("real", 1)
    generator = torch.Generator().manual_seed(3)

    def scores(values: list[float]) -> Tensor:
        listed = torch.tensor(values, dtype=torch.float64)
        return (listed - listed.mean()) / listed.std(correction=0)

    for _ in range(30):
        angle = float(2.0 * torch.randn(1, generator=generator, dtype=torch.float64))
        near(memory.expected_z(state, one(angle)), scores([*angles, angle])[-1], angle)
        state = memory.remember(state, one(angle), torch.tensor([True]))
        angles.append(angle)
        order = torch.tensor(angles, dtype=torch.float64).argsort()
        listed, zs = torch.tensor(angles, dtype=torch.float64)[order], scores(angles)[order]
        for probe in (-4.0, -0.7, 0.2, 0.9, 4.0):
            inside = min(max(probe, float(listed[0])), float(listed[-1]))
            right = int(torch.searchsorted(listed, inside).clamp(1, len(angles) - 1))
            share = (inside - listed[right - 1]) / (listed[right] - listed[right - 1])
            wanted = zs[right - 1] + share * (zs[right] - zs[right - 1])
            near(memory.actual_z(state, one(probe)), wanted, probe)
