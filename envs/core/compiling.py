"""Whether a simulation is compiled."""

import shutil
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import torch

WORTH_COMPILING = 64  # environments from which a step repays the half minute of compilation


@cache
def has_compiler() -> bool:
    """Whether a C++ compiler that torch's inductor can call is on the path."""
    return any(shutil.which(name) for name in ("g++", "clang++", "c++"))


def compiled(choice: bool | Literal["auto"], batch: int, device: torch.device) -> bool:
    """Resolves the `compile` argument of a simulation.

    Raises:
        RuntimeError: compilation is demanded where no compiler is.
    """
    if choice not in (True, False, "auto"):
        raise ValueError(f"compile is {choice!r}; it must be True, False or 'auto'")
    possible = device.type == "cuda" or has_compiler()
    if choice is True and not possible:
        raise RuntimeError("compile=True needs a C++ compiler on the path; use compile='auto'")
    return possible and (choice is True or (choice == "auto" and batch >= WORTH_COMPILING))


def compile_graph(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` of tensors as one graph of fixed shapes, which the caller must keep to.

    The compiler's guards are left out: checking a hundred attributes costs as much as hundreds of
    environments. Since guards also tell one simulation's graph from another's, every graph gets a code
    object of its own.

    The low threshold makes inductor keep short expressions; inlining long ones into every consumer
    doubles the time of compilation and changes nothing in the fused loop. The wide fusion puts a step
    into one loop: by default it falls into a dozen, which hand each other buffers and masks of bytes.
    """

    def graph(*arguments: Any) -> Any:
        return function(*arguments)

    graph.__code__ = graph.__code__.replace()
    options: dict[str, Any] = {
        "realize_opcount_threshold": 6,
        "max_fusion_size": 4096,
        "guard_filter_fn": torch.compiler.skip_all_guards_unsafe,
    }
    return torch.compile(graph, dynamic=False, fullgraph=True, options=options)
