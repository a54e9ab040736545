"""One message settled by the responsive network is one message settled by the published classifier model."""

import gzip
import json
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from envs.storage_network.responsive.settlement import Rates, Withheld, settle

from ..reference_files import find

pytestmark = pytest.mark.reference

FILES = [
    path
    for path in find("storage_network", "online_learning/trace_subsidy_tax_tuning_*.json.gz")
    if "fake_first" not in path.name
]


def number(value: float) -> Tensor:
    return torch.tensor([value], dtype=torch.float64)


def test_increments_of_all_wallets_and_of_the_treasury() -> None:
    settled = 0
    for path in FILES:
        trace = json.loads(gzip.decompress(path.read_bytes()))
        params = trace["params"]
        route = params["route_allocation"]
        rates = Rates(
            tax=params["tax_%"],
            subsidy=params["subsidy_escrow"],
            treasury_share=params["subsidy_treasury"],
            route_share=route,
            store_share=params["store_allocation"] / (1.0 - route),
            fine=1.0,
        )
        states = [trace["initial"], *(step["after"] for step in trace["steps"])]
        for step, (before, after) in zip(trace["steps"], pairwise(states), strict=True):
            found = step.get("gradient") or {}
            if "pledge" not in found:
                continue
            settled += 1
            gap, nothing = found["real_zee"] - found["exp_zee"], number(0.0)
            deal = settle(
                number(found["pledge"]),
                number(before["treasury"]),
                number(max(gap, 0.0)),
                number(max(-gap, 0.0)),
                1.0,
                0.0,
                Withheld(number(found["fake_penalty_coef"]), nothing),
                rates,
            )
            earned = {"r": deal.pay_route, "k": deal.pay_store, found["prover"]: deal.pay_prove}
            for role in "jkpr":
                moved = after["wallets"][role] - before["wallets"][role]
                assert moved == pytest.approx(float(earned.get(role, nothing)), rel=1e-9, abs=1e-9)
            flow = deal.tax + deal.penalty + deal.fine - deal.subsidy
            assert after["treasury"] - before["treasury"] == pytest.approx(float(flow), rel=1e-9, abs=1e-9)
    assert settled >= 90, "the traces of the published classifier model are not there"


def test_wrongly_flagged_routes_pay_and_audits_clear_them() -> None:
    rates = Rates(0.1, 0.2, 0.2, 0.35, 0.6, 1.0)
    hundred, half, nothing = number(100.0), number(0.5), number(0.0)
    open_case = settle(hundred, hundred, half, nothing, 0.0, 0.0, Withheld(nothing, number(0.2)), rates)
    assert float(open_case.tax) == pytest.approx(5.0)
    assert float(open_case.penalty) == pytest.approx(19.0)
    caught = settle(hundred, hundred, nothing, nothing, 1.0, 1.0, Withheld(nothing, nothing), rates)
    assert float(caught.fine) == pytest.approx(35.0)
    assert float(caught.pay_route) == 0.0


def test_bounds_of_one_half() -> None:
    rates = Rates(0.5, 0.5, 0.5, 0.35, 0.6, 1.0)
    none = Withheld(number(0.0), number(0.0))
    slow = settle(number(10.0), number(10.0), number(4.0), number(0.0), 0.0, 0.0, none, rates)
    assert float(slow.tax) == 5.0
    fast = settle(number(100.0), number(10.0), number(0.0), number(4.0), 0.0, 0.0, none, rates)
    assert float(fast.subsidy) == 5.0
