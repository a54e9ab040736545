"""The SAFE network economy: parameters, state, and the day, for all three versions of its rules.

Source: specification of the SAFE network, sections 1-7 and the market extension of section 11.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from ..core.chance import Chance
from ..core.economy import Economy
from ..core.tensors import Number, Tensors, power
from . import exchange, fiat, homes, launch, market, version1
from .bidding import auction
from .bidding import bids as bidding
from .bidding.cohorts import PUBLISHED, Cohorts
from .interface import LEVERS, SENSORS, SHOCKS, read_sensors
from .parameters import Parameters, as_array
from .state import Day, State, drop_chunks

RATIO_CEILING = 1e6  # w is limited to this, and is this when R = 0 (section 3, guards)
FEWEST_SECTIONS = 2.0  # keeps (ln s)^p positive when an exodus leaves fewer vaults than fill two
MONTH = 30.0  # days over which the filtered sensors look back


@dataclass(frozen=True)
class SafeNetwork(Parameters, Economy[State]):
    """Coins pay for storage and reward those who serve it; the network sets both prices.

    Coins paid for storage return to the network and can be farmed again. Nobody's wallet is
    tracked: people hold T − U.
    """

    name: ClassVar[str] = "safe_network"
    levers = LEVERS
    sensors = SENSORS
    shocks = SHOCKS
    frozen: ClassVar[tuple[str, ...]] = ("initial_users", "initial_vaults", "total_supply")

    @property
    def compilable(self) -> bool:
        """The laws `hist` and `tree` loop until all newcomers have a home, clients until all are served."""
        return self.sections in homes.FORMULAS and not (self.steps_within_day and self.stepping == "client")

    @property
    def steps_within_day(self) -> bool:
        """Whether q moves with every client instead of once a day."""
        return self.stepping != "day" and self.store_rule != "constant" and self.version == "v2"

    @property
    def bidding_cohorts(self) -> Cohorts:
        """The cohorts of version 3; the published ones where none are given."""
        return PUBLISHED if self.cohorts is None else self.cohorts

    def initial(self, batch: int, chance: Chance, device: torch.device | str = "cpu") -> State:
        """The networks just after the founding upload (section 6, launch)."""
        q, paid, unfarmed = launch.found_coins(self)

        def fill(value: Any) -> Tensor:
            return torch.as_tensor(value, dtype=torch.float64, device=device).expand(batch).clone()

        zero = fill(0.0)
        vaults = fill(float(self.initial_vaults))
        state = State(
            time=torch.zeros(batch, dtype=torch.int64, device=device), vaults=vaults,
            chunks=fill(self.initial_users * as_array(self.initial_user_chunks)),
            chunks_per_coin=fill(q), paid=fill(paid), farmed=zero, unfarmed=fill(unfarmed),
            lost=zero, earned=zero,
            sections=homes.found(self, vaults, chance),
            reference_reward=zero, reference_cost=zero, mirror=zero,
            filled_mean=zero, unfarmed_mean=zero, growth_mean=zero,
            bidders=auction.found(self, vaults), day=Day(*[zero] * 13),
        )  # fmt: skip
        state = state._replace(filled_mean=self.filled(state), unfarmed_mean=self.unfarmed_share(state))
        reward, cost = self.prices(state)
        ratio = self.price_ratio(state, reward, cost)
        seen = self._market(state, ratio)
        day = state.day._replace(
            reward=reward, cost=cost, ratio=ratio,
            clients=seen.users_per_vault * vaults, read_share=seen.read_share, growth=seen.growth,
        )  # fmt: skip
        return state._replace(day=day)

    def step(self, state: State, levers: Tensors, shocks: Tensors, chance: Chance) -> State:
        """One day, in the order of section 6."""
        before = state
        state = self.lose_vaults(state, shocks["vault_loss"], chance)
        state = self.move_store_cost(state)
        reward, cost = self.prices(state, self.anchor(levers))
        reward, cost = reward * levers["reward"], cost * levers["cost"]
        opening = self.nano / before.chunks_per_coin * levers["cost"] if self.version == "v2" else cost
        opened = state
        ratio, mirror = self.market_ratio(state, reward, cost, opening, shocks["irrational"])
        seen = self._market(state, ratio)
        supply, demand, memory = fiat.factors(self, state, reward, cost, shocks)
        growth = self.grow(seen.growth, supply)
        morning, total = state.vaults, self.newcomers(state.vaults, growth)
        state = self.settle(state, total, chance)
        visitors = self.whole(seen.users_per_vault * torch.clamp(total, min=0.0) * demand)
        gets, puts = exchange.traffic(self, visitors, seen, chance)
        if self.steps_within_day:
            state, puts, paid, payout = exchange.trade_in_turn(
                self, state, visitors, seen, gets, puts, reward, levers["cost"]
            )
        else:
            puts, paid, payout = exchange.trade(self, state, gets, puts, reward, cost)
        unfarmed = torch.clamp(state.unfarmed + paid - payout, min=0.0)
        state = state._replace(
            time=state.time + 1, chunks=state.chunks + puts, paid=state.paid + paid,
            farmed=state.farmed + payout, unfarmed=unfarmed, earned=state.earned + payout / morning,
            reference_reward=memory[0], reference_cost=memory[1], mirror=mirror,
            day=Day(
                reward, cost, ratio, visitors, seen.read_share, growth, gets, puts, paid, payout,
                payout / morning, state.lost - before.lost, shocks["vault_loss"],
            ),
        )  # fmt: skip
        state = auction.bid(self, opened, state, levers, shocks)
        return self.filter_sensors(before, state)

    def filled(self, state: State) -> Tensor:
        """f = K/(N V)."""
        return state.chunks / (state.vaults * self.vault_size)

    def unfarmed_share(self, state: State) -> Tensor:
        """u = U/T."""
        return state.unfarmed / self.total_supply

    def lose_vaults(self, state: State, fraction: Tensor, chance: Chance) -> State:
        """1. A share of the vaults leaves at once; chunks above the remaining capacity are lost."""
        vaults = torch.maximum(
            state.vaults * (1.0 - fraction), torch.as_tensor(self.vault_min, dtype=torch.float64)
        )
        vaults = torch.where(fraction > 0.0, self.whole(vaults), state.vaults)
        state = state._replace(vaults=vaults, sections=homes.shrink(self, state, vaults, chance, "loss"))
        return drop_chunks(state, vaults * self.vault_size, fraction > 0.0)

    def move_store_cost(self, state: State) -> State:
        """2. One evaluation of the store rule moves q by one step."""
        if self.store_rule == "constant" or self.version != "v2" or self.steps_within_day:
            return state
        base = state.farmed if self.store_rule == "proposal" else state.paid
        issued = 1.0 - self.unfarmed_share(state)
        direction = torch.sign(state.paid - (issued + self.buffer) * base)
        q = state.chunks_per_coin + self.q_step * direction
        return state._replace(
            chunks_per_coin=torch.maximum(q, torch.as_tensor(self.q_min, dtype=torch.float64))
        )

    def prices(self, state: State, anchor: Number = 0.5) -> tuple[Tensor, Tensor]:
        """3. Farming reward R and store cost C before the multipliers act, nanosafe.

        Args:
            anchor: weight of the median bid in version 3's reward; see `bidding.reward`.
        """
        filled, unfarmed = self.filled(state), self.unfarmed_share(state)
        if self.version == "v3":
            reward = bidding.reward(filled, unfarmed, self.quote(state), anchor)
            factor = bidding.cost_factor(self.v3_cost_rule, unfarmed, state.bidders.reads_per_write)
            return reward, factor * reward
        count = homes.count(self, state)
        if self.version == "v1":
            size = homes.size(self, state)
            reward = version1.reward(filled, unfarmed, count, size, self.v1_log_power, self.nano)
            return reward, version1.cost(reward, unfarmed, self.v1_cost_rule, self.v1_cost_factor)
        if self.reward_divisor == "sections":
            divisor = count
        else:
            divisor = power(torch.log(torch.clamp(count, min=FEWEST_SECTIONS)), self.reward_log_power)
        return unfarmed * filled * self.nano / divisor, self.nano / state.chunks_per_coin

    def quote(self, state: State) -> bidding.Quote:
        """3. What a group of vaults bids in version 3."""
        return bidding.quote(state.bidders.bids, self.cohort_weights(state), self.v3_group)

    def cohort_weights(self, state: State) -> Tensor:
        """w, shares of the cohorts among the vaults, (B, K)."""
        return state.bidders.vaults / state.bidders.vaults.sum(1, keepdim=True)

    def anchor(self, levers: Tensors) -> Number:
        """Weight of the median bid in version 3's reward."""
        return 0.5

    def reward_split(self, levers: Tensors) -> tuple[Number, Number, Number]:
        """φL, φF, φ0 of version 3: floats, or (B, 1)."""
        lowest, fastest, rest = self.v3_split
        return lowest, fastest, rest

    def price_ratio(self, state: State, reward: Tensor, cost: Tensor) -> Tensor:
        """4. w = C/R; under version 3's rw rules C/(n_rw R), the cost per expected access."""
        if self.version == "v3" and self.v3_cost_rule != "scarcity":
            reward = reward * state.bidders.reads_per_write
        ratio = torch.where(reward > 0.0, cost / reward, RATIO_CEILING)
        return torch.clamp(ratio, max=RATIO_CEILING)

    def market_ratio(
        self, state: State, reward: Tensor, cost: Tensor, opening: Tensor, irrational: Tensor
    ) -> tuple[Tensor, Tensor]:
        """4. w as the market sees it, and the memory of an irrational spell: w0²/w instead of w.

        w0 is taken on the first day at its opening cost, before the store rule moves it.
        """
        ratio = self.price_ratio(state, reward, cost)
        if self.market_w is not None:
            ratio = torch.full_like(ratio, self.market_w)
        first = torch.clamp(ratio * opening / cost, max=RATIO_CEILING)
        mirror = torch.where(irrational > 0.0, torch.where(state.mirror > 0.0, state.mirror, first), 0.0)
        turned = torch.clamp(mirror * mirror / ratio, max=RATIO_CEILING)
        return torch.where(mirror > 0.0, turned, ratio), mirror

    def _market(self, state: State, ratio: Tensor) -> market.Market:
        """4. What the ratio calls forth (section 3)."""
        day = state.time.to(torch.float64)
        read, write = market.shares(ratio, self.read_share, self.rw_power)
        scale = market.phase(day, self.upv_initial, self.upv_days, self.upv_factors)
        users_per_vault = write * scale / ratio
        yearly = market.yearly_growth(day, self.growth_days, self.growth_yearly)
        growth = market.vault_growth(
            day, self.filled(state), ratio, users_per_vault, self.growth_power, yearly, self.growth_days[0]
        )
        return market.Market(read, write, users_per_vault, growth)

    def grow(self, growth: Tensor, supply: Tensor) -> Tensor:
        """5. g under the supply factor: eager vaults grow faster and leave more slowly."""
        leaving = torch.where(supply > 0.0, growth / torch.where(supply > 0.0, supply, 1.0), 0.0)
        low, high = self.growth_clip
        return torch.clamp(torch.where(growth >= 0.0, growth * supply, leaving), low, high)

    def newcomers(self, vaults: Tensor, growth: Tensor) -> Tensor:
        """5. Vault count that the growth rate calls for, used for clients even where none may leave."""
        return vaults + self.whole(vaults * growth)

    def settle(self, state: State, total: Tensor, chance: Chance) -> State:
        """5. Newcomers join sections; leavers leave where they may, with what no longer fits."""
        floor = torch.as_tensor(self.vault_min, dtype=torch.float64) if self.allow_exit else state.vaults
        vaults = torch.maximum(total, torch.minimum(floor, state.vaults))
        state = state._replace(sections=homes.shrink(self, state, vaults, chance, "exit"))
        grown = homes.extend(self, state.sections, torch.clamp(vaults - state.vaults, min=0.0), chance)
        leaves = vaults < state.vaults
        state = state._replace(vaults=vaults, sections=grown)
        return drop_chunks(state, vaults * self.vault_size, leaves)

    def filter_sensors(self, before: State, state: State) -> State:
        """The monthly filters that controllers read (learning companion, section 2)."""
        growth = 365.0 * torch.log(state.vaults / before.vaults)
        return state._replace(
            filled_mean=before.filled_mean + (self.filled(state) - before.filled_mean) / MONTH,
            unfarmed_mean=before.unfarmed_mean + (self.unfarmed_share(state) - before.unfarmed_mean) / MONTH,
            growth_mean=before.growth_mean + (growth - before.growth_mean) / MONTH,
        )

    def whole(self, count: Tensor) -> Tensor:
        """Truncates a count toward zero in integer mode."""
        return torch.trunc(count) if self.integer else count

    def sense(self, state: State, levers: Tensors) -> dict[str, Tensor]:
        """See `Economy.sense`."""
        return read_sensors(self, state, levers)

    def collapsed(self, state: State) -> Tensor:
        """Every vault that can leave has left, or nothing is stored any more."""
        return (state.vaults <= self.vault_min) | (state.chunks <= 0.0)

    def metrics(self, state: State) -> dict[str, Tensor]:
        """See `Economy.metrics`."""
        day = state.day
        return {
            "filled": self.filled(state), "unfarmed": self.unfarmed_share(state),
            "reward_nanosafe": day.reward, "cost_nanosafe": day.cost, "cost_over_reward": day.ratio,
            "vaults": state.vaults, "clients": day.clients, "chunks_lost": state.lost,
            "sections": homes.count(self, state),
        }  # fmt: skip

    def ledger(self, state: State) -> dict[str, Tensor]:
        """Safecoin by holder, which sum to T, and the day's transfers; nothing is minted or burned."""
        none = torch.zeros_like(state.unfarmed)
        return {
            "balance/network": state.unfarmed, "balance/people": self.total_supply - state.unfarmed,
            "transfer/people_to_network": state.day.paid, "transfer/network_to_vaults": state.day.payout,
            "mint": none, "burn": none, "lock": none,
        }  # fmt: skip
