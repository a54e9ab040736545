"""The pure half of a simulation: from one run to the next, without anything that remembers."""

from collections.abc import Sequence
from copy import copy
from typing import Any

import torch
from torch import Tensor

from .chance import Chance, Exact, Expected, Paired
from .declarations import LeverSet
from .economy import Economy
from .objective import Objective
from .options import Options
from .randomised import Randomised
from .records import Outcome, Run, Tally
from .scenario import ScenarioSet
from .tensors import Record, Tensors, choose, map_record

RESET = -1  # the time under which an episode's own draws are made


class Dynamics:
    """An economy under levers, scenarios and an objective; see `Simulation` for the arguments.

    All methods are functions of their arguments, so that they compile; only `draw` writes, into the
    buffers of randomised parameters, and `fresh` calls it.
    """

    def __init__(
        self,
        economy: Economy[Any],
        objective: Objective,
        options: Options,
        batch: int,
        device: torch.device,
    ) -> None:
        self.device, self.batch = device, batch
        self.horizon, self.interval, self.delay = options.horizon, options.interval, options.delay
        self.randomised = Randomised(economy, options.scenarios, options.randomise, batch, device)
        self.economy = self.randomised.economy
        self.objective = objective
        self.levers = LeverSet(economy.levers)
        self.scenario_set = ScenarioSet(options.scenarios, economy.shocks)
        self.drawn = self._indices(options.drawn)
        self.onset = options.onset_range
        self.action_map = options.action_map(self.levers, options.interval)
        self.show_scenario, self.steps_per_year = options.show_scenario, options.steps_per_year
        self.observed = [sensor for sensor in economy.sensors if sensor.observed]
        self.chance = options.chance

    @property
    def held(self) -> int:
        """Steps for which a decision can matter: no more than an episode has."""
        return min(self.interval, self.horizon)

    def at_interval(self, interval: int) -> "Dynamics":
        """These dynamics with another number of steps between decisions."""
        other = copy(self)
        other.interval, other.action_map = interval, type(self.action_map)(self.levers, interval)
        return other

    def with_scenarios(self, scenarios: Sequence[str]) -> "Dynamics":
        """These dynamics with episodes under the named scenarios."""
        other = copy(self)
        other.drawn = self._indices(scenarios)
        return other

    def _indices(self, scenarios: Sequence[str]) -> Tensor:
        return torch.tensor([self.scenario_set.index(name) for name in scenarios], device=self.device)

    def source(self, seed: Tensor, episode: Tensor) -> Chance:
        """Where the draws of these episodes come from."""
        if isinstance(self.chance, Chance):
            return self.chance
        if self.chance == "expected":
            return Expected(self.batch, self.device)
        return (Exact if self.chance == "exact" else Paired)(seed, episode)

    def fresh(
        self,
        seed: Tensor,
        episode: Tensor,
        which: Tensor,
        scenario: Tensor | None = None,
        onset: Tensor | None = None,
    ) -> Run:
        """Launches of the given episodes, under the given scenarios and onsets or drawn ones.

        Parameters are drawn anew where `which` (B,) holds.
        """
        draws = self.episode_draws(seed, episode)
        if scenario is None:
            scenario = self.drawn[(draws.uniform("scenario") * len(self.drawn)).to(torch.int64)]
        if onset is None:
            low, high = self.onset
            onset = low + torch.floor(draws.uniform("onset") * (high - low)).to(torch.int64)
        self.draw(seed, episode, scenario, which)
        zeros = torch.zeros(self.batch, dtype=torch.float64, device=self.device)
        neutral = self.levers.neutral(self.batch, self.device)
        return Run(
            state=self._launch(seed, episode),
            positions=neutral,
            queue=(neutral,) * self.delay,
            scenario=scenario,
            onset=onset,
            noise={channel: zeros for channel in self.scenario_set.noises},
            seed=seed,
            episode=episode,
            decisions=torch.zeros_like(seed),
        )

    def _launch(self, seed: Tensor, episode: Tensor) -> Any:
        source = self.source(seed, episode).at(torch.full_like(seed, RESET))
        return self.economy.initial(self.batch, source, self.device)

    def draw(self, seed: Tensor, episode: Tensor, scenario: Tensor, which: Tensor) -> None:
        """Draws the randomised parameters of these episodes anew where `which` (B,) holds."""
        self.randomised.draw(self.episode_draws(seed, episode), scenario, which)

    def episode_draws(self, seed: Tensor, episode: Tensor) -> Paired:
        """Draws that belong to an episode and not to a step."""
        return Paired(seed, episode).at(torch.full_like(seed, RESET))

    def empty_tally(self) -> Tally:
        """Sums before the first step of a decision."""
        zero = torch.zeros(self.batch, dtype=torch.float64, device=self.device)
        at = torch.zeros(self.batch, dtype=torch.int64, device=self.device)
        state = self._launch(at, at)
        neutral = self.levers.neutral(self.batch, self.device)
        names = self.objective.terms(self.economy, state, state, neutral)
        nothing = dict.fromkeys(self.objective.costs(self.economy, state), zero)
        return cloned(Tally(zero, zero, dict.fromkeys(names, zero), nothing))

    def sense(self, run: Run) -> dict[str, Tensor]:
        """Readings (B,) of the economy's sensors and, as `lever.<name>`, of the levers in force."""
        levers = self.levers.values(run.positions)
        readings = self.economy.sense(run.state, levers)
        return readings | {f"lever.{name}": value for name, value in levers.items()}

    def observe(self, sensors: Tensors, run: Run) -> Tensor:
        """Scaled observation, float32 (B, O); its columns lie together, as the fused loop writes them."""
        columns = [sensor.observe(sensors[sensor.name]) for sensor in self.observed]
        if self.show_scenario:
            columns += [(run.scenario == i).to(torch.float32) for i in range(len(self.scenario_set.names))]
            since = (run.state.time - run.onset).to(torch.float32)
            columns.append(torch.clamp(since / self.steps_per_year, -1.0, 1.0))
        return torch.stack(columns).T

    def command_for(self, run: Run, action: Tensor) -> dict[str, Tensor]:
        """Commanded positions for an action (B, A) in [-1, 1]."""
        return self.action_map.command(action, run.positions, self.sense(run))

    def apply_delay(self, run: Run, command: dict[str, Tensor]) -> tuple[Run, dict[str, Tensor]]:
        """The command whose turn it is, and the run in whose queue the new one waits."""
        if not self.delay:
            return run, command
        queue = (*run.queue, command)
        return run._replace(queue=queue[1:]), queue[0]

    def step(self, run: Run, command: Tensors, tally: Tally) -> tuple[Run, Tally]:
        """One step of the economy, for the environments whose episode goes on."""
        begun = (run.state.time < self.horizon).to(torch.float64)
        weight = torch.where(self.economy.collapsed(run.state), 0.0, begun)
        going = weight > 0.0
        positions = self.levers.slew(self.levers.clip(command), run.positions)
        moves = {name: (at - run.positions[name]).abs() for name, at in positions.items()}
        chance = self.source(run.seed, run.episode).at(run.state.time)
        shocks = self.scenario_set.at(run.scenario, run.onset, run.state.time, run.noise)
        state = self.economy.step_where(going, run.state, self.levers.values(positions), shocks, chance)
        noise = self.scenario_set.next_noise(run.scenario, run.noise, chance)
        terms = self.objective.terms(self.economy, run.state, state, moves)
        costs = self.objective.costs(self.economy, state)
        tally = Tally(
            steps=tally.steps + weight,
            shaping=tally.shaping + weight * self.objective.shaping(self.economy, state),
            terms={name: tally.terms[name] + weight * term for name, term in terms.items()},
            costs={name: tally.costs[name] + weight * cost for name, cost in costs.items()},
        )
        positions, noise = choose(going, (positions, noise), (run.positions, run.noise))
        return run._replace(state=state, positions=positions, noise=noise), tally

    def close_decision(self, run: Run, tally: Tally) -> tuple[Run, Outcome, Tensor]:
        """The run after its decision, what that brought, and the observation."""
        run = run._replace(decisions=run.decisions + 1)
        share = 1.0 / torch.clamp(tally.steps, min=1.0)
        terms = {name: total * share for name, total in tally.terms.items()}
        outcome = Outcome(
            reward=self.objective.score(terms),
            shaping=tally.shaping * share,
            terminated=self.economy.collapsed(run.state).to(torch.float64),
            over=(run.state.time >= self.horizon).to(torch.float64),
            steps=tally.steps,
            terms=terms,
            costs={name: total * share for name, total in tally.costs.items()},
        )
        return run, outcome, self.observe(self.sense(run), run)


def cloned(record: Record) -> Record:
    """The record with a tensor of its own in every place."""
    return map_record(torch.clone, record)
