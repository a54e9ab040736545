"""The state of the data collective (section 3 of `model.md`)."""

from typing import NamedTuple

from torch import Tensor


class State(NamedTuple):
    """Float64 (B,) unless it says otherwise; N cohorts, K data. Fields bear the reference's names.

    Inside a day the (B,) fields are columns (B, 1), so that all equations are two-dimensional.
    """

    time: Tensor  # int64, day
    potential: Tensor  # (B, N) people who might be members
    disk: Tensor  # (B, N) GB/member
    uplink: Tensor  # (B, N) GB/day/member
    bandwidth_cost: Tensor  # (B, N) USD/GB
    storage_cost: Tensor  # (B, N) USD/GB/day
    uptime: Tensor  # (B, N) share of time online without threat
    skill: Tensor  # (B, N) how well it forecasts, in (0, 1)
    members: Tensor  # (B, N) people
    balance: Tensor  # (B, N) token of the whole cohort, liquid
    stake: Tensor  # (B, N) token of the whole cohort, locked
    lock_age: Tensor  # (B, N) day, stake-weighted mean
    offered: Tensor  # (B, N) share of the uplink
    pay: Tensor  # (B, N) USD/GB, smoothed
    spend: Tensor  # (B, N) token/day, fees, smoothed
    use: Tensor  # (B, N) GB/day/member, smoothed
    well: Tensor  # (B, N) USD/day/member, well-being, smoothed
    stake_pay: Tensor  # (B, N) USD/day/member, stakers' income, smoothed
    seeded: Tensor  # (B, N) GB, uploads and bought credit
    leeched: Tensor  # (B, N) GB, downloads that count
    interest: Tensor  # (B, N, K) taste, mean 1
    hosted: Tensor  # (B, N, K) share of a datum's pieces that a member holds
    size: Tensor  # (B, K) GB
    age: Tensor  # (B, K) day since release
    quality: Tensor  # (B, K) ln, lasting appeal
    coming: Tensor  # (B, K) ln, appeal that is on its way
    heat: Tensor  # (B, K) ln, appeal now
    rumour: Tensor  # (B, K) ln, what the unskilled believe
    backlog: Tensor  # (B, K) GB asked and not served, before any price
    yield_: Tensor  # (B, K) USD/day that one online copy earns by upload, smoothed
    releases: Tensor  # int64, since the initial state
    mood: Tensor  # ln, requests at large
    sentiment: Tensor  # ln, speculators
    pool_token: Tensor  # token in the constant-product pool
    pool_usd: Tensor  # USD in it
    holders: Tensor  # token outside the collective
    vesting: Tensor  # token owed to stakers
    treasury: Tensor  # token
    supply: Tensor  # token, all there are
    sybils: Tensor  # false identities
    sybil_stake: Tensor  # token
    load: Tensor  # saturation, 14-day mean
    pay_hosting: Tensor  # token/GB/day for a hosted and online GB, smoothed
    issuance: Tensor  # 1/year, 365 (mint - burn)/supply, 30-day mean
    trend: Tensor  # ln USD, 30-day mean of ln price
    # figures of the day that has passed
    minted: Tensor  # token
    burned: Tensor  # token
    fees: Tensor  # token
    entry: Tensor  # token, fees of joiners
    slashed: Tensor  # token
    requested: Tensor  # GB, before price
    demanded: Tensor  # GB, at the price
    uploaded: Tensor  # GB
    downloaded: Tensor  # GB
    capacity: Tensor  # GB
    saturation: Tensor  # demand over capacity, demand-weighted geometric mean
    peak: Tensor  # the same over the evening
    availability: Tensor  # popularity-weighted chance that a piece is online
    served: Tensor  # GB delivered over GB demanded
    diversity: Tensor  # effective regions of the copies over regions
    profiting: Tensor  # share of members whose hosting pays
    joined: Tensor  # people
    left: Tensor  # people
    banned: Tensor  # people
    unpaid: Tensor  # token of fees without cover
    usd_in: Tensor  # USD, net into the pool
    gate: Tensor  # token, in force
    boosted: Tensor  # share of the upload weight that is boost
    surplus: Tensor  # USD/day, worth of downloads less all costs
    hosted_gb: Tensor  # GB
    worst: Tensor  # availability of the least available datum
    reach: Tensor  # GB delivered for own use over what all potential members want
    latent: Tensor  # GB that all potential members want at the reference price


COHORT = State._fields[State._fields.index("potential") : State._fields.index("interest")]
DATUM = State._fields[State._fields.index("size") : State._fields.index("releases")]
SCALARS = ("time", *State._fields[State._fields.index("releases") :])
INITIAL_FIGURES = {
    "requested": 1500.0, "demanded": 1000.0, "capacity": 1000.0, "latent": 3000.0, "saturation": 0.8,
    "peak": 1.0, "availability": 0.8, "served": 0.9, "diversity": 0.5, "profiting": 0.5, "worst": 0.5,
    "reach": 0.4, "gate": 200.0,
}  # fmt: skip
"""Plausible figures of the day before the first; the others are 0."""
FIGURES = State._fields[State._fields.index("minted") :]


def widened(state: State) -> State:
    """The state with every (B,) field as a column (B, 1)."""
    return state._replace(**{name: getattr(state, name)[:, None] for name in SCALARS})


def narrowed(state: State) -> State:
    """The state with every column (B, 1) as (B,) again."""
    return state._replace(**{name: getattr(state, name)[:, 0] for name in SCALARS})


def price(state: State) -> Tensor:
    """USD/token that the pool quotes."""
    return state.pool_usd / state.pool_token
