"""Steps per second of conviction voting on one core, as a multiple of the original model's.

    python -m envs.conviction_voting.original

Whole runs from genesis, as the original's were timed: a step costs more the more proposals there are. The
original (README of the reference figures) does 49 steps a CPU second over 100 steps and 6 over 365, at its
default parameters, one process, on an AMD EPYC core. "economy" is what the original computes; "task" adds
levers, scenarios, reward, sensors and observation. The limit is memory: what a step must read and write of
the edges in use, over the copy bandwidth measured beside it.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import tyro

from envs import task_of
from train.writing.files import write_atomically
from train.writing.provenance import lines

from ..core.chance import Paired
from ..core.compiling import compile_graph
from ..core.task import Task
from .state import State

# Task → steps of a run, and the original's steps per CPU second over such a run.
ORIGINAL = {
    "tokenomics/ConvictionVotingSeed-v0": (100, 49.0),
    "tokenomics/ConvictionVoting-v0": (365, 6.0),
}
LEVELS = {"published rho 0.02": 0.02, "lively rho 0.001": 0.001}


@dataclass
class Arguments:
    """Measure conviction voting."""

    batch: int = 1024
    """Environments."""
    runs: int = 3
    """Runs of each contender; the fastest counts, and the slowest is shown."""
    tasks: tuple[str, ...] = tuple(ORIGINAL)
    """Ids of the tasks."""
    compile: bool = True
    """Whether the step is compiled."""
    out: Path | None = None
    """File for the table."""


@dataclass
class Case:
    """A contender: how to begin a run, and a step of it."""

    name: str
    begin: Callable[[], object]
    step: Callable[[], object]
    state: Callable[[], State]


def bandwidth() -> float:
    """Bytes that a copy of a large tensor reads and writes per CPU second."""
    source = torch.ones(2**24, dtype=torch.float64)
    target, best = torch.zeros_like(source), 0.0
    for _ in range(5):
        begun = time.process_time()
        target.copy_(source)
        best = max(best, 2 * source.nbytes / (time.process_time() - begun))
    return best


def cases(task: Task, arguments: Arguments) -> list[Case]:
    """The economy at both levels of the trigger, and the whole task."""
    economy, batch = task.economy, arguments.batch
    chance, shocks = Paired(torch.arange(batch)), economy.neutral_shocks(batch)
    launch = torch.full((batch,), -1)

    def day(state: State, levers: dict[str, torch.Tensor]) -> State:
        following: State = economy.step(state, levers, shocks, chance.at(state.time))
        return following

    step = compile_graph(day) if arguments.compile else day
    found = []
    for name, rho in LEVELS.items():
        levers = economy.neutral_levers(batch)
        levers["rho"] = torch.full_like(levers["rho"], rho)
        held: dict[str, State] = {}

        def begin(held: dict[str, State] = held) -> None:
            held["state"] = economy.initial(batch, chance.at(launch))

        def go(held: dict[str, State] = held, levers: dict[str, torch.Tensor] = levers) -> None:
            held["state"] = step(held["state"], levers)

        found.append(Case(f"plant, {name}", begin, go, lambda held=held: held["state"]))  # type: ignore[misc]
    simulation = task.simulation(batch, compile=arguments.compile, autoreset=False)
    action = torch.zeros(batch, len(simulation.action_map.labels), dtype=torch.float64)

    def state() -> State:
        now: State = simulation.run.state
        return now

    found.append(Case("task, rho 0.0022", lambda: simulation.reset(0), lambda: simulation.act(action), state))
    return found


def timed(case: Case, steps: int) -> tuple[float, int]:
    """CPU seconds of one run, and the least bytes of its edges: in use, read once and written once."""
    case.begin()
    spent, moved = 0.0, 0
    for _ in range(steps):
        begun = time.process_time()
        case.step()
        spent += time.process_time() - begun
        moved += 2 * 8 * int((case.state().participants * case.state().proposals).sum())
    return spent, moved


def table(arguments: Arguments) -> str:
    """The figures as Markdown."""
    copied = bandwidth()
    rows = [
        "| task | slots | what | steps | ms a step | steps/s | slowest run | original | ratio | limit, ms |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for id_ in arguments.tasks:
        task = task_of(id_)
        steps, original = ORIGINAL[id_]
        slots = f"{task.economy.participant_slots} × {task.economy.proposal_slots}"  # type: ignore[attr-defined]
        for case in cases(task, arguments):
            case.begin()
            for _ in range(3):  # compiles
                case.step()
            results = [timed(case, steps) for _ in range(arguments.runs)]
            best, worst = (pick(spent for spent, _ in results) for pick in (min, max))
            rate, slow = (steps * arguments.batch / spent for spent in (best, worst))
            limit = results[0][1] / copied / steps * 1e3
            rows.append(
                f"| {id_} | {slots} | {case.name} | {steps} | {best / steps * 1e3:.1f} | {rate:,.0f} | "
                f"{slow:,.0f} | {original:g} | {rate / original:,.0f} | {limit:.1f} |"
            )
            print(rows[-1], flush=True)
    notes = [
        f"- batch {arguments.batch:,}, one thread, CPU seconds",
        f"- copy bandwidth {copied / 1e9:.1f} GB/s",
        *lines(),
        f"- load of the machine (1, 5, 15 min): {', '.join(f'{load:.1f}' for load in os.getloadavg())}",
    ]
    return "\n".join(["# Conviction voting, steps per second", "", *rows, "", *notes]) + "\n"


def main() -> None:
    """Command line."""
    arguments = tyro.cli(Arguments, description=__doc__)
    torch.set_num_threads(1)
    text = table(arguments)
    print(text)
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(arguments.out, text)


if __name__ == "__main__":
    main()
