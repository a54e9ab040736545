"""`python -m train`: every command with its first line; `python -m train COMMAND ...` runs it."""

import sys

from train.command import main

if __name__ == "__main__":
    sys.exit(main())
