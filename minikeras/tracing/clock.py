"""`Clock`: the time since a step began, without the recorder's own work."""

from time import perf_counter


class Clock:
    """Times of what happens between the events of an observer.

    What was done before an event began at the *mark*, and ends where the event comes. An event's own work is left out.
    """

    def __init__(self):
        self._own = 0.0
        self._began = self._mark = perf_counter()

    def start(self):
        """The step begins now."""
        self._began = self._mark = perf_counter()

    def total(self):
        """Seconds since the step began."""
        return self.since_start(perf_counter())

    def since_start(self, moment):
        """Seconds from the beginning of the step to a moment of `perf_counter`."""
        return moment - self._began - self._own

    def before_event(self):
        """(when what was just done began, seconds it took); an event comes, which ends with `event_done`."""
        self._entered = perf_counter()
        return self.since_start(self._mark), self._entered - self._mark

    def event_done(self):
        """The work on an event is done. What comes next begins now."""
        self.leave_out(self._entered)
        self.mark()

    def leave_out(self, since):
        """Own work since a moment is done, in the middle of what is being timed."""
        spent = perf_counter() - since
        self._own += spent
        self._mark += spent

    def mark(self):
        """What is timed next begins now."""
        self._mark = perf_counter()
