"""Run an experiment that a YAML file designs: sweeps, alternatives, Monte Carlo runs, paired over the same shocks.

    python -m train experiment design.yml
    python -m train experiment design.yml --plan            # what it would do
    python -m train experiment design.yml --engine processes --workers 8

The smallest design.yml is a task and what is varied; docs/experiments.md explains every line, and docs/experiments holds designs:

    task: TASK
    seeds: 16
    vary:
      - method: grid
        levers: {NAME: [0.5, 1.0, 2.0]}

What the design asks is answered in summary.md, in report.html, a page that needs no network, and in tables as CSV:

    figures         means of the key figures, with intervals
    goals           how often goals are met
    differences     arms or controllers against the first of them, in pairs over the same shocks
    settings, tree  which of the things that are chosen meet the goals in most environments, and what decides
    effects         what moves the result, where a vary has the method morris or sobol_indices
    next.yml        the design that asks what moves the result within the recommended ranges

Every chunk of runs is a Parquet file of --out when it is done. Stopped or killed, the same command goes on where it was;
goals may be others then. The numbers are the same to the last bit with every engine and any number of workers.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro
import yaml

from .command import Count, check_ranges, command
from .experiments import Engine, Here, Processes, Ray, Results, read_design, selecting
from .experiments import run as run_design
from .experiments.answers import answers
from .experiments.plan import Plan
from .experiments.report import report
from .writing.files import folder_for, publish, whole

MOST_ROWS = 60


@dataclass(kw_only=True)
class Experiment:
    """Run an experiment."""

    design: Annotated[Path, tyro.conf.Positional]
    """YAML file of the design."""
    out: Path | None = None
    """Folder of the results; by default results/runs/experiments/<name of the file>."""
    engine: Literal["here", "processes", "ray"] = "here"
    """Who computes: this process, processes of this machine, or a Ray cluster (extra `ray`)."""
    workers: Count | None = None
    """Processes, or tasks of Ray at a time; by default two processes, and all CPUs of the cluster."""
    address: str | None = None
    """Address of the Ray cluster; without it, one is started on this machine."""
    chunk: Count | None = None
    """Batches that are computed and written together; by default a two hundredth of all."""
    format: Literal["plain", "cadcad"] = "plain"
    """`cadcad` also writes cadcad.parquet, the curves in cadCAD's frame."""
    plan: bool = False
    """Only tells what would be run."""

    def __post_init__(self) -> None:
        check_ranges(self)

    def chosen_engine(self) -> Engine:
        """The engine that was asked for.

        Raises:
            ValueError: an option is for another one.
        """
        if self.address is not None and self.engine != "ray":
            raise ValueError(f"--address is of a Ray cluster; with --engine {self.engine} it has no use")
        if self.workers is not None and self.engine == "here":
            raise ValueError("--workers needs --engine processes or ray; this process is one")
        if self.engine == "processes":
            return Processes(self.workers or 2)
        return Ray(self.address, self.workers) if self.engine == "ray" else Here()


def plan_told(plan: Plan) -> str:
    """What an experiment would do, in a few lines."""
    design, compiled = plan.design, sum(group.compiled for group in plan.groups)
    return "\n".join(
        [
            f"{len(plan.cells)} cells of {design.seeds} runs: {plan.run_count} runs of {design.steps} {design.subject.step_unit}s",
            f"{plan.batch_count} batches of {plan.width} in {len(plan.groups)} groups, {compiled} of them compiled",
            "",
            plan.cells.head(MOST_ROWS).to_string(),
            *([f"... and {len(plan.cells) - MOST_ROWS} more"] if len(plan.cells) > MOST_ROWS else []),
        ]
    )


def next_design(results: Results) -> dict[str, str]:
    """next.yml, the design that asks what moves the result within the recommended ranges, if there are any."""
    if not (results.design.goals and selecting.choices(results)):
        return {}
    box = selecting.recommended(results, selecting.settings(results))
    if box is None:
        return {}
    return {
        "next.yml": yaml.safe_dump(selecting.second_stage(results, box), sort_keys=False, allow_unicode=True)
    }


def run(arguments: Experiment) -> Results | None:
    """Runs the experiment and writes its tables."""
    engine = arguments.chosen_engine()
    design = read_design(arguments.design)
    if arguments.format == "cadcad" and (design.trajectories is None or design.trajectories.quantiles):
        raise ValueError(
            "--format cadcad needs every run's curves; write trajectories: {of: [...]} in the design"
        )
    if arguments.plan:
        print(plan_told(Plan(design)))
        return None
    out = folder_for(arguments.out or Path("results/runs/experiments") / arguments.design.stem)
    try:
        results = run_design(design, out, engine, chunk=arguments.chunk)
    except KeyboardInterrupt as stop:
        stop.args = (f"what is in {out} is kept, and the same command goes on with it",)
        raise
    except OSError as error:
        raise ValueError(
            f"{out} cannot be written: {os.strerror(error.errno) if error.errno else error}; the same command goes on with what is there"
        ) from None
    if arguments.format == "cadcad":
        with whole(out / "cadcad.parquet") as partial:
            results.cadcad().to_parquet(partial, index=False)
    found = answers(results)
    told = "\n\n".join(answer.markdown() for answer in found)
    files = {f"{answer.name}.csv": answer.table.to_csv(index=False) for answer in found}
    page = {"summary.md": told + "\n", "report.html": report(results, found)}
    publish(out, files | page | next_design(results))
    print(told)
    print(f"\nresults in {out}")
    return results


main = command("experiment", Experiment, run, __doc__)

if __name__ == "__main__":
    sys.exit(main())
