"""Parameters of the storage network (`model.md`, section 2), its models as settings, repairs as options."""

from dataclasses import dataclass, fields
from typing import Any

from torch import Tensor

from ..core.parameters import parameter
from ..core.tensors import Number

NODES = ("i", "j", "k", "p", "r")  # sender, receiver, storer, stand-in prover, router
I, J, K, P, R = range(5)  # noqa: E741
POOLS = ("unaware", "aware", "adopted", "loyal", "churned")
ID_NAMES = tuple(f"id_{node}" for node in NODES)
ROUTE_ID_NAMES = tuple(f"rt_id_{node}" for node in NODES)


def _id(doc: str) -> Any:
    return parameter(None, doc, source="3.1; Q14", low=0.0, high=15.0)


def _switch(doc: str, source: str) -> Any:
    return parameter(False, doc, source=source, fixed=True)


@dataclass(frozen=True, eq=False)
class Nodes:
    """Capacities, wallets and ids of the five nodes."""

    i_storage: Number = parameter(500.0, "storage of the sender", unit="size", source="2.2", low=0.0)
    j_storage: Number = parameter(500.0, "storage of the receiver", unit="size", source="2.2", low=0.0)
    k_storage: Number = parameter(8000.0, "storage of the storer", unit="size", source="2.2", low=0.0)
    p_storage: Number = parameter(
        4000.0, "storage of the stand-in prover", unit="size", source="2.2", low=0.0
    )
    r_storage: Number = parameter(8000.0, "storage of the router", unit="size", source="2.2", low=0.0)
    i_in_bandwidth: Number = parameter(1234.0, "download limit of i", unit="size", source="2.2", low=0.0)
    j_in_bandwidth: Number = parameter(400.0, "download limit of j", unit="size", source="2.2", low=0.0)
    k_in_bandwidth: Number = parameter(400.0, "download limit of k", unit="size", source="2.2", low=0.0)
    p_in_bandwidth: Number = parameter(400.0, "download limit of p", unit="size", source="2.2", low=0.0)
    r_in_bandwidth: Number = parameter(400.0, "download limit of r", unit="size", source="2.2", low=0.0)
    i_out_bandwidth: Number = parameter(140.0, "upload limit of i", unit="size", source="2.2; 3.3", low=0.0)
    k_out_bandwidth: Number = parameter(80.0, "upload limit of k", unit="size", source="2.2; 3.3", low=0.0)
    i_wallet: Number = parameter(10000.0, "tokens of i at the start", unit="tokens", source="2.2", low=0.0)
    j_wallet: Number = parameter(0.0, "tokens of j at the start", unit="tokens", source="2.2", low=0.0)
    k_wallet: Number = parameter(0.0, "tokens of k at the start", unit="tokens", source="2.2", low=0.0)
    p_wallet: Number = parameter(0.0, "tokens of p at the start", unit="tokens", source="2.2", low=0.0)
    r_wallet: Number = parameter(0.0, "tokens of r at the start", unit="tokens", source="2.2", low=0.0)
    id_i: Number | None = _id("id of i; None draws the ids")
    id_j: Number | None = _id("id of j")
    id_k: Number | None = _id("id of k")
    id_p: Number | None = _id("id of p")
    id_r: Number | None = _id("id of r")
    rt_id_i: Number | None = _id("id of i in the routing table, where the model keeps two sets (Q13)")
    rt_id_j: Number | None = _id("id of j in the routing table")
    rt_id_k: Number | None = _id("id of k in the routing table")
    rt_id_p: Number | None = _id("id of p in the routing table")
    rt_id_r: Number | None = _id("id of r in the routing table")


@dataclass(frozen=True, eq=False)
class Links:
    """Liveness of neighbours and reach of the overlay."""

    j_avail_to_i: Number = parameter(0.9, "estimate that j answers i", source="3.2", low=0.0, high=1.0)
    k_avail_to_i: Number = parameter(0.8, "estimate that k answers i", source="3.2", low=0.0, high=1.0)
    j_avail_to_k: Number = parameter(0.7, "estimate that j answers k", source="3.2", low=0.0, high=1.0)
    ping_probability: Number = parameter(0.05, "chance of a ping", source="3.2", low=0.0, high=1.0)
    offline_probability: Number = parameter(0.1, "chance to be off-line", source="3.2", low=0.0, high=1.0)
    ping_step: Number = parameter(0.01, "move of an estimate", source="3.2", low=0.0, high=1.0)
    depth: Number = parameter(15.0, "XOR radius of the overlay's forwarding", source="5", low=0.0)


@dataclass(frozen=True, eq=False)
class Tokens:
    """Prices, incentives and shares of the models with tokens."""

    starting_treasury: Number = parameter(0.0, "treasury at the start", unit="tokens", source="6", low=0.0)
    tax_rate: Number = parameter(0.05, "tax over commitment and z-gap", source="6.3", low=0.0)
    subsidy_treasury: Number = parameter(0.2, "subsidy over treasury and z-gap", source="6.3", low=0.0)
    subsidy_escrow: Number = parameter(0.2, "subsidy over commitment and z-gap", source="6.3", low=0.0)
    route_allocation: Number = parameter(0.1, "router's share", source="6.6", low=0.0, high=1.0)
    store_allocation: Number = parameter(0.45, "storer's share", source="6.6", low=0.0, high=1.0)
    prove_allocation: Number | None = parameter(
        None, "prover's share; None is what the others leave", source="6.6", low=0.0, high=1.0
    )
    j_prove_likelihood: Number = parameter(0.95, "chance that j proves", source="6.1", low=0.0, high=1.0)
    storage_base_cost: Number = parameter(0.51, "price of storage", unit="tokens/size", source="7.1", low=0.0)
    message_base_cost: Number = parameter(
        0.034, "price of a message", unit="tokens/size", source="7.1", low=0.0
    )
    utility_cost_volatility: Number = parameter(
        1.0, "deviation of the price's normal factor", source="7.1", low=0.0
    )
    time_deviation: Number = parameter(0.2, "deviation of the time's normal factor", source="6.3", low=0.0)
    penalty_exponent: Number = parameter(9.0, "exponent of the fake score", source="6.4", low=0.0)
    fake_threshold: Number = parameter(0.8, "noisy score from which a route is fake", source="6.4")
    fake_noise: Number = parameter(0.5, "size of the score's uniform noise", source="6.4", low=0.0)
    active_limit: int = parameter(5, "messages that stay active", source="6.2", low=0, high=64, fixed=True)
    located_limit: int = parameter(5, "messages that stay located", source="6.2", low=0, high=64, fixed=True)
    routed_limit: int = parameter(3, "messages that stay routed", source="6.2", low=0, high=64, fixed=True)
    find_pick: int = parameter(3, "place from the end that find takes", source="6.2", low=1, fixed=True)
    route_pick: int = parameter(3, "place from the end that route takes", source="6.2", low=1, fixed=True)
    prove_pick: int = parameter(2, "place from the end that proof takes", source="6.2", low=1, fixed=True)
    find_service: int = parameter(2, "blocks a find takes, if fifo", source="Q6", low=1, high=64, fixed=True)
    route_service: int = parameter(
        2, "blocks a route takes, if fifo", source="Q6", low=1, high=64, fixed=True
    )
    prove_service: int = parameter(
        1, "blocks a proof takes, if fifo", source="Q6", low=1, high=64, fixed=True
    )


@dataclass(frozen=True, eq=False)
class Funnel:
    """The adoption funnel."""

    marketing_steady: Number = parameter(500.0, "steady signal", unit="signal", source="9")
    marketing_shock_mag: Number = parameter(500.0, "signal of a shock", unit="signal", source="9")
    marketing_shock_freq: float = parameter(
        2.0, "twice a shock's Poisson rate, and its threshold", source="9", low=0.0, high=40.0, fixed=True
    )
    source_pool: Number = parameter(
        100000.0, "people unaware at the start", unit="people", source="9", low=0.0
    )
    threshold: Number = parameter(3.0, "reputation from which people move on", source="9")
    leak_coefficient: Number = parameter(0.025, "share that moves", source="9", low=0.0, high=1.0)
    response: Number = parameter(0.001, "reputation per signal", source="9", low=0.0)


@dataclass(frozen=True, eq=False)
class Model:
    """Which of the published models this is (section 1)."""

    layer: str = parameter(
        "tokens", "what a block does", source="1", choices=("validation", "overlay", "tokens", "funnel"),
        fixed=True,
    )  # fmt: skip
    classifier: bool = parameter(True, "fake routes are classified and punished", source="6.4", fixed=True)
    order: str = parameter(
        "tax_first", "what is computed first", source="6.5; Q9", choices=("tax_first", "penalty_first"),
        fixed=True,
    )  # fmt: skip
    combination: str = parameter(
        "minimum", "how the two subsidies combine", source="6.5; Q9", choices=("minimum", "sum"), fixed=True
    )
    price_law: str = parameter(
        "uniform", "price of a message", source="6.1; 7.1", choices=("uniform", "formula"), fixed=True
    )
    pay_at: str = parameter(
        "request", "when tokens leave the sender", source="6.1; 8", choices=("request", "proof"), fixed=True
    )
    personas: str = parameter(
        "none", "table of personas", source="7.3", choices=("none", "routing", "storage", "notebook"),
        fixed=True,
    )  # fmt: skip
    keeps_logs: bool = _switch("keep the activity logs, which no equation reads", "3.6")


@dataclass(frozen=True, eq=False)
class Repairs:
    """Options that mend quirks of the original (section 10); all off in the published models."""

    files_per_size: int = parameter(1, "files of each size; 1 is Q1", source="Q1", low=1, high=64, fixed=True)
    count_once: bool = _switch("a repeated file counts once", "Q2")
    adds_to_receiver: bool = _switch("k's message adds to j's storage", "Q3")
    resets_traffic: bool = _switch("traffic is cleared every block, failed uploads do not count", "Q4")
    one_size: bool = _switch("a message has one size", "Q5")
    fifo: bool = _switch("messages are served first come, first served", "Q6")
    extrapolates: bool = _switch("the regressor extrapolates beyond its range", "Q7")
    forgetting: Number = parameter(
        0.0, "rate at which memories forget; 0 is Q7", source="Q7", low=0.0, high=0.5
    )
    bounded: bool = _switch("weight, tax, subsidy and payment keep to their ranges", "Q8")
    affordable: bool = _switch("a request shrinks to what the sender has", "Q10")
    keeps_balance: bool = _switch("a default leaves the sender its balance", "Q11")
    counts_start: bool = _switch("the recomputed treasury counts the starting one", "Q12")
    one_id_set: bool = _switch("routing and distance use one set of ids", "Q13")
    real_route: bool = _switch("who carried a message is paid for it", "Q15")
    fallback: bool = _switch("the overlay falls back where nearest(i) is no neighbour", "Q17")
    mended_funnel: bool = _switch("the funnel's flags and signs are mended", "Q22")
    misbehaviour: Number | None = parameter(
        None, "share of routes that are fake; None labels by noise", source="Q23", low=0.0, high=1.0
    )


@dataclass(frozen=True, eq=False)
class Parameters(Repairs, Model, Funnel, Tokens, Links, Nodes):
    """All parameters; the defaults are online learning with classifier, tax and subsidy first."""

    @property
    def members(self) -> int:
        """Nodes in a routing table."""
        return 4 if self.layer == "overlay" else 5

    @property
    def two_id_sets(self) -> bool:
        """Whether routing and distance use different ids (Q13)."""
        return self.pay_at == "proof" and not self.one_id_set

    @property
    def file_slots(self) -> int:
        """Files that there are: sizes 1 to 199, so many of each."""
        return 199 * self.files_per_size

    def of_nodes(self, quantity: str) -> list[Number]:
        """Values of `i_<quantity>` to `r_<quantity>`."""
        return [getattr(self, f"{node}_{quantity}") for node in NODES]


def check_together(given: Parameters) -> None:
    """What no single field shows.

    Raises:
        ValueError: naming the fields that contradict each other, or ids that are no whole numbers.
    """
    name = type(given).__name__
    for names in (ID_NAMES, ROUTE_ID_NAMES):
        names = names[: given.members]
        values = {one: getattr(given, one) for one in names}
        missing = [one for one, value in values.items() if value is None]
        if missing and len(missing) < len(names):
            raise ValueError(f"{name}.{missing[0]} is missing; give {', '.join(names)}, or none of them")
        for one, value in values.items():
            if value is not None and not _is_whole(value):
                raise ValueError(f"{name}.{one} is {value!r}; it must be a whole number from 0 to 15")
    if given.two_id_sets and (given.id_i is None) != (given.rt_id_i is None):
        raise ValueError(f"{name}.rt_id_i and {name}.id_i: give both sets of ids, or neither")
    for limit, pick in (("active", "find"), ("located", "route"), ("routed", "prove")):
        most, place = getattr(given, f"{limit}_limit"), getattr(given, f"{pick}_pick")
        if place > most + 1:
            raise ValueError(
                f"{name}.{pick}_pick is {place}; it must be at most {limit}_limit + 1, {most + 1}"
            )
    shares = _greatest(given.route_allocation + given.store_allocation)
    if given.prove_allocation is None and shares > 1.0 + 1e-9:
        raise ValueError(
            f"{name}.route_allocation + store_allocation is {shares!r}; it must be at most 1, since the "
            "prover gets the rest"
        )


def _is_whole(value: Number) -> bool:
    if isinstance(value, Tensor):
        return value.is_meta or bool((value == value.round()).all())
    return value == int(value)


def _greatest(value: Number) -> float:
    if isinstance(value, Tensor):
        return 0.0 if value.is_meta else float(value.max())
    return float(value)


FIELDS = {field.name for field in fields(Parameters)}
