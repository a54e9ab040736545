"""Libraries of states to begin training episodes from."""

from dataclasses import dataclass
from typing import Any

import torch

from .chance import Chance
from .records import Run
from .tensors import choose, map_record


@dataclass(frozen=True)
class Library:
    """Snapshots of runs, and how an episode begins from one.

    Attributes:
        runs: a `Run` of S snapshots, which may stem from a simulation of any batch.
        launch_share: share of episodes that begin at launch all the same.
        ahead_share: where a snapshot's shock is still to come, scenario and onset are drawn anew,
            and with this share the onset is put within `ahead` steps of the beginning.
        ahead: steps, see above. ahead_from: youngest snapshot for which that is done.
    """

    runs: Any
    launch_share: float = 0.2
    ahead_share: float = 0.4
    ahead: int = 200
    ahead_from: int = 500

    def begin(self, launch: Run, draws: Chance) -> Run:
        """The beginning of one episode per environment, given its launch and its draws."""
        size = self.runs.seed.shape[0]
        pick = (draws.uniform("library.snapshot") * size).to(torch.int64)
        snapshot = map_record(lambda leaf: leaf.to(pick.device)[pick], self.runs)
        time = snapshot.state.time
        ahead = snapshot.onset > time
        soon = (draws.uniform("library.soon") < self.ahead_share) & (time >= self.ahead_from)
        wait = torch.floor(draws.uniform("library.wait") * self.ahead).to(torch.int64)
        onset = torch.where(soon, time + wait, launch.onset)
        snapshot = snapshot._replace(
            scenario=torch.where(ahead, launch.scenario, snapshot.scenario),
            onset=torch.where(ahead, onset, snapshot.onset),
            queue=tuple(snapshot.positions for _ in launch.queue),
            seed=launch.seed,
            episode=launch.episode,
            decisions=launch.decisions,
        )
        fresh = draws.uniform("library.launch") < self.launch_share
        begun: Run = choose(fresh, launch, snapshot)
        return begun
