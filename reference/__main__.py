"""`python -m reference check …`: the command `ig-conformance check …` in a checkout."""

import sys

from reference.command_line import main

if __name__ == "__main__":
    sys.exit(main())
