"""Controllers as a command line names them: rules, anybody's classes, and checkpoints."""

from collections.abc import Sequence
from pathlib import Path

from envs.core.control import Controller
from envs.core.task import Task

from .policy import Policy, load
from .registry import controller, rules

CHECKPOINTS = (".zip", ".pt")


def contender(task: Task, name: str) -> Controller:
    """The rule of that name, the controller at "module:Class", or the policy at that path.

    Raises:
        ValueError: none of them.
    """
    if name.endswith(CHECKPOINTS):
        return load(name, task)
    try:
        return controller(task, name)
    except ValueError as error:
        raise ValueError(f"{error}; a policy is given by the path of its .pt") from None


def contenders(task: Task, names: Sequence[str]) -> list[Controller]:
    """Each of them under a name of its own; of several policies, each `<method>/<what tells its path apart>`.

    Raises:
        ValueError: one is unknown, or two have one name.
    """
    found = [contender(task, name) for name in names]
    paths = [Path(name) for one, name in zip(found, names, strict=True) if isinstance(one, Policy)]
    learned = [one for one in found if isinstance(one, Policy)]
    for policy, label in zip(learned, labels(paths), strict=True):
        if len(learned) > 1:
            policy.name = f"{policy.name}/{label}"
    return distinct(found)


def labels(paths: Sequence[Path]) -> list[str]:
    """As many last parts of each path as tell all of them apart; `best` and `last` count for their folder.

    Raises:
        ValueError: a file is given twice.
    """
    files = [path.resolve() for path in paths]
    for file in files:
        if files.count(file) > 1:
            raise ValueError(f"the checkpoint {file} is given twice")
    named = [file.parent if file.stem in ("best", "last") else file.with_suffix("") for file in files]
    ways = [named, [file.with_suffix("") for file in files], files]  # last and best of one folder, zip and pt
    for way in ways:
        for count in range(1, max((len(one.parts) for one in way), default=0) + 1):
            found = ["/".join(one.parts[-count:]).lstrip("/") for one in way]
            if len(set(found)) == len(found):
                return found
    return []


def distinct(controllers: list[Controller]) -> list[Controller]:
    """These, which all have names of their own.

    Raises:
        ValueError: two share one, so that their episodes would count as one controller's.
    """
    names = [one.name for one in controllers]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"several controllers are called {', '.join(twice)}; names must tell them apart")
    return controllers


def rules_outside(task: Task) -> tuple[str, ...]:
    """Names of the task's rules that leave its economy as it is, without the random one."""
    kept = [
        one for one in rules(task) if one.name != "random" and one.economy_for(task.economy) is task.economy
    ]
    return tuple(one.name for one in kept)
