"""A clock that is stopped while the observer works, so that observing does not count as the script's time."""

import sys
import time
from contextlib import contextmanager

try:
    import resource
except ImportError:  # Windows has none
    resource = None


class Clock:
    """Seconds since it was made, without those spent in `observing()` blocks."""

    def __init__(self):
        self.start = time.perf_counter()
        self.hidden = 0.0
        self.depth = 0
        self.begin = 0.0

    def now(self):
        """The script's own time so far, in seconds."""
        end = self.begin if self.depth else time.perf_counter()
        return end - self.start - self.hidden

    @contextmanager
    def observing(self):
        """A context whose time is the observer's, not the script's."""
        if self.depth == 0:
            self.begin = time.perf_counter()
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1
            if self.depth == 0:
                self.hidden += time.perf_counter() - self.begin


def peak_memory():
    """The largest resident memory of this process so far in bytes; None where the system does not report it (Windows).

    On Linux the high-water mark of this very program: `ru_maxrss` of a child begins with what its parent had.
    """
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return 1024 * int(next(line for line in status if line.startswith("VmHWM")).split()[1])
    except (OSError, StopIteration):
        pass
    if resource is None:
        return None
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest if sys.platform == "darwin" else largest * 1024  # kilobytes everywhere but on macOS
