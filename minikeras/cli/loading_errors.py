"""Files that cannot be read, in commands: one sentence on the error output in place of a traceback."""

import sys
from contextlib import contextmanager

from minikeras.cli.file_report import printable


class Outcome:
    """The exit status of a command."""

    status = 0


@contextmanager
def in_one_sentence(status=1):
    """Within it an error of a file is printed, and the `Outcome` gets this exit status."""
    outcome = Outcome()
    try:
        yield outcome
    except (OSError, ValueError, TypeError) as error:  # what readers of files raise
        print(printable((str(error).splitlines() or [type(error).__name__])[0]), file=sys.stderr)
        outcome.status = status
