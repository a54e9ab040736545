"""Writes what is generated in the documentation: `python -m docs.build` (or `make docs`).

Every task's page, docs/environments/<name>.md, is the docstring of its environment's class; the
README's example is docs/example_economy.py.
"""

import importlib
import inspect
import re
import sys
from pathlib import Path
from typing import Any

import envs
from envs.adapters.spaces import action_space, observation_space

ROOT = Path(__file__).parent.parent
EXAMPLE = re.compile(r"(<!-- example:begin -->\n).*?(<!-- example:end -->)", re.DOTALL)


def environment_class(task: envs.Task) -> Any:
    """The class behind `gymnasium.make(task.id)`."""
    module, name = task.entry_point.split(":")
    return getattr(importlib.import_module(f"envs.{module}"), name)


def page(task: envs.Task) -> str:
    """A task's page in Markdown."""
    simulation = task.simulation()
    docstring = inspect.getdoc(environment_class(task)) or ""
    facts = (
        ("Action space", f"`Box(-1, 1, {action_space(simulation).shape}, float32)`"),
        ("Observation space", f"`Box({observation_space(simulation).shape}, float32)`, bounded"),
        ("Decision", f"every {task.interval} of {task.horizon} steps of one {task.step_unit}"),
        ("Single", f'`gymnasium.make("{task.id}")`'),
        ("Vectorised", f'`gymnasium.make_vec("{task.id}", num_envs=64)`'),
    )
    rows = "\n".join(f"| {name} | {value} |" for name, value in facts)
    title = task.id.rpartition("/")[2]
    return f"# {title}\n\n| Fact | Value |\n| --- | --- |\n{rows}\n\n{docstring}\n"


def outputs() -> dict[Path, str]:
    """Every generated file and what it should hold."""
    folder = ROOT / "docs" / "environments"
    files = {folder / f"{task.id.rpartition('/')[2]}.md": page(task) for task in envs.TASKS.values()}
    readme, example = ROOT / "README.md", (ROOT / "docs" / "example_economy.py").read_text(encoding="utf-8")
    text = readme.read_text(encoding="utf-8")
    block = f"```python\n{example.strip()}\n```\n"
    files[readme] = EXAMPLE.sub(lambda found: found[1] + block + found[2], text)
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
