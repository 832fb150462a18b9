"""Progress of `adapt` on long data: a line after some seconds, nothing for short data.

adapt: 1200 of 5000 batches, 14 s
"""

import sys
import time

from minikeras.messages import print_message

SILENT_SECONDS = 3.0  # nothing is shown before
SECONDS_ON_A_TERMINAL = 0.5  # from one state of the line to the next
SECONDS_IN_A_FILE = 30.0  # where each state is a line of its own


def with_progress(batches, total=None):
    """The batches, with a line of progress.

    Args:
        batches: iterable.
        total: how many there are; None if unknown.
    """
    begin = now = time.monotonic()
    next_time, is_shown = begin + SILENT_SECONDS, False
    on_terminal = bool(getattr(sys.stdout, "isatty", lambda: False)())
    count = 0
    for batch in batches:
        yield batch
        count, now = count + 1, time.monotonic()
        if now >= next_time:
            _show(count, total, now - begin, on_terminal)
            next_time, is_shown = now + (SECONDS_ON_A_TERMINAL if on_terminal else SECONDS_IN_A_FILE), True
    if is_shown:
        _show(count, total, now - begin, on_terminal)
        print_message("", line_break=on_terminal)


def _show(count, total, seconds, on_terminal):
    of_total = "" if total is None else f" of {total}"
    text = f"adapt: {count}{of_total} batches, {seconds:.0f} s"
    print_message(f"\r{text}" if on_terminal else text, line_break=not on_terminal)
