"""`python -m minikeras`: the command line, see `minikeras.tools.cli`."""

import sys

from minikeras.tools.cli import main

if __name__ == "__main__":
    sys.exit(main())
