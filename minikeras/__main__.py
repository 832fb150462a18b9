"""`python -m minikeras`: the command line, see `minikeras.cli`."""

import sys

from minikeras.cli import main

if __name__ == "__main__":
    sys.exit(main())
