"""Ctrl-C during `fit`: the current step is finished first, so that no update is left half done."""

import signal
import threading


class InterruptBetweenSteps:
    """A context in which Ctrl-C raises KeyboardInterrupt at the next `check()`; a second Ctrl-C raises at once.

    Only the main thread gets signals, and a user's own handler stays in place.
    """

    def __init__(self):
        self.pending = False
        self.installed = False

    def __enter__(self):
        in_main_thread = threading.current_thread() is threading.main_thread()
        if in_main_thread and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._note)
            self.installed = True
        return self

    def _note(self, number, frame):
        if self.pending:
            raise KeyboardInterrupt
        self.pending = True

    def check(self):
        """Raise KeyboardInterrupt if Ctrl-C was pressed since the start.

        Raises:
            KeyboardInterrupt
        """
        if self.pending:
            self.pending = False
            raise KeyboardInterrupt

    def __exit__(self, *error):
        if self.installed:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if error[0] is None:
            self.check()
