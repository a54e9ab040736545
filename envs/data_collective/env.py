"""The environment's class; its page is `page.md` with tables from the declarations."""

from pathlib import Path
from typing import Any, cast

from typing_extensions import override

from ..adapters.env import EconomyEnv
from ..core.dashboard import pixels
from ..core.page import fill
from ..core.task import Task
from .economy import DataCollective
from .map import beside, copies_map
from .task import TASKS

PAGE = (Path(__file__).parent / "page.md").read_text(encoding="utf-8")


class DataCollectiveEnv(EconomyEnv):
    """Adds the map of copies and requests to the dashboard; see `page.md`."""

    def __init__(self, task: str | Task = TASKS[0].id, **options: Any) -> None:
        super().__init__(task, **options)

    @override
    def render(self) -> Any:
        """The dashboard, followed by a map of the moment."""
        drawn = super().render()
        run = self.simulation.run
        if self.render_mode != "rgb_array" or run is None:
            return drawn
        economy = cast(DataCollective, self.simulation.economy)
        return beside(drawn, pixels(copies_map(economy, run.state)))


if DataCollectiveEnv.__doc__:  # there is none under python -OO
    DataCollectiveEnv.__doc__ = fill(PAGE, TASKS[0])
