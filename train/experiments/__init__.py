"""Experiments: declared, resumable, paired, the same numbers on any engine; read in pandas.

from train.experiments import read_design, run

results = run(read_design("design.yml"), "results/my_experiment")
results.runs().groupby("scenario")["score"].mean()
"""

from .design import Arm, Design, Trajectories
from .engines import Engine, Here, Processes, Ray
from .figures import Figure, Goal
from .reading import design_of, read_design
from .results import Results
from .running import run
from .sampling import Range, Vary

__all__ = [
    "Arm", "Design", "Engine", "Figure", "Goal", "Here", "Processes", "Range", "Ray", "Results", "Trajectories", "Vary",
    "design_of", "read_design", "run",
]  # fmt: skip
