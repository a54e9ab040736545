"""Running the pool alone: `tokenomics-gym simulate lending --params FILE.json --out FILE.csv`."""

from tokenomics_gym import Reference

from .economy import Pool


def read(file):
    """The pool of a parameter file."""
    unknown = sorted(set(file["params"]) - set(vars(Pool())))
    if unknown:
        raise ValueError(f"unknown parameter {', '.join(unknown)}; there are {', '.join(vars(Pool()))}")
    return Pool(**file["params"])


def columns(pool, state):
    """What a row holds."""
    return {"used": state.loans / state.deposits, "deposits": state.deposits, "loans": state.loans}


REFERENCE = Reference(read, columns, time_column="day")
