"""`tf.compat.v1.app`: the entry of a script of TensorFlow 1."""

import sys

__all__ = ["run"]


def run(main=None, argv=None):
    """Call `main(argv)`, by default the script's own `main` with its command line, and exit with its result."""
    main = main or sys.modules["__main__"].main
    sys.exit(main(sys.argv if argv is None else argv))
