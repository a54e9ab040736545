"""Search the gains of a task's rules, and write them where the rules read them.

    python -m train tune --task TASK
    python -m train tune --task TASK --draws 8 --out gains.json

Tries the grids that the task's competition declares, each candidate on the same episodes: every scenario, with the
seeds and onsets that best constants are searched on, which nothing is scored on.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from agents.gains import read_file
from agents.lever_pid import lever_searches
from agents.registry import competition_of
from agents.seeds import SEARCH
from envs.core.table import markdown

from .command import Count, OnTask, UsageError, command
from .judging.search import Tried, search_gains
from .writing.files import file_for, write_atomically
from .writing.provenance import lines


@dataclass(kw_only=True)
class Arguments(OnTask):
    """Search the gains of a task's rules."""

    draws: Count = 2
    """Episodes for each scenario that a candidate is tried on."""
    out: Path | None = None
    """File of gains, JSON; by default the one that the rules read. Other tasks' gains in it are kept."""


def entry(tried: list[Tried], draws: int) -> dict[str, Any]:
    """What the file says of a task: the gains, where they come from, and how all candidates scored."""
    return {
        "gains": {one.search: one.best for one in tried},
        "from": [line.removeprefix("- ") for line in lines()],
        "draws": draws,
        "scores": {
            one.search: [
                [*candidate.values(), round(score, 6)]
                for candidate, score in zip(one.candidates, one.scores, strict=True)
            ]
            for one in tried
        },
    }


def run(arguments: Arguments) -> dict[str, Any]:
    """Searches, prints every candidate's score, and writes the best; returns the file's entry."""
    task = arguments.chosen_task()
    competition = competition_of(task)
    searches = competition.searches or lever_searches(task)
    if not searches:
        raise UsageError(f"{task.economy.name} declares no searches, and {task.id} no targets")
    key = competition.tuned_on(task)
    if key != task.id:
        raise UsageError(f"the gains of {task.id} are those of {key}; tune that")
    SEARCH.check(arguments.draws)
    asked = arguments.out or competition.gains
    out = None if asked is None else file_for(asked)
    kept = {} if out is None else read_file(out)
    with torch.inference_mode():
        tried = search_gains(task, searches, arguments.draws)
    for one in tried:
        rows = sorted(zip(one.scores, one.candidates, strict=True), key=lambda row: -row[0])
        head = (*one.candidates[0], "score")
        print(f"## {one.search}\n\n{markdown(head, [(*c.values(), f'{s:.4f}') for s, c in rows])}\n")
    found = entry(tried, arguments.draws)
    if out is not None:
        write_atomically(out, json.dumps(kept | {key: found}, indent=1) + "\n")
        print(f"gains in {out}")
    return found


main = command("tune", Arguments, run, __doc__)

if __name__ == "__main__":
    sys.exit(main())
