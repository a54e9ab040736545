"""Whether a simulation is compiled."""

import subprocess
from collections.abc import Callable
from ctypes import CDLL
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import torch

WORTH_COMPILING = 64  # environments from which a step repays the half minute of compilation


@cache
def has_compiler() -> bool:
    """Whether the C++ compiler that torch's inductor would call makes a library, with OpenMP, that loads."""
    from torch._inductor import cpp_builder, exc  # slow to import, and needed only where a graph may be

    try:
        program = cpp_builder.get_cpp_compiler()
    except exc.InvalidCxxCompiler:
        return False
    with TemporaryDirectory() as folder:
        source, library = Path(folder, "probe.cpp"), Path(folder, "probe.so")
        source.write_text('#include <cmath>\nextern "C" double probe(double x) { return std::exp(x); }\n')
        try:
            subprocess.run(
                [program, "-shared", "-fPIC", "-fopenmp", str(source), "-o", str(library)],
                check=True, capture_output=True, timeout=60.0,
            )  # fmt: skip
            return hasattr(CDLL(str(library)), "probe")
        except (OSError, subprocess.SubprocessError):
            return False


def compiled(choice: bool | Literal["auto"], batch: int, device: torch.device) -> bool:
    """Resolves the `compile` argument of a simulation.

    Raises:
        RuntimeError: compilation is demanded where no compiler is.
    """
    wanted = choice is True or (choice == "auto" and batch >= WORTH_COMPILING)
    if not wanted or device.type == "cuda" or has_compiler():
        return wanted
    if choice is True:
        raise RuntimeError("compile=True needs a C++ compiler that works, such as g++; use compile='auto'")
    return False


@cache
def _let_weak_users_pass() -> None:
    """Mends inductor's C++ backend (torch 2.13), which stops with a KeyError in its fusion of outer loops.

    Without it the data collective's day does not compile: its tables (B, N, K) meet in loops over the same rows, and no
    setting turns that fusion off. Inductor asks every user of a buffer where it reads it, also those that
    merely wait until it has been read to write in place. Answering "nowhere" keeps such a buffer in memory, as any
    read that does not follow its layout does.
    """
    from torch._inductor.loop_body import LoopBody

    read: Any = LoopBody.get_read_expr

    def get_read_expr(self: Any, buffer_name: str) -> Any:
        try:
            return read(self, buffer_name)
        except KeyError:
            return None

    LoopBody.get_read_expr = get_read_expr  # type: ignore[method-assign]


def compile_graph(function: Callable[..., Any], **changed: Any) -> Callable[..., Any]:
    """`function` of tensors as one graph of fixed shapes, which the caller must keep to.

    The compiler's guards are left out: checking a hundred attributes costs as much as hundreds of
    environments. Since guards also tell one simulation's graph from another's, every graph gets a code
    object of its own.

    The low threshold makes inductor keep short expressions; inlining long ones into every consumer
    doubles the time of compilation and changes nothing in the fused loop. The wide fusion puts a step
    into one loop: by default it falls into a dozen, which hand each other buffers and masks of bytes.
    `changed` options of inductor go before these.
    """

    def graph(*arguments: Any) -> Any:
        return function(*arguments)

    _let_weak_users_pass()
    graph.__code__ = graph.__code__.replace()
    options: dict[str, Any] = {
        "realize_opcount_threshold": 6,
        "max_fusion_size": 4096,
        "guard_filter_fn": torch.compiler.skip_all_guards_unsafe,
    }
    return torch.compile(graph, dynamic=False, fullgraph=True, options=options | changed)
