"""What may befall the network; people and costs are others in every episode (model.md, section 8)."""

from collections.abc import Mapping

from ...core.scenario import Noise, Scenario, Window

PEOPLE: Mapping[str, tuple[float, float]] = {
    "cost_route": (0.65, 1.5),
    "cost_store": (0.65, 1.5),
    "cost_prove": (0.65, 1.5),
    "separation": (0.6, 1.4),
    "elasticity": (0.6, 1.4),
    "surplus": (0.5, 1.6),
    "saving": (0.7, 1.4),
    "fake0": (0.5, 2.0),
    "effort_half": (0.5, 2.0),
    "budget": (0.9, 1.3),
    "accident": (0.4, 2.5),
}
"""Parameter → range of its factor, drawn for every episode under every scenario."""


def _befalls(name: str, doc: str, *windows: Window, noises: tuple[Noise, ...] = ()) -> Scenario:
    return Scenario(name, doc, windows, noises, randomise=PEOPLE)


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        _befalls("calm", "nothing happens"),
        _befalls("surge", "2.2 times the requests for 150 blocks", Window("demand", 2.2, 0, 150)),
        _befalls("bandwidth", "routers lose 55 % of their capacity for 120 blocks", Window("bandwidth", 0.45, 0, 120)),
        _befalls(
            "sybil",
            "for 40 blocks fake routers enter, of a kind that the classifier does not know",
            Window("sybil", 0.01, 0, 40),
            Window("novelty", 0.04, 0, 40),
        ),
        _befalls("churn", "55 % of storers and provers leave within 20 blocks", Window("exodus", 0.04, 0, 20)),
        _befalls("crash", "the token loses half of its price for good", Window("price", 0.5)),
        _befalls("outage", "auditors do 5 % of their work for 100 blocks", Window("auditors", 0.05, 0, 100)),
        _befalls("insolvency", "senders can buy 30 % of what they could for 150 blocks", Window("solvency", 0.3, 0, 150)),
        _befalls(
            "noisy",
            "price, requests and bandwidth wander with a memory of 50 blocks",
            noises=(Noise("price", 0.35, 0.98), Noise("demand", 0.3, 0.98), Noise("bandwidth", 0.2, 0.98)),
        ),
    )
}  # fmt: skip


def scenarios_without(*names: str) -> tuple[Scenario, ...]:
    """All scenarios but those."""
    return tuple(one for name, one in SCENARIOS.items() if name not in names)
