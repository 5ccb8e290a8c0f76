"""`python -m metwith.cli`: how the supervisor starts its children."""

import sys

from metwith.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
