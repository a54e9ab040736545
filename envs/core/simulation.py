"""The simulation: an economy, its objective and its scenarios under a clock."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from .chance import Chance, Exact, Expected, Paired
from .compiling import compiled
from .declarations import LeverBank
from .economy import Economy
from .library import Library
from .objective import Objective
from .scenario import CALM, Scenario, ScenarioBank
from .steering import Levels, Steering
from .tensors import Tensors, choose

ResetMode = Literal["launch", "library"]
_RESET = -1  # the time under which an episode's own draws are made


class Run(NamedTuple):
    """All that changes while a batch of B economies runs."""

    state: Any  # the economy's state
    positions: Tensor  # (B, L) levers in force, on their scales
    queue: Tensor  # (B, delay, L) commands that wait, oldest first
    scenario: Tensor  # int64 (B,) index of the scenario
    onset: Tensor  # int64 (B,) step at which its windows begin
    noise: Tensor  # (B, n) noise processes
    seed: Tensor  # int64 (B,)
    episode: Tensor  # int64 (B,)
    decisions: Tensor  # int64 (B,) decisions since the reset


class Transition(NamedTuple):
    """What one decision brought. Everything but `sensors` and `observation` precedes the autoreset."""

    observation: Tensor  # float32 (B, O), after the autoreset
    sensors: dict[str, Tensor]  # readings (B,), after the autoreset
    reward: Tensor  # (B,) mean score per step, plus shaping where it is switched on
    terminated: Tensor  # bool (B,) the economy collapsed
    truncated: Tensor  # bool (B,) the horizon or the cut was reached
    final_observation: Tensor  # float32 (B, O)
    terms: dict[str, Tensor]  # (B,) mean per step of each term of the objective
    costs: dict[str, Tensor]  # (B,) mean per step of each cost
    run: Run


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
        shaping: adds the objective's training signal to the reward.
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
        shaping: bool = False,
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
            raise ValueError("reset='library' needs library=; agents.library.record makes one")
        self.device = torch.device(device)
        self.batch, self.horizon, self.interval, self.delay = batch, horizon, interval, delay
        self.objective = objective
        self.randomise = dict(randomise or {})
        self.economy = _per_environment(economy, self.randomise, batch, self.device)
        self._nominal = economy
        self.levers = LeverBank(economy.levers, self.device)
        self.bank = ScenarioBank(scenarios, economy.shocks, self.device)
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
        wanted = compiled(compile, batch, self.device) and economy.compilable
        self.compiled = wanted and not isinstance(chance, Chance) and chance != "exact"
        self._decide = self._decide_by_levers
        self._act = self._decide_by_action
        if self.compiled:
            self._decide = torch.compile(self._decide_by_levers, dynamic=False, fullgraph=True)
            self._act = torch.compile(self._decide_by_action, dynamic=False, fullgraph=True)

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
            first = torch.seed() % 2**31 if seed is None else seed
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

    def step(self, levers: Tensors) -> Transition:
        """Holds `levers` (name → physical value (B,)) until the next decision."""
        return self._advance(self._decide, self.levers.positions(dict(levers)))

    def act(self, action: Tensor) -> Transition:
        """Holds what the steering makes of `action`, (B, A) in [-1, 1], until the next decision."""
        return self._advance(self._act, torch.clamp(action, -1.0, 1.0).to(torch.float64))

    def sense(self, run: Run) -> dict[str, Tensor]:
        """Readings (B,) of the economy's sensors and, as `lever.<name>`, of the levers in force."""
        levers = self.levers.values(run.positions)
        readings = self.economy.sense(run.state, levers)
        return readings | {f"lever.{name}": value for name, value in levers.items()}

    def observe(self, sensors: Tensors, run: Run) -> Tensor:
        """Scaled observation, float32 (B, O)."""
        columns = [sensor.observe(sensors[sensor.name]) for sensor in self._observed]
        if self.show_scenario:
            columns += [
                (run.scenario == i).to(torch.float64) for i in range(len(self.bank.names))
            ]
            columns.append(torch.clamp((run.state.time - run.onset) / 365.0, -1.0, 1.0))
        return torch.stack(columns, dim=1).to(torch.float32)

    def _advance(
        self, decide: Callable[[Run, Tensor], tuple[Run, Transition]], command: Tensor
    ) -> Transition:
        if self.run is None:
            raise RuntimeError("call reset() before the first step")
        run, transition = decide(self.run, command)
        self.last = run
        done = transition.terminated | transition.truncated
        if self.autoreset and (self.device.type != "cpu" or bool(done.any())):
            fresh = self._fresh(run.seed, run.episode + 1, done)
            run = choose(done, fresh, run)
            sensors = self.sense(run)
            transition = transition._replace(sensors=sensors, observation=self.observe(sensors, run))
        self.run = run
        return transition

    def _decide_by_action(self, run: Run, action: Tensor) -> tuple[Run, Transition]:
        target = self.steering.target(action, run.positions, self.sense(run))
        return self._decide_by_levers(run, target)

    def _decide_by_levers(self, run: Run, command: Tensor) -> tuple[Run, Transition]:
        command = torch.clamp(command, self.levers.low, self.levers.high)
        if self.delay:
            queue = torch.cat([run.queue, command[:, None]], dim=1)
            command, queue = queue[:, 0], queue[:, 1:]
            run = run._replace(queue=queue)
        days, terms, costs, shaping = self._hold(run, command)
        run = days.run._replace(decisions=run.decisions + 1)
        count = torch.clamp(days.count, min=1.0)
        terms = {name: total / count for name, total in terms.items()}
        costs = {name: total / count for name, total in costs.items()}
        reward = self.objective.score(terms)
        if self.shaping:
            reward = reward + shaping / count
        terminated = self.economy.collapsed(run.state)
        over = run.state.time >= self.horizon
        if self.cut is not None:
            over = over | (run.decisions >= self.cut)
        sensors = self.sense(run)
        observation = self.observe(sensors, run)
        return run, Transition(
            observation, sensors, reward, terminated, over & ~terminated, observation, terms, costs, run
        )

    def _hold(
        self, run: Run, command: Tensor
    ) -> tuple["_Held", dict[str, Tensor], dict[str, Tensor], Tensor]:
        """The steps until the next decision, and the sums of what the objective says of each."""
        zero = torch.zeros(self.batch, dtype=torch.float64, device=self.device)
        count, shaping = zero, zero
        terms: dict[str, Tensor] = {}
        costs: dict[str, Tensor] = {}
        for _ in range(self.interval):
            going = (run.state.time < self.horizon) & ~self.economy.collapsed(run.state)
            after, moves = self._day(run, command)
            weight = going.to(torch.float64)
            count = count + weight
            for name, term in self.objective.terms(run.state, after.state, moves).items():
                terms[name] = terms.get(name, zero) + weight * term
            for name, cost in self.objective.costs(after.state).items():
                costs[name] = costs.get(name, zero) + weight * cost
            if self.shaping:
                shaping = shaping + weight * self.objective.shaping(after.state)
            run = choose(going, after, run)
        return _Held(run, count), terms, costs, shaping

    def _day(self, run: Run, command: Tensor) -> tuple[Run, dict[str, Tensor]]:
        """One step of the economy, and how far each lever moved."""
        slew = self.levers.slew
        positions = torch.clamp(command, run.positions - slew, run.positions + slew)
        moved = (positions - run.positions).abs()
        chance = self._source(run.seed, run.episode).at(run.state.time)
        shocks = self.bank.at(run.scenario, run.onset, run.state.time, run.noise)
        state = self.economy.step(run.state, self.levers.values(positions), shocks, chance)
        noise = self.bank.next_noise(run.scenario, run.noise, chance)
        after = run._replace(state=state, positions=positions, noise=noise)
        return after, {name: moved[:, i] for i, name in enumerate(self.levers.names)}

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
        neutral = self.levers.neutral.repeat(self.batch, 1)
        launch = Run(
            state=self.economy.initial(self.batch, source, self.device),
            positions=neutral,
            queue=neutral[:, None].repeat(1, self.delay, 1),
            scenario=self._drawn[pick],
            onset=onset,
            noise=zeros[:, None].repeat(1, self.bank.noise_count),
            seed=seed,
            episode=episode,
            decisions=torch.zeros_like(seed),
        )
        if self.reset_mode == "library" and self.library is not None:
            return self.library.begin(launch, draws)
        return launch


class _Held(NamedTuple):
    run: Run
    count: Tensor  # (B,) steps that really ran


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
        replace(economy, **{name: value * low}), replace(economy, **{name: value * high})
    buffers = {
        name: torch.full((batch,), float(getattr(economy, name)), dtype=torch.float64, device=device)
        for name in randomise
    }
    return replace(economy, **buffers) if buffers else economy
