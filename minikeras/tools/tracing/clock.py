"""`Clock`: the time since a step began, without the recorder's own work."""

from time import perf_counter


class Clock:
    """Times the work between the events of an observer.

    The work before an event began at the *mark*, and ends with the event. Handling the event is not counted.
    """

    def __init__(self):
        self._own = 0.0
        self._began = self._mark = perf_counter()

    def start(self):
        """Begin the step now."""
        self._began = self._mark = perf_counter()

    def total(self):
        """Seconds since the step began."""
        return self.since_start(perf_counter())

    def since_start(self, moment):
        """Seconds from the beginning of the step to a moment of `perf_counter`."""
        return moment - self._began - self._own

    def before_event(self):
        """(start of the work before this event, its seconds); the handling of the event ends with `event_done`."""
        self._entered = perf_counter()
        return self.since_start(self._mark), self._entered - self._mark

    def event_done(self):
        """An event has been handled. The next work begins now."""
        self.leave_out(self._entered)
        self.mark()

    def leave_out(self, since):
        """Do not count the recorder's own work since a moment, in the middle of the work being timed."""
        spent = perf_counter() - since
        self._own += spent
        self._mark += spent

    def mark(self):
        """Begin timing the next work now."""
        self._mark = perf_counter()
