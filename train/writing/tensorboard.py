"""A controller's assessment as a TensorBoard run."""

from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from envs.core.dashboard import draw, pixels
from envs.core.task import Task

from ..judging.assess import Assessment
from .plots import history

POINTS = 150  # of a trajectory
SUFFIX = ".assessment"  # of the files of events that are ours, and are replaced


def show(task: Task, assessment: Assessment, folder: Path) -> None:
    """Writes final scores, one episode's curves by scenario, and dashboards; replaces its own older run.

    Tags: `leaderboard/mean`, `leaderboard/<scenario>`, `episode_<scenario>/<curve>` over time, `dashboard/<scenario>`:
    of every scenario for a trained policy, of its hardest one for a rule.
    """
    older = list(folder.glob(f"events.out.tfevents.*{SUFFIX}"))
    episodes = assessment.episodes
    hardest = episodes.groupby("scenario")["score"].mean().idxmin()
    learned = assessment.trained
    with SummaryWriter(str(folder), filename_suffix=SUFFIX) as writer:
        writer.add_scalar("leaderboard/mean", episodes["score"].mean(), 0)
        for name, score in episodes.groupby("scenario")["score"].mean().items():
            writer.add_scalar(f"leaderboard/{name}", score, 0)
        for episode, scenario in enumerate(task.scenarios):
            thinned = history(task, assessment, episode, POINTS)
            time = thinned.pop("time")
            for name, values in thinned.items():
                for step, value in zip(time, values, strict=True):
                    writer.add_scalar(f"episode_{scenario.name}/{name}", value, int(step))
            if scenario.name != hardest and not learned:
                continue
            figure = draw(
                task.dashboard,
                history(task, assessment, episode),
                f"{assessment.name}, {scenario.name}",
                task.step_unit,
                [float(episodes["onset"][episode])],
            )
            writer.add_image(f"dashboard/{scenario.name}", pixels(figure), 0, dataformats="HWC")
    for file in older:
        file.unlink()
