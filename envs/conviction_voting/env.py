"""The environments' classes: their docstrings are their pages."""

from typing import Any, cast

from gymnasium import spaces
from gymnasium.utils import EzPickle
from typing_extensions import override

from ..adapters.env import EconomyEnv
from ..core.dashboard import pixels
from ..core.task import Task
from .economy import ConvictionVoting
from .graph import graph, graph_space
from .page import paged
from .snapshot import beside, snapshot
from .task import TASKS


class _ConvictionVotingEnv(EconomyEnv):
    """Adds the graph observation and the picture of the moment.

    Args:
        graph: a `Dict` observation of the `flat` one and the whole masked graph.
    """

    def __init__(self, task: str | Task, graph: bool = False, **options: Any) -> None:
        super().__init__(task, **options)
        EzPickle.__init__(self, task=task, graph=graph, **options)
        self.graph = graph
        if graph:
            nodes = graph_space(cast(ConvictionVoting, self.simulation.economy)).spaces
            self.observation_space = spaces.Dict({"flat": self.observation_space, **nodes})

    @override
    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        observation, info = super().reset(seed=seed, options=options)
        return self._observation(observation), info

    @override
    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        observation, *rest = super().step(action)
        return (self._observation(observation), *rest)

    @override
    def render(self) -> Any:
        """The dashboard is followed by a picture of the moment."""
        drawn = super().render()
        run = self.simulation.run
        if self.render_mode != "rgb_array" or run is None:
            return drawn
        return beside(drawn, pixels(snapshot(run.state)))

    def _observation(self, flat: Any) -> Any:
        run = self.simulation.run
        if not self.graph or run is None:
            return flat
        return {
            "flat": flat,
            **{name: entry[0].numpy(force=True) for name, entry in graph(run.state).items()},
        }


@paged(TASKS[0], "for a year")
class ConvictionVotingEnv(_ConvictionVotingEnv):
    """A year of it; see `page`."""

    def __init__(self, task: str | Task = TASKS[0].id, **options: Any) -> None:
        super().__init__(task, **options)


@paged(TASKS[1], "for the published 100 steps")
class ConvictionVotingSeedEnv(_ConvictionVotingEnv):
    """The published 100 steps of it; see `page`."""

    def __init__(self, task: str | Task = TASKS[1].id, **options: Any) -> None:
        super().__init__(task, **options)
