"""`python -m ig_conformance` is the command line `ig-conformance`."""

import sys

from ig_conformance.command import main

if __name__ == "__main__":
    sys.exit(main())
