"""How a simulation keeps its run between decisions: as it is, or in place by compiled graphs."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from copy import copy
from functools import cached_property
from typing import Any, Self

import torch
from torch import Tensor
from typing_extensions import override

from .compiling import compile_graph
from .dynamics import Dynamics, cloned
from .records import Outcome, Run, Tally
from .tensors import Record, choose, map_record

Beginning = Callable[[Tensor, Tensor, Tensor], Run]
"""(seed, episode, which), all (B,) → the beginnings of those episodes."""


Decided = tuple[Outcome, Tensor]
"""What a decision brought, and the observation (B, O) after it."""


class Engine(ABC):
    """Holds one run of some dynamics and moves it on.

    Attributes:
        dynamics: what moves it. run: the present run, as a record of its own.
    """

    _run: Run

    def __init__(self, dynamics: Dynamics) -> None:
        self.dynamics = dynamics

    @property
    @abstractmethod
    def run(self) -> Run:
        """The run, safe from later steps."""

    @run.setter
    @abstractmethod
    def run(self, run: Run) -> None: ...

    @property
    @abstractmethod
    def positions(self) -> dict[str, Tensor]:
        """Lever positions (B,) now."""

    @property
    @abstractmethod
    def decisions(self) -> Tensor:
        """Decisions since each environment's reset, int64 (B,)."""

    @abstractmethod
    def sense(self) -> dict[str, Tensor]:
        """Readings (B,) now."""

    @abstractmethod
    def act(self, action: Tensor) -> Decided:
        """One decision by an action (B, A); outcome and observation."""

    @abstractmethod
    def step(self, command: dict[str, Tensor]) -> Decided:
        """One decision by commanded positions; outcome and observation."""

    @abstractmethod
    def renew(self, done: Tensor, begin: Beginning) -> Tensor:
        """Begins the next episode where `done` (B,) holds; the observation of everybody."""

    @abstractmethod
    def snapshot(self) -> Callable[[], Run]:
        """The run as it is now, made into a record only when asked for."""

    @abstractmethod
    def sharing_graphs(self, dynamics: Dynamics) -> Self:
        """An engine without a run for dynamics that differ from this one's in the interval at most."""


class Eager(Engine):
    """Every operation is torch's own, and every run a record of its own."""

    @property
    @override
    def run(self) -> Run:
        return cloned(self._run) if self.dynamics.economy.writes_in_place else self._run

    @run.setter
    def run(self, run: Run) -> None:
        self._run = run

    @property
    @override
    def positions(self) -> dict[str, Tensor]:
        return self._run.positions

    @property
    @override
    def decisions(self) -> Tensor:
        return self._run.decisions

    @cached_property
    def _nothing(self) -> Tally:
        return self.dynamics.empty_tally()

    @override
    def sense(self) -> dict[str, Tensor]:
        return self.dynamics.sense(self._run)

    @override
    def act(self, action: Tensor) -> Decided:
        return self.step(self.dynamics.command_for(self._run, action))

    @override
    def step(self, command: dict[str, Tensor]) -> Decided:
        run, command = self.dynamics.apply_delay(self._run, command)
        tally = self._nothing
        for _ in range(self.dynamics.held):
            run, tally = self.dynamics.step(run, command, tally)
        self._run, outcome, observation = self.dynamics.close_decision(run, tally)
        return outcome, observation

    @override
    def renew(self, done: Tensor, begin: Beginning) -> Tensor:
        run = self._run
        self._run = choose(done, begin(run.seed, run.episode + 1, done), run)
        return self.dynamics.observe(self.dynamics.sense(self._run), self._run)

    @override
    def snapshot(self) -> Callable[[], Run]:
        run = self._run
        return lambda: run

    @override
    def sharing_graphs(self, dynamics: Dynamics) -> Self:
        return type(self)(dynamics)


class Compiled(Engine):
    """Compiled graphs write the run in place, so that a step allocates no more than what it reports.

    A decision of one step is one graph. Longer ones call the graph of a step again and again, because
    unrolling it would multiply the time that compilation takes. Graphs are compiled when first called.
    """

    def __init__(self, dynamics: Dynamics) -> None:
        super().__init__(dynamics)
        self._tally = dynamics.empty_tally()
        self._graphs = {
            name: self._graph(name) for name in ("act", "step", "begin", "day", "close", "sense", "observe")
        }

    def _graph(self, name: str) -> Callable[..., Any]:
        return compile_graph(getattr(self, f"_graph_{name}"))

    @property
    @override
    def run(self) -> Run:
        return cloned(self._run)

    @run.setter
    def run(self, run: Run) -> None:
        self._run = cloned(run)

    @override
    def snapshot(self) -> Callable[[], Run]:
        run = cloned(self._run)
        return lambda: run

    @property
    @override
    def positions(self) -> dict[str, Tensor]:
        return {name: at.clone() for name, at in self._run.positions.items()}

    @property
    @override
    def decisions(self) -> Tensor:
        return self._run.decisions

    @override
    def sense(self) -> dict[str, Tensor]:
        readings: dict[str, Tensor] = self._graphs["sense"](self._run)
        return readings

    @override
    def act(self, action: Tensor) -> Decided:
        if self.dynamics.interval == 1:
            return self._decided("act", action)
        return self._held(self._graphs["begin"](self._run, action))

    @override
    def step(self, command: dict[str, Tensor]) -> Decided:
        if self.dynamics.interval == 1:
            return self._decided("step", command)
        run, command = self.dynamics.apply_delay(self._run, command)
        _write(self._run, run)
        return self._held(command)

    @override
    def renew(self, done: Tensor, begin: Beginning) -> Tensor:
        run = self._run
        _write(run, choose(done, begin(run.seed, run.episode + 1, done), run))
        observation: Tensor = self._graphs["observe"](run)
        return observation

    @override
    def sharing_graphs(self, dynamics: Dynamics) -> Self:
        other = copy(self)
        other.dynamics, other._tally = dynamics, cloned(self._tally)
        if dynamics.interval != self.dynamics.interval:
            other._graphs = self._graphs | {name: other._graph(name) for name in ("act", "begin")}
        return other

    def _decided(self, name: str, command: Any) -> Decided:
        decided: Decided = self._graphs[name](self._run, command)
        return decided

    def _held(self, command: dict[str, Tensor]) -> Decided:
        map_record(torch.Tensor.zero_, self._tally)
        for _ in range(self.dynamics.held):
            self._graphs["day"](self._run, self._tally, command)
        decided: Decided = self._graphs["close"](self._run, self._tally)
        return decided

    def _graph_act(self, run: Run, action: Tensor) -> Decided:
        return self._graph_step(run, self.dynamics.command_for(run, action))

    def _graph_step(self, run: Run, command: dict[str, Tensor]) -> Decided:
        after, command = self.dynamics.apply_delay(run, command)
        after, tally = self.dynamics.step(after, command, map_record(torch.zeros_like, self._tally))
        after, outcome, observation = self.dynamics.close_decision(after, tally)
        _write(run, after)
        return outcome, observation

    def _graph_begin(self, run: Run, action: Tensor) -> dict[str, Tensor]:
        after, command = self.dynamics.apply_delay(run, self.dynamics.command_for(run, action))
        _write(run, after)
        return command

    def _graph_day(self, run: Run, tally: Tally, command: dict[str, Tensor]) -> None:
        after, sums = self.dynamics.step(run, command, tally)
        _write(run, after)
        _write(tally, sums)

    def _graph_close(self, run: Run, tally: Tally) -> Decided:
        after, outcome, observation = self.dynamics.close_decision(run, tally)
        _write(run, after)
        return outcome, observation

    def _graph_sense(self, run: Run) -> dict[str, Tensor]:
        return self.dynamics.sense(run)

    def _graph_observe(self, run: Run) -> Tensor:
        return self.dynamics.observe(self.dynamics.sense(run), run)


def _write(record: Record, new: Record) -> None:
    """Copies `new` into the tensors of `record`, but for those that are the same."""

    def write(old: Tensor, leaf: Tensor) -> Tensor:
        return old if leaf is old else old.copy_(leaf)

    map_record(write, record, new)
