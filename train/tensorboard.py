"""A controller's assessment as a TensorBoard run."""

import shutil
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from envs.core.dashboard import draw, pixels
from envs.core.task import Task

from .assess import Assessment
from .plots import history

POINTS = 150  # of a trajectory


def show(task: Task, assessment: Assessment, folder: Path) -> None:
    """Writes final scores, one life's curves by scenario, and dashboards; replaces an older run.

    Tags: `ladder/mean`, `ladder/<scenario>`, `life_<scenario>/<curve>` over time, `dashboard/<scenario>`:
    of every scenario for a trained policy, of its hardest one for a rule.
    """
    shutil.rmtree(folder, ignore_errors=True)
    lives = assessment.lives
    hardest = lives.groupby("scenario")["score"].mean().idxmin()
    learned = assessment.name.startswith("ppo")
    with SummaryWriter(str(folder)) as writer:
        writer.add_scalar("ladder/mean", lives["score"].mean(), 0)
        for name, score in lives.groupby("scenario")["score"].mean().items():
            writer.add_scalar(f"ladder/{name}", score, 0)
        for life, scenario in enumerate(task.scenarios):
            thinned = history(task, assessment, life, POINTS)
            time = thinned.pop("time")
            for name, values in thinned.items():
                for step, value in zip(time, values, strict=True):
                    writer.add_scalar(f"life_{scenario.name}/{name}", value, int(step))
            if scenario.name != hardest and not learned:
                continue
            figure = draw(
                task.panels,
                history(task, assessment, life),
                f"{assessment.name}, {scenario.name}",
                task.step_unit,
                [float(lives["onset"][life])],
            )
            writer.add_image(f"dashboard/{scenario.name}", pixels(figure), 0, dataformats="HWC")
