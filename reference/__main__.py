"""`python -m reference check …`: the command `ig-conformance check …` in a checkout."""

import sys

from reference.check.command.main import main

if __name__ == "__main__":
    sys.exit(main())
