"""Kernels: what is written for speed alone. What they compute is said shorter in `model.md` and in `edges.py`.

- `edges`: operators that the compiler does not look into. A compiled `where` takes longer to leave all edges as they
  are than a write of the few new ones does, and how many slots are in use, mostly a small part, only the data say.
- `memory`: a pool of blocks for the edges, which are made anew in every step.
- `median`: the median affinity, recomputed only where it changed.
- `release`: the sequential rule for an over-release, on the few environments that meet one.
"""

NAMESPACE = __name__.replace(".", "_")
"""Of the operators: it follows the package's name, of which two copies may meet in one process."""
