"""The simulation: an economy, its objective and its scenarios under a clock."""

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any, Literal

import torch
from torch import Tensor

from .actions import ActionMap, Levels
from .chance import Chance, seeds_from
from .compiling import compiled
from .declarations import LeverSet
from .dynamics import ChanceMode, Dynamics, unshared
from .economy import Economy
from .engine import Compiled, Eager, Engine
from .library import Library
from .objective import Objective
from .randomised import Factors
from .records import Outcome, Run, Transition
from .scenario import CALM, Scenario
from .tensors import Tensors

__all__ = ["ResetMode", "Run", "Simulation", "Transition"]

ResetMode = Literal["launch", "library"]


class Simulation:
    """The only mutable object: tensors in, tensors out, nothing leaves the device.

    Args:
        economy, objective: the economy and its score.
        batch: environments. Environment i of seed s draws what a single one of seed s + i draws.
        horizon: steps until an episode is truncated.
        scenarios: what may befall the economy. scenario: the name of the one to use, or several
            to draw from uniformly; by default all.
        onset: step of a scenario's onset, or a (low, high) range to draw it from, high excluded.
        interval: steps between decisions; a command is held in between.
        delay: decisions until a command takes effect.
        action_map: what an action in [-1, 1] asks of the levers.
        reset: "launch", or "library": states along baseline trajectories, see `Library`.
        cut: decisions after which an episode is truncated, or None.
        shaping: weight of the objective's training signal in the reward.
        show_scenario: appends the scenario (one-hot) and the time since its onset, in years and
            clipped to ±1, to the observation.
        randomise: parameter → (low, high) factors on its value, drawn anew for every episode under
            every scenario; they take the place of a scenario's own for the same parameter.
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
        action_map: Callable[[LeverSet, int], ActionMap] = Levels,
        reset: ResetMode = "launch",
        library: Library | None = None,
        cut: int | None = None,
        shaping: float = 0.0,
        show_scenario: bool = False,
        randomise: Factors | None = None,
        autoreset: bool = True,
        chance: ChanceMode | Chance = "paired",
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
        self.batch, self.horizon, self.delay = batch, horizon, delay
        self.reset_mode: ResetMode = reset
        self.library = library
        self.cut = cut
        self.shaping = shaping
        self.autoreset = autoreset
        everything = [one.name for one in scenarios]
        self._obey(
            Dynamics(
                economy, objective, batch=batch, horizon=horizon, interval=interval, delay=delay,
                scenarios=scenarios, action_map=action_map, show_scenario=show_scenario,
                drawn=[scenario] if isinstance(scenario, str) else list(scenario or everything),
                onset=onset if isinstance(onset, tuple) else (onset, onset + 1),
                randomise=randomise or {}, chance=chance, device=self.device,
            )
        )  # fmt: skip
        self.compiled = (
            compiled(compile, batch, self.device)
            and economy.compilable
            and not isinstance(chance, Chance)
            and chance != "exact"
        )
        self._engine: Engine = (Compiled if self.compiled else Eager)(self.dynamics)
        self._forget()

    def _obey(self, dynamics: Dynamics) -> None:
        self.dynamics = dynamics
        self.economy, self.objective = dynamics.economy, dynamics.objective
        self.levers, self.scenario_set, self.action_map = (
            dynamics.levers,
            dynamics.scenario_set,
            dynamics.action_map,
        )
        self.interval, self.show_scenario = dynamics.interval, dynamics.show_scenario

    def _forget(self) -> None:
        self._begun, self._clock = False, 0
        self._last: Callable[[], Run] | None = None

    def twin(self, *, interval: int | None = None, **flags: Any) -> "Simulation":
        """Another simulation of the same economy and batch that shares this one's compiled graphs.

        Args:
            interval: steps between decisions, by default this one's.
            flags: reset, library, cut, shaping, autoreset; what is not given stays.
        """
        known = {"reset", "library", "cut", "shaping", "autoreset"}
        if set(flags) - known:
            raise ValueError(f"twin() takes {', '.join(sorted(known))}, not {sorted(set(flags) - known)}")
        other = copy(self)
        other.reset_mode = flags.pop("reset", self.reset_mode)
        vars(other).update(flags)
        if interval is not None and interval != self.interval:
            other._obey(self.dynamics.at_interval(interval))
        other._engine = self._engine.twin(other.dynamics)
        other._forget()
        return other

    def draw_from(self, scenario: str | Sequence[str]) -> None:
        """From the next episodes on, scenarios are drawn uniformly from these."""
        self._obey(self.dynamics.drawing([scenario] if isinstance(scenario, str) else scenario))

    @property
    def run(self) -> Run | None:
        """The run as it is now; None before the first reset."""
        return self._engine.run if self._begun else None

    @property
    def last(self) -> Run | None:
        """The run at the end of the last decision, before the autoreset."""
        return self.run if self._last is None else self._last()

    @property
    def positions(self) -> dict[str, Tensor]:
        """Positions (B,) of the levers now in force, on their scales."""
        return self._engine.positions

    @property
    def observation_labels(self) -> tuple[str, ...]:
        """What each number of the observation is."""
        extra = (*self.scenario_set.names, "since_onset") if self.show_scenario else ()
        return (*(sensor.name for sensor in self.dynamics.observed), *extra)

    @property
    def observation_limits(self) -> list[float]:
        """The bound ±limit of each number of the observation."""
        extra = [1.0] * (len(self.scenario_set.names) + 1) if self.show_scenario else []
        return [sensor.limit for sensor in self.dynamics.observed] + extra

    def reset(
        self,
        seed: int | Tensor | None = None,
        scenario: Tensor | None = None,
        onset: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Begins an episode in every environment and returns the sensors' readings.

        Args:
            seed: an int below 2^64 gives environment i the seed `seed + i`, modulo 2^64; a tensor (B,)
                gives each its own; None goes on to every environment's next episode.
            scenario, onset: int64 (B,), to prescribe instead of drawing.
        """
        run = self.run
        if seed is None and run is not None:
            seeds, episode = run.seed, run.episode + 1
        else:
            first = int(torch.randint(2**31, ())) if seed is None else seed
            given = first if isinstance(first, Tensor) else seeds_from(first, self.batch)
            seeds = given.to(self.device)
            episode = torch.zeros_like(seeds)
        wanted = {"scenario": scenario, "onset": onset}
        prescribed = {name: value.to(self.device) for name, value in wanted.items() if value is not None}
        run = self._beginning(seeds, episode, torch.ones_like(seeds, dtype=torch.bool), **prescribed)
        self._forget()
        self._engine.run, self._begun = unshared(run), True
        self.dynamics.randomised.holder = self
        return self._engine.sense()

    def resume(self, run: Run | None, last: Run | None) -> None:
        """Goes on from recorded runs of this simulation; randomised parameters are drawn as they were."""
        self._forget()
        if run is None:
            return
        self._engine.run, self._begun = unshared(run), True
        self.dynamics.randomised.holder = None
        self._last = None if last is None else lambda: last

    def step(self, levers: Tensors) -> Transition:
        """Holds `levers` (name → physical value (B,)) until the next decision.

        Raises:
            ValueError: a lever is missing or unknown.
            RuntimeError: not reset; or gradients are asked of a compiled simulation.
        """
        positions = self.levers.positions(levers)
        command = {name: self._laid_out(at, (self.batch,)) for name, at in positions.items()}
        return self._advance(lambda: self._engine.step(command))

    def act(self, action: Tensor) -> Transition:
        """Holds what the action_map makes of `action`, (B, A) in [-1, 1], until the next decision.

        Raises:
            ValueError: an action of another shape.
            RuntimeError: not reset; or gradients are asked of a compiled simulation.
        """
        shape = (self.batch, len(self.action_map.labels))
        if action.shape != shape:
            raise ValueError(f"the action has shape {tuple(action.shape)}; it must be {shape}")
        clipped = self._laid_out(torch.clamp(action, -1.0, 1.0), shape)
        return self._advance(lambda: self._engine.act(clipped))

    def _laid_out(self, command: Tensor, shape: tuple[int, ...]) -> Tensor:
        """The command as graphs expect it: float64, contiguous, without gradient."""
        if self.compiled and command.requires_grad:
            raise RuntimeError("a compiled simulation passes no gradients on; use compile=False")
        return command.to(torch.float64).expand(shape).contiguous()

    def sense(self, run: Run) -> dict[str, Tensor]:
        """Readings (B,) of the economy's sensors and, as `lever.<name>`, of the levers in force."""
        return self.dynamics.sense(run)

    def observe(self, sensors: Tensors, run: Run) -> Tensor:
        """Scaled observation, float32 (B, O)."""
        return self.dynamics.observe(sensors, run)

    def _advance(self, decide: Callable[[], tuple[Outcome, Tensor]]) -> Transition:
        if not self._begun:
            raise RuntimeError("call reset() before the first step")
        self._hold()
        outcome, final = decide()
        self._clock += 1
        terminated, over = outcome.terminated > 0.0, outcome.over > 0.0
        if self.cut is not None:
            over = over | (self._engine.decisions >= self.cut)
        done, observation, self._last = terminated | over, final, None
        if self.autoreset and (self.device.type != "cpu" or bool(done.any())):
            self._last = self._engine.snapshot()
            observation = self._engine.renew(done, self._beginning)
        return Transition(
            observation=observation,
            reward=outcome.reward + self.shaping * outcome.shaping if self.shaping else outcome.reward,
            shaping=outcome.shaping,
            steps=outcome.steps,
            terminated=terminated,
            truncated=over & ~terminated,
            final_observation=final,
            terms=outcome.terms,
            costs=outcome.costs,
            read=self._reader(self._clock),
        )

    def _reader(self, clock: int) -> Callable[[], dict[str, Tensor]]:
        def read() -> dict[str, Tensor]:
            if clock != self._clock:
                raise RuntimeError("the sensors of a past decision can be read no more; ask before the next")
            self._hold()
            return self._engine.sense()

        return read

    def _hold(self) -> None:
        """Draws this run's parameters once more where a twin, sharing their buffers, has drawn since."""
        shared = self.dynamics.randomised
        run = self.run if shared.names and shared.holder is not self else None
        if run is not None:
            everybody = torch.ones_like(run.seed, dtype=torch.bool)
            self.dynamics.draw(run.seed, run.episode, run.scenario, everybody)
            shared.holder = self

    def _beginning(self, seed: Tensor, episode: Tensor, which: Tensor, **prescribed: Any) -> Run:
        """The beginnings of these episodes; parameters are drawn anew where `which` (B,) holds."""
        launch = self.dynamics.fresh(seed, episode, which, **prescribed)
        if self.reset_mode == "launch" or self.library is None:
            return launch
        begun = self.library.begin(launch, self.dynamics.episode_draws(seed, episode))._replace(**prescribed)
        self.dynamics.draw(seed, episode, begun.scenario, which)
        return begun
