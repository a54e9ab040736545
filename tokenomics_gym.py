"""In the clone, `tokenomics_gym` is `envs`: other people's packages find the suite under the name of its wheel.

Every module below it is the clone's own under a second name, never a second copy. The wheel leaves this file out.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from types import ModuleType

NAME = "tokenomics_gym"


def original(name: str) -> str:
    """The clone's name of a module of the wheel."""
    below = name.removeprefix(f"{NAME}.")
    return below if below.partition(".")[0] in ("agents", "train") else f"envs.{below}"


class Alias:
    """Finds and loads tokenomics_gym.x as what it is in the clone."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> ModuleSpec | None:
        """The spec of a module below `tokenomics_gym`."""
        return spec_from_loader(name, self) if name.startswith(f"{NAME}.") else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The clone's module, with what the import is about to overwrite kept aside."""
        try:
            module = import_module(original(spec.name))
        except ModuleNotFoundError as error:
            if error.name != original(spec.name):
                raise
            raise ModuleNotFoundError(f"No module named {spec.name!r}", name=spec.name) from None
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is run again; the module keeps its own name."""
        alias = module.__spec__
        assert alias is not None
        module.__spec__ = alias.loader_state


if __name__ == "__main__":
    from train.command import main

    sys.exit(main())
sys.meta_path.insert(0, Alias())  # type: ignore[arg-type]
sys.modules[NAME] = import_module("envs")
