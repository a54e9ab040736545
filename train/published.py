"""Published results beside ours, for an economy.

python -m train.published safe_network
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from envs import MODELS

from .writing.provenance import lines

REPORTS = {name: model.published for name, model in MODELS.items() if model.published is not None}


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m train.published",
        description="Print the published results of an economy beside ours, as a Markdown table.",
        epilog="safe_network takes a minute or two: two ten-year runs of 16 seeds each.",
    )
    parser.add_argument("economy", choices=sorted(REPORTS), help="whose results")
    parser.add_argument("--out", type=Path, help="file to write the table to, too")
    given = parser.parse_args(arguments)
    out: Path | None = given.out
    if out is not None and (out.is_dir() or not os.access(out.parent, os.W_OK)):
        parser.error(f"--out {out} cannot be written")
    torch.set_num_threads(1)  # small batches: threads would only wait for one another
    table = "\n".join([REPORTS[given.economy]().rstrip(), "", *lines(), ""])
    print(table)
    if out is not None:
        partial = out.with_name(f".{out.name}.partial")
        partial.write_text(table, encoding="utf-8")
        partial.replace(out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
