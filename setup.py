"""Builds the wheel: `envs`, `agents` and `train` become one package, `tokenomics_gym`, and their imports follow.

Packages are found, not listed, so that a new economy needs no line here.
"""

import ast
import re
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

NAME = "tokenomics_gym"
PLACES = {"envs": NAME, "agents": f"{NAME}.agents", "train": f"{NAME}.train"}
IMPORT = re.compile(r"^(\s*(?:from|import)\s+)(envs|agents|train)\b")


def rewritten(source: str) -> str:
    """A module's source with its imports of the clone's packages under the wheel's name."""
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        named = [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
        named += [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if not any((name or "").partition(".")[0] in PLACES for name in named):
            continue
        line = lines[node.lineno - 1]
        if isinstance(node, ast.Import) and (len(node.names) > 1 or not node.names[0].asname):
            raise ValueError(
                f"write `import x as y`, or `from x import y`, so that it can be renamed: {line}"
            )
        lines[node.lineno - 1] = IMPORT.sub(lambda found: found[1] + PLACES[found[2]], line)
    return "".join(lines)


class Rename(build_py):
    """Copies the modules as they are, then renames what they import."""

    def build_module(self, module, module_file, package):
        """One module."""
        built, copied = super().build_module(module, module_file, package)
        source = Path(module_file).read_text(encoding="utf-8")
        Path(built).write_text(rewritten(source), encoding="utf-8")
        return built, copied

    def run(self):
        """Everything; `python -m tokenomics_gym` is the command line, as `python -m tokenomics_gym.train` is."""
        super().run()
        source = Path("train", "__main__.py").read_text(encoding="utf-8")
        Path(self.build_lib, NAME, "__main__.py").write_text(rewritten(source), encoding="utf-8")


def version() -> str:
    """The one in envs/version.py."""
    text = Path("envs", "version.py").read_text(encoding="utf-8")
    return re.search(r'__version__ = "(.+)"', text)[1]


def packages() -> list[str]:
    """Every package of the three under its new name."""
    return [
        ".".join([place, below]) if below else place
        for folder, place in PLACES.items()
        for below in ("", *find_packages(folder))
    ]


setup(
    version=version(),
    packages=packages(),
    package_dir={place: folder for folder, place in PLACES.items()},
    package_data={"": ["*.yml", "*.json", "*.md", "py.typed"]},
    cmdclass={"build_py": Rename},
)
