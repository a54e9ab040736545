"""Adapters of a `Simulation` to other libraries' interfaces: they convert types and do nothing else."""
