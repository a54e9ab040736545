"""No module of an economy imports, directly or through others, a module that imports it: not even for its types.

And every relative import, of a function too, which only its call would try, names a module that exists.
"""

import ast
import inspect
from graphlib import CycleError, TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

import pytest

import envs

ROOT = Path(inspect.getfile(envs)).parent
CLONE = ROOT.parent
HOMES = sorted({Path(inspect.getfile(model.economy)).parent for model in envs.MODELS.values()})


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(CLONE).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path, modules: set[str]) -> set[str]:
    """The modules among `modules` that a file names in an import, wherever it stands in the file."""
    name = module_of(path)
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            origin = resolve_name("." * node.level + (node.module or ""), package)
            submodules = {f"{origin}.{alias.name}" for alias in node.names} & modules
            found |= submodules or {origin} & modules
    return found - {name}


@pytest.mark.parametrize("home", HOMES, ids=lambda home: home.relative_to(ROOT).as_posix())
def test_imports_form_no_circle(home: Path) -> None:
    paths = [*home.rglob("*.py")]
    modules = {module_of(path) for path in paths}
    graph = {module_of(path): imports(path, modules) for path in paths}
    assert any(graph.values())
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(" → ".join(circle.args[1]))


@pytest.mark.parametrize("package", ["envs", "agents", "train", "docs", "tests"])
def test_relative_imports_name_modules(package: str) -> None:
    for path in sorted((CLONE / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level:
                place = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
                assert place.is_dir() or place.with_suffix(".py").is_file(), f"{path}, line {node.lineno}"
