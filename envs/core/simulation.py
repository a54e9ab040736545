"""The simulation: an economy, its objective and its scenarios under a clock."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from typing import Any

import torch
from torch import Tensor

from .chance import seeds_from
from .compiling import compiled
from .dynamics import Dynamics, cloned
from .economy import Economy
from .engine import Compiled, Eager, Engine
from .objective import Objective
from .options import MOST, Options, device_of, scenario_names, whole
from .parameters import check_batch
from .records import Outcome, Run, Transition
from .tensors import Tensors, check_numbers

__all__ = ["Run", "Simulation", "Transition"]

SHARED = ("interval", "reset", "library", "cut", "shaping", "autoreset")
"""Options in which simulations that share compiled graphs may differ."""


class Simulation:
    """The only mutable object: tensors in, tensors out, nothing leaves the device.

    Args:
        economy, objective: what is simulated, and its score.
        options: how; see `Options`.
        batch: environments. Environment i of seed s draws what a single one of seed s + i draws.
        device: where the tensors live.
    """

    def __init__(
        self,
        economy: Economy[Any],
        objective: Objective,
        options: Options,
        *,
        batch: int = 1,
        device: torch.device | str = "cpu",
    ) -> None:
        self.batch = whole("batch", batch, 1)
        self.device = device_of(device)
        check_batch(economy, self.batch)
        self.options, self.shaping = options, options.shaping
        self._use(Dynamics(economy, objective, options, self.batch, self.device))
        self.compiled = (
            compiled(options.compile, self.batch, self.device)
            and economy.compilable
            and options.chance in ("paired", "expected")
        )
        self._engine: Engine = (Compiled if self.compiled else Eager)(self.dynamics)
        self._clear()

    def _use(self, dynamics: Dynamics) -> None:
        self.dynamics = dynamics
        self.economy, self.objective = dynamics.economy, dynamics.objective
        self.levers, self.scenario_set = dynamics.levers, dynamics.scenario_set
        self.action_map, self.show_scenario = dynamics.action_map, dynamics.show_scenario
        self.horizon, self.interval, self.delay = dynamics.horizon, dynamics.interval, dynamics.delay

    def _clear(self) -> None:
        self._begun, self._clock = False, 0
        self._last: Callable[[], Run] | None = None

    @property
    def autoreset(self) -> bool:
        """Whether a new episode begins in the step that ends one."""
        return self.options.autoreset

    @property
    def cut(self) -> int | None:
        """Decisions after which an episode is truncated, or None."""
        return self.options.cut

    def sharing_graphs(self, **changed: Any) -> "Simulation":
        """Another simulation of the same economy and batch that shares this one's compiled graphs.

        Args:
            changed: interval, reset, library, cut, shaping, autoreset; what is not given stays.

        Raises:
            ValueError: an option in which twins may not differ, or a value that it cannot have.
        """
        if strange := sorted(changed.keys() - set(SHARED)):
            raise ValueError(f"twins differ in {', '.join(SHARED)} at most, not in {', '.join(strange)}")
        other = copy(self)
        other.options = self.options.changed(**({"shaping": self.shaping} | changed))
        other.shaping = other.options.shaping
        if other.options.interval != self.interval:
            other._use(self.dynamics.at_interval(other.options.interval))
        other._engine = self._engine.sharing_graphs(other.dynamics)
        other._clear()
        return other

    def draw_from(self, scenario: str | Sequence[str]) -> None:
        """From the next episodes on, scenarios are drawn uniformly from these.

        Raises:
            ValueError: there is no such scenario, or none is named.
        """
        self._use(self.dynamics.with_scenarios(scenario_names(scenario, self.scenario_set.names)))

    @property
    def begun(self) -> bool:
        """Whether there is a run: not before the first reset."""
        return self._begun

    @property
    def run(self) -> Run:
        """The run as it is now, as a record that later steps leave alone.

        Raises:
            RuntimeError: not reset.
        """
        if not self._begun:
            raise RuntimeError("there is no run; call reset() first")
        return self._engine.run

    @property
    def last(self) -> Run:
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

        Raises:
            ValueError: one of them has another shape or type, or holds what is out of range.
        """
        if seed is None and self._begun:
            run = self.run
            seeds, episode = run.seed, run.episode + 1
        else:
            first = int(torch.randint(2**31, ())) if seed is None else seed
            given = first if isinstance(first, Tensor) else seeds_from(first, self.batch)
            seeds = self._prescribed("seed", given)
            episode = torch.zeros_like(seeds)
        prescribed = self._prescribed_course(scenario, onset)
        run = self._beginning(seeds, episode, torch.ones_like(seeds, dtype=torch.bool), **prescribed)
        self._clear()
        self._engine.run, self._begun = cloned(run), True
        self.dynamics.randomised.holder = self
        return self._engine.sense()

    def renew(
        self,
        which: Tensor,
        seed: Tensor | None = None,
        scenario: Tensor | None = None,
        onset: Tensor | None = None,
    ) -> Tensor:
        """Begins an episode where `which`, bool (B,), holds; the observation of everybody, float32 (B, O).

        Args:
            seed, scenario, onset: as in `reset`, int64 (B,), read where `which` holds.

        Raises:
            ValueError: one of them has another shape or type, or holds what is out of range.
            RuntimeError: not reset.
        """
        if not self._begun:
            raise RuntimeError("call reset() for everybody before episodes are renewed")
        given = None if seed is None else self._prescribed("seed", seed)
        prescribed = self._prescribed_course(scenario, onset)

        def begin(seeds: Tensor, episode: Tensor, done: Tensor) -> Run:
            if given is not None:
                seeds, episode = torch.where(done, given, seeds), torch.where(done, 0, episode)
            return self._beginning(seeds, episode, done, **prescribed)

        self._redraw_if_shared()
        self._clock += 1
        self._last = None
        return self._engine.renew(which.to(self.device), begin)

    def _prescribed_course(self, scenario: Tensor | None, onset: Tensor | None) -> dict[str, Tensor]:
        """Those of the two that are given, int64 (B,)."""
        ranges = {"scenario": (scenario, len(self.scenario_set.names)), "onset": (onset, MOST)}
        return {
            name: self._prescribed(name, value, limit)
            for name, (value, limit) in ranges.items()
            if value is not None
        }

    def _prescribed(self, name: str, value: Any, limit: int | None = None) -> Tensor:
        """Whole numbers (B,), from 0 to below `limit` where there is one."""
        check_numbers(name, value, (self.batch,))
        if value.is_floating_point():
            raise ValueError(f"{name} holds {value.dtype}; it must hold {self.batch} whole numbers")
        if limit is not None and value.device.type == "cpu" and bool(((value < 0) | (value >= limit)).any()):
            raise ValueError(f"{name} is {value.tolist()}; it must be from 0 to {limit - 1}")
        numbers: Tensor = value.to(self.device, torch.int64)
        return numbers

    def resume(self, run: Run, last: Run | None = None) -> None:
        """Goes on from recorded runs of this simulation; randomised parameters are drawn as they were."""
        self._clear()
        self._engine.run, self._begun = cloned(run), True
        self.dynamics.randomised.holder = None
        self._last = None if last is None else lambda: last

    def step(self, levers: Tensors) -> Transition:
        """Holds `levers` (name → physical value (B,)) until the next decision.

        Raises:
            ValueError: a lever is missing, unknown or not finite.
            RuntimeError: not reset; or gradients are asked of a compiled simulation.
        """
        if not isinstance(levers, Mapping):
            raise ValueError(f"levers are {levers!r}; they must map names to tensors")
        for name, value in levers.items():
            check_numbers(f"lever {name}", value, (self.batch,), (), (1,))
        positions = self.levers.positions(levers)
        command = {name: self._laid_out(at, (self.batch,)) for name, at in positions.items()}
        return self._advance(lambda: self._engine.step(command))

    def act(self, action: Tensor) -> Transition:
        """Holds what the action_map makes of `action`, (B, A) in [-1, 1], until the next decision.

        Raises:
            ValueError: an action of another shape, or that is not finite.
            RuntimeError: not reset; or gradients are asked of a compiled simulation.
        """
        shape = (self.batch, len(self.action_map.labels))
        check_numbers("the action", action, shape)
        clipped = self._laid_out(torch.clamp(action, -1.0, 1.0), shape)
        return self._advance(lambda: self._engine.act(clipped))

    def _laid_out(self, command: Tensor, shape: tuple[int, ...]) -> Tensor:
        """The command as graphs expect it: float64, contiguous, finite, without gradient."""
        if self.compiled and command.requires_grad:
            raise RuntimeError("a compiled simulation passes no gradients on; use compile=False")
        finite = torch.isfinite(command).all()
        if command.device.type != "cpu":  # to ask would wait for the device
            torch._assert_async(finite, "the command holds a number that is not finite")
        elif not bool(finite):
            raise ValueError(
                f"the command holds a number that is not finite: {command[~torch.isfinite(command)][0]}"
            )
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
        self._redraw_if_shared()
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
            self._redraw_if_shared()
            return self._engine.sense()

        return read

    def _redraw_if_shared(self) -> None:
        """Draws this run's parameters once more where a simulation that shares their buffers has drawn since."""
        shared = self.dynamics.randomised
        if shared.names and shared.holder is not self:
            run = self.run
            everybody = torch.ones_like(run.seed, dtype=torch.bool)
            self.dynamics.draw(run.seed, run.episode, run.scenario, everybody)
            shared.holder = self

    def _beginning(self, seed: Tensor, episode: Tensor, which: Tensor, **prescribed: Any) -> Run:
        """The beginnings of these episodes; parameters are drawn anew where `which` (B,) holds."""
        launch = self.dynamics.fresh(seed, episode, which, **prescribed)
        library = self.options.library
        if self.options.reset == "launch" or library is None:
            return launch
        begun = library.begin(launch, self.dynamics.episode_draws(seed, episode))._replace(**prescribed)
        self.dynamics.draw(seed, episode, begun.scenario, which)
        return begun
