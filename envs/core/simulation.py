"""The simulation: an economy, its objective and its scenarios under a clock."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from .chance import Chance, Exact, Expected, Paired
from .compiling import compile_graph, compiled
from .declarations import LeverBank
from .economy import Economy
from .library import Library
from .objective import Objective
from .scenario import CALM, Scenario, ScenarioBank
from .steering import Levels, Steering
from .tensors import Record, Tensors, choose, map_record

ResetMode = Literal["launch", "library"]
_RESET = -1  # the time under which an episode's own draws are made


class Run(NamedTuple):
    """All that changes while a batch of B economies runs."""

    state: Any  # the economy's state
    positions: dict[str, Tensor]  # (B,) levers in force, on their scales
    queue: tuple[dict[str, Tensor], ...]  # commands that wait, oldest first
    scenario: Tensor  # int64 (B,) index of the scenario
    onset: Tensor  # int64 (B,) step at which its windows begin
    noise: dict[str, Tensor]  # (B,) noise processes by channel
    seed: Tensor  # int64 (B,)
    episode: Tensor  # int64 (B,)
    decisions: Tensor  # int64 (B,) decisions since the reset


class Tally(NamedTuple):
    """Sums over the steps since a decision, (B,)."""

    steps: Tensor  # that really ran
    shaping: Tensor
    terms: dict[str, Tensor]
    costs: dict[str, Tensor]


class Transition(NamedTuple):
    """What one decision brought. Everything but `sensors` and `observation` precedes the autoreset."""

    observation: Tensor  # float32 (B, O), after the autoreset
    sensors: dict[str, Tensor]  # readings (B,), after the autoreset
    reward: Tensor  # (B,) mean score per step, plus shaping where it is switched on
    shaping: Tensor  # (B,) mean training signal per step
    terminated: Tensor  # bool (B,) the economy collapsed
    truncated: Tensor  # bool (B,) the horizon or the cut was reached
    final_observation: Tensor  # float32 (B, O)
    terms: dict[str, Tensor]  # (B,) mean per step of each term of the objective
    costs: dict[str, Tensor]  # (B,) mean per step of each cost


class Simulation:
    """The only mutable object: tensors in, tensors out, nothing leaves the device.

    Args:
        economy, objective: the plant and its score.
        batch: environments. Environment i of seed s draws what a single one of seed s + i draws.
        horizon: steps until an episode is truncated.
        scenarios: what may befall the economy. scenario: the name of the one to use, or several
            to draw from uniformly; by default all.
        onset: step of a scenario's onset, or a (low, high) range to draw it from, high excluded.
        interval: steps between decisions; a command is held in between.
        delay: decisions until a command takes effect.
        steering: what an action in [-1, 1] asks of the levers.
        reset: "launch", or "library": states along baseline trajectories, see `Library`.
        cut: decisions after which an episode is truncated, or None.
        shaping: weight of the objective's training signal in the reward.
        show_scenario: appends the scenario (one-hot) and the time since its onset, in years and
            clipped to ±1, to the observation.
        randomise: parameter → (low, high) factors on its value, drawn anew for every episode.
        autoreset: begins a new episode in the step that ends one.
        chance: "paired", "exact", "expected", or a source of one's own.
        compile: True, False, or "auto": where a compiler is and the batch is worth it.
    """

    def __init__(
        self,
        economy: Economy[Any],
        objective: Objective,
        *,
        horizon: int,
        batch: int = 1,
        scenarios: tuple[Scenario, ...] = (CALM,),
        scenario: str | Sequence[str] | None = None,
        onset: int | tuple[int, int] = 0,
        interval: int = 1,
        delay: int = 0,
        steering: Callable[[LeverBank, int], Steering] = Levels,
        reset: ResetMode = "launch",
        library: Library | None = None,
        cut: int | None = None,
        shaping: float = 0.0,
        show_scenario: bool = False,
        randomise: Mapping[str, tuple[float, float]] | None = None,
        autoreset: bool = True,
        chance: Literal["paired", "exact", "expected"] | Chance = "paired",
        compile: bool | Literal["auto"] = "auto",
        device: torch.device | str = "cpu",
    ) -> None:
        for label, count, least in (("batch", batch, 1), ("interval", interval, 1),
                                    ("horizon", horizon, 1), ("delay", delay, 0)):  # fmt: skip
            if not isinstance(count, int) or count < least:
                raise ValueError(f"{label} is {count!r}; it must be a whole number from {least} on")
        if reset not in ("launch", "library"):
            raise ValueError(f"reset is {reset!r}; it must be 'launch' or 'library'")
        if reset == "library" and library is None:
            raise ValueError("reset='library' needs library=; agents.library.baseline_library makes one")
        self.device = torch.device(device)
        self.batch, self.horizon, self.interval, self.delay = batch, horizon, interval, delay
        self.randomise = dict(randomise or {})
        self.economy = _per_environment(economy, self.randomise, batch, self.device)
        self.objective = objective.judging(self.economy)
        self._nominal = economy
        self.levers = LeverBank(economy.levers)
        self.bank = ScenarioBank(scenarios, economy.shocks)
        names = [scenario] if isinstance(scenario, str) else list(scenario or self.bank.names)
        indices = [self.bank.index(name) for name in names]
        self._drawn = torch.tensor(indices, device=self.device)
        self._onset = onset if isinstance(onset, tuple) else (onset, onset + 1)
        self.steering = steering(self.levers, interval)
        self.reset_mode: ResetMode = reset
        self.library = library
        self.cut = cut
        self.shaping = shaping
        self.show_scenario = show_scenario
        self.autoreset = autoreset
        self._chance = chance
        self._observed = [sensor for sensor in economy.sensors if sensor.observed]
        self.run: Run | None = None
        self.last: Run | None = None
        self._nothing = self._empty_tally()
        self.compiled = (
            compiled(compile, batch, self.device)
            and economy.compilable
            and not isinstance(chance, Chance)
            and chance != "exact"
        )
        fast = compile_graph if self.compiled else _as_is
        # A decision of one step is one graph. Longer ones call the step's graph again and again,
        # because unrolling it would multiply the time that compilation takes.
        whole = interval == 1
        part = _as_is if whole else fast
        self._steer = part(self._steered)
        self._day = part(self._one_day)
        self._close = part(self._closed)
        self._step: Decide = fast(self._by_levers) if whole else self._by_levers
        self._act: Decide = fast(self._by_action) if whole else self._by_action

    def twin(self, *, interval: int | None = None, **flags: Any) -> "Simulation":
        """Another simulation of the same plant and batch that shares this one's compiled graphs.

        Args:
            interval: steps between decisions; where it differs, the twin is stepped by levers.
            flags: reset, library, cut, shaping, autoreset; what is not given stays.
        """
        known = {"reset", "library", "cut", "shaping", "autoreset"}
        if set(flags) - known:
            raise ValueError(f"twin() takes {', '.join(sorted(known))}, not {sorted(set(flags) - known)}")
        other = copy(self)
        other.reset_mode = flags.pop("reset", self.reset_mode)
        vars(other).update(flags)
        other.run = other.last = None
        other._step, other._act = other._by_levers, other._by_action
        if interval is not None and interval != self.interval:
            other.interval, other.steering = interval, type(self.steering)(self.levers, interval)
            other._steer = other._steered
        return other

    @property
    def observation_labels(self) -> tuple[str, ...]:
        """What each number of the observation is."""
        extra = (*self.bank.names, "since_onset") if self.show_scenario else ()
        return (*(sensor.name for sensor in self._observed), *extra)

    @property
    def observation_limits(self) -> list[float]:
        """The bound ±limit of each number of the observation."""
        extra = [1.0] * (len(self.bank.names) + 1) if self.show_scenario else []
        return [sensor.limit for sensor in self._observed] + extra

    def reset(
        self,
        seed: int | Tensor | None = None,
        scenario: Tensor | None = None,
        onset: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Begins an episode in every environment and returns the sensors' readings.

        Args:
            seed: an int gives environment i the seed `seed + i`; a tensor (B,) gives each its own;
                None goes on to every environment's next episode.
            scenario, onset: int64 (B,), to prescribe instead of drawing.
        """
        if seed is None and self.run is not None:
            seeds, episode = self.run.seed, self.run.episode + 1
        else:
            offset = torch.arange(self.batch, device=self.device)
            first = int(torch.randint(2**31, ())) if seed is None else seed
            seeds = first.to(self.device) if isinstance(first, Tensor) else first + offset
            episode = torch.zeros_like(seeds)
        everyone = torch.ones(self.batch, dtype=torch.bool, device=self.device)
        run = self._fresh(seeds, episode, everyone)
        if scenario is not None:
            run = run._replace(scenario=scenario.to(self.device))
        if onset is not None:
            run = run._replace(onset=onset.to(self.device))
        self.run = self.last = run
        return self.sense(run)

    def resume(self, run: Run | None, last: Run | None) -> None:
        """Goes on from recorded runs of this simulation; randomised parameters are drawn as they were."""
        if run is not None and self.randomise:
            self._fresh(run.seed, run.episode, torch.ones_like(run.seed, dtype=torch.bool))
        self.run, self.last = run, last

    def step(self, levers: Tensors) -> Transition:
        """Holds `levers` (name → physical value (B,)) until the next decision."""
        return self._advance(self._step, self.levers.positions(levers))

    def act(self, action: Tensor) -> Transition:
        """Holds what the steering makes of `action`, (B, A) in [-1, 1], until the next decision."""
        return self._advance(self._act, torch.clamp(action, -1.0, 1.0).to(torch.float64))

    def sense(self, run: Run) -> dict[str, Tensor]:
        """Readings (B,) of the economy's sensors and, as `lever.<name>`, of the levers in force."""
        levers = self.levers.values(run.positions)
        readings = self.economy.sense(run.state, levers)
        return readings | {f"lever.{name}": value for name, value in levers.items()}

    def observe(self, sensors: Tensors, run: Run) -> Tensor:
        """Scaled observation, float32 (B, O); its columns lie together, as the fused loop writes them."""
        columns = [sensor.observe(sensors[sensor.name]) for sensor in self._observed]
        if self.show_scenario:
            columns += [(run.scenario == i).to(torch.float64) for i in range(len(self.bank.names))]
            columns.append(torch.clamp((run.state.time - run.onset) / 365.0, -1.0, 1.0))
        return torch.stack([column.to(torch.float32) for column in columns]).T

    def _advance(self, decide: "Decide", command: Any) -> Transition:
        if self.run is None:
            raise RuntimeError("call reset() before the first step")
        run, transition = decide(self.run, command)
        transition = transition._replace(final_observation=transition.observation)
        over = transition.truncated
        if self.cut is not None:
            over = over | (run.decisions >= self.cut)
        transition = transition._replace(truncated=over & ~transition.terminated)
        if self.shaping:
            reward = transition.reward + self.shaping * transition.shaping
            transition = transition._replace(reward=reward)
        self.last = run
        done = transition.terminated | transition.truncated
        if self.autoreset and (self.device.type != "cpu" or bool(done.any())):
            fresh = self._fresh(run.seed, run.episode + 1, done)
            run = choose(done, fresh, run)
            sensors = self.sense(run)
            transition = transition._replace(sensors=sensors, observation=self.observe(sensors, run))
        self.run = run
        return transition

    def _by_action(self, run: Run, action: Tensor) -> "Decided":
        return self._by_levers(run, self._steer(run, action))

    def _steered(self, run: Run, action: Tensor) -> dict[str, Tensor]:
        return self.steering.command(action, run.positions, self.sense(run))

    def _by_levers(self, run: Run, command: dict[str, Tensor]) -> "Decided":
        if self.delay:
            queue = (*run.queue, command)
            command, run = queue[0], run._replace(queue=queue[1:])
        tally = self._nothing
        for _ in range(self.interval):
            run, tally = self._day(run, command, tally)
        decided: Decided = self._close(run, tally)
        return decided

    def _one_day(self, run: Run, command: Tensors, tally: Tally) -> tuple[Run, Tally]:
        """One step of the economy, for the environments whose episode goes on."""
        going = (run.state.time < self.horizon) & ~self.economy.collapsed(run.state)
        positions = self.levers.slew(self.levers.clip(command), run.positions)
        moves = {name: (at - run.positions[name]).abs() for name, at in positions.items()}
        chance = self._source(run.seed, run.episode).at(run.state.time)
        shocks = self.bank.at(run.scenario, run.onset, run.state.time, run.noise)
        state = self.economy.step(run.state, self.levers.values(positions), shocks, chance)
        noise = self.bank.next_noise(run.scenario, run.noise, chance)
        terms = self.objective.terms(run.state, state, moves)
        costs = self.objective.costs(state)
        weight = going.to(torch.float64)
        tally = Tally(
            steps=tally.steps + weight,
            shaping=tally.shaping + weight * self.objective.shaping(state),
            terms={name: tally.terms[name] + weight * term for name, term in terms.items()},
            costs={name: tally.costs[name] + weight * cost for name, cost in costs.items()},
        )
        changed = _Moving(state, positions, noise)
        before = run.state._replace(**{name: getattr(state, name) for name in self.economy.appended})
        kept = choose(going, changed, _Moving(before, run.positions, run.noise))
        return run._replace(state=kept.state, positions=kept.positions, noise=kept.noise), tally

    def _closed(self, run: Run, tally: Tally) -> "Decided":
        """What the decision brought."""
        run = run._replace(decisions=run.decisions + 1)
        count = torch.clamp(tally.steps, min=1.0)
        terms = {name: total / count for name, total in tally.terms.items()}
        costs = {name: total / count for name, total in tally.costs.items()}
        reward = self.objective.score(terms)
        shaping = tally.shaping / count
        terminated = self.economy.collapsed(run.state)
        over = run.state.time >= self.horizon
        sensors = self.sense(run)
        seen = self.observe(sensors, run)
        return run, Transition(seen, sensors, reward, shaping, terminated, over, seen, terms, costs)

    def _empty_tally(self) -> Tally:
        zero = torch.zeros(self.batch, dtype=torch.float64, device=self.device)
        at = torch.zeros(self.batch, dtype=torch.int64, device=self.device)
        state = self._fresh(at, at, at < 0).state
        names = self.objective.terms(state, state, self.levers.neutral(self.batch, self.device))
        nothing = dict.fromkeys(self.objective.costs(state), zero)
        return _unshared(Tally(zero, zero, dict.fromkeys(names, zero), nothing))

    def _source(self, seed: Tensor, episode: Tensor) -> Chance:
        if isinstance(self._chance, Chance):
            return self._chance
        if self._chance == "expected":
            return Expected(self.batch, self.device)
        return (Exact if self._chance == "exact" else Paired)(seed, episode)

    def _fresh(self, seed: Tensor, episode: Tensor, which: Tensor) -> Run:
        """The beginning of the given episodes; parameters are drawn anew where `which` (B,) holds."""
        draws = Paired(seed, episode).at(torch.full_like(seed, _RESET))
        for name, (low, high) in self.randomise.items():
            factor = low + (high - low) * draws.uniform(f"randomise.{name}")
            buffer = getattr(self.economy, name)
            buffer.copy_(torch.where(which, getattr(self._nominal, name) * factor, buffer))
        pick = (draws.uniform("scenario") * len(self._drawn)).to(torch.int64)
        low, high = self._onset
        onset = low + torch.floor(draws.uniform("onset") * (high - low)).to(torch.int64)
        source = self._source(seed, episode).at(torch.full_like(seed, _RESET))
        zeros = torch.zeros(self.batch, dtype=torch.float64, device=self.device)
        neutral = self.levers.neutral(self.batch, self.device)
        launch = Run(
            state=self.economy.initial(self.batch, source, self.device),
            positions=neutral,
            queue=(neutral,) * self.delay,
            scenario=self._drawn[pick],
            onset=onset,
            noise={channel: zeros for channel in self.bank.noises},
            seed=seed,
            episode=episode,
            decisions=torch.zeros_like(seed),
        )
        if self.reset_mode == "library" and self.library is not None:
            return self.library.begin(launch, draws)
        return _unshared(launch)


class _Moving(NamedTuple):
    """The parts of a run that a step changes."""

    state: Any
    positions: dict[str, Tensor]
    noise: dict[str, Tensor]


def _unshared(record: Record) -> Record:
    """The record with a tensor of its own in every place: the compiler makes a graph for each sharing."""
    return map_record(torch.clone, record)


Decided = tuple[Run, Transition]
Decide = Callable[[Run, Any], Decided]


def _as_is(function: Any) -> Any:
    return function


def _per_environment(
    economy: Economy[Any],
    randomise: Mapping[str, tuple[float, float]],
    batch: int,
    device: torch.device,
) -> Economy[Any]:
    """The economy with a buffer (B,) for every randomised parameter."""
    for name, (low, high) in randomise.items():
        value = getattr(economy, name, None)
        if name in economy.frozen:
            raise ValueError(f"{name} must not be randomised: {type(economy).__name__} forbids it")
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise ValueError(f"{name} is no numeric parameter of {type(economy).__name__}")
        if not low <= high:
            raise ValueError(f"randomise[{name!r}] is ({low}, {high}); need low <= high")
        for factor in (low, high):
            economy.variant(**{name: value * factor})
    buffers = {
        name: torch.full((batch,), float(getattr(economy, name)), dtype=torch.float64, device=device)
        for name in randomise
    }
    return economy.variant(**buffers) if buffers else economy
