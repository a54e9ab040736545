"""Writes what is generated in the documentation: `python -m docs.build` (or `make docs`).

Every task's page, docs/environments/<name>.md, is the docstring of its environment's class. The
README lists the tasks and shows docs/example_economy.py.
"""

import importlib
import inspect
import re
import sys
from pathlib import Path
from typing import Any

import gymnasium

import envs
from envs.adapters.spaces import action_space, observation_space
from envs.core.table import markdown as table
from envs.registry import SUITE

ROOT = Path(__file__).parent.parent
PAGES = Path("docs") / "environments"


def environment_class(task: envs.Task) -> Any:
    """The class behind `gymnasium.make(task.id)`."""
    point: Any = gymnasium.spec(task.id).entry_point
    module, name = point.split(":")
    return getattr(importlib.import_module(module), name)


def page_of(task: envs.Task) -> Path:
    """Where a task's page lies, from the root."""
    return PAGES / f"{task.name}.md"


def page(task: envs.Task) -> str:
    """A task's page in Markdown."""
    simulation = task.simulation()
    docstring = inspect.getdoc(environment_class(task)) or ""
    facts = [
        ("Action space", f"`Box(-1, 1, {action_space(simulation).shape}, float32)`"),
        ("Observation space", f"`Box({observation_space(simulation).shape}, float32)`, bounded"),
        ("Decision", f"every {task.interval} of {task.horizon} steps of one {task.step_unit}"),
        ("Single", f'`gymnasium.make("{task.id}")`'),
        ("Vectorised", f'`gymnasium.make_vec("{task.id}", num_envs=64)`'),
    ]
    return f"# {page_of(task).stem}\n\n{table(('Fact', 'Value'), facts)}\n\n{docstring}\n"


def suite() -> list[envs.Task]:
    """The suite's own tasks; other packages have pages of their own."""
    return [task for model in SUITE for task in model.tasks]


def listing() -> str:
    """The tasks of the suite, a row each."""
    rows = []
    for task in suite():
        summary = (inspect.getdoc(environment_class(task)) or "").partition("\n")[0]
        levers = ", ".join(f"`{lever.name}`" for lever in task.economy.levers)
        rows.append((f"[`{task.id}`]({page_of(task).as_posix()})", summary, levers))
    return table(("Id", "Task", "Levers"), rows)


def insert(text: str, name: str, content: str) -> str:
    """`text` with `content` between the markers of that name."""
    marked = re.compile(rf"(<!-- {name}:begin -->\n).*?(<!-- {name}:end -->)", re.DOTALL)
    return marked.sub(lambda found: f"{found[1]}{content}\n{found[2]}", text)


def result(file: str, heading: str = "") -> str:
    """A table of results/ with its provenance; `heading` names its section, and the list above comes along."""
    path = ROOT / "results" / file
    if not path.is_file():
        return f"*not measured: results/{file} is not there*"
    text = path.read_text(encoding="utf-8").strip()
    if not heading:
        return text
    listed = [line for line in text.splitlines() if line.startswith("- ")]
    section = text.partition(f"## {heading}\n")[2].partition("\n## ")[0].strip()
    return "\n".join([section, "", *listed])


def standings() -> str:
    """A row for every task with a leaderboard: what its constants, its baseline and PPO score."""
    rows = []
    for task in suite():
        path = ROOT / "results" / task.folder / "leaderboard.md"
        if not path.is_file():
            continue
        found = scores(path.read_text(encoding="utf-8"))
        baseline = next(name for name, row in found.items() if row[-1] == "–")
        seeds, mean, _, _, worst, difference = found.get("ppo", ["–"] * 6)
        climbed = found.get("gradient", ["–"] * 6)
        means = [found[name][1].partition(" ")[0] for name in ("constant", "best_constant", baseline)]
        link = f"[`{task.name}`]({path.relative_to(ROOT).as_posix()})"
        rows.append(
            (link, *means[:2], f"{means[2]} `{baseline}`", mean, seeds, difference, worst, climbed[-1])
        )
    headings = ("Leaderboard", "neutral constant", "best constant", "baseline", "PPO [95 %]", "seeds",
                "PPO over the baseline, paired [95 %]", "PPO's worst episode",
                "gradient over the baseline")  # fmt: skip
    return table(headings, rows)


def scores(leaderboard: str) -> dict[str, list[str]]:
    """Cells by controller of a leaderboard's table of scores."""
    section = leaderboard.partition("## Scores\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][2:]
    cells = [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines]
    return {name: row for name, *row in cells}


def outputs() -> dict[Path, str]:
    """Every generated file and what it should hold."""
    files = {ROOT / page_of(task): page(task) for task in suite()}
    example = (ROOT / "docs" / "example_economy.py").read_text(encoding="utf-8").strip()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    readme = insert(readme, "environments", listing())
    readme = insert(readme, "published", result("published/safe_network.md"))
    readme = insert(readme, "leaderboard", result("SafeNetwork-v0/leaderboard.md", "Scores"))
    readme = insert(readme, "standings", standings())
    files[ROOT / "README.md"] = insert(readme, "example", f"```python\n{example}\n```")
    return files


def main() -> None:
    """Writes the files that are stale."""
    if sys.flags.optimize > 1:
        raise SystemExit("docs.build needs docstrings; run it without -OO")
    for path, text in outputs().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
