"""`python -m train`: every command with its first line; `python -m train COMMAND ...` runs it."""

import sys

if __name__ == "__main__":
    try:
        from train.command import main
    except KeyboardInterrupt:  # torch takes seconds to import
        print("tokenomics-gym: stopped before it began", file=sys.stderr)
        sys.exit(130)
    sys.exit(main())
