"""`tf.train.Coordinator`: threads that stop together."""

import contextlib
import threading
import time

__all__ = ["Coordinator"]


class Coordinator:
    """A flag by which several threads tell each other to stop, and the first exception of any of them.

    Args:
        clean_stop_exception_types: exceptions that end a thread without being an error.
    """

    def __init__(self, clean_stop_exception_types=None):
        self._clean = tuple(clean_stop_exception_types or ())
        self._stop, self._error, self._threads = threading.Event(), None, []

    def should_stop(self):
        """Whether a stop was requested."""
        return self._stop.is_set()

    def request_stop(self, ex=None):
        """Request that all threads stop; `join` raises `ex`, if it is given."""
        if ex is not None and self._error is None and not self._stop.is_set():
            self._error = ex[1] if isinstance(ex, tuple) else ex
        self._stop.set()

    def clear_stop(self):
        """Forget the request."""
        self._stop.clear()
        self._error = None

    def wait_for_stop(self, timeout=None):
        """Wait until a stop is requested: True, or False after `timeout` seconds."""
        return self._stop.wait(timeout)

    @contextlib.contextmanager
    def stop_on_exception(self):
        """A context in which an exception is a request to stop."""
        try:
            yield
        except Exception as error:
            self.request_stop(None if isinstance(error, self._clean) else error)

    def register_thread(self, thread):
        """Have `join` wait for this thread, too."""
        self._threads.append(thread)

    def join(self, threads=None, stop_grace_period_secs=120, ignore_live_threads=False):
        """Wait for the threads to end; those that run on after a stop have so many seconds.

        Raises:
            RuntimeError: threads run on after that.
        """
        threads = [*self._threads, *(thread for thread in threads or () if thread not in self._threads)]
        while any(thread.is_alive() for thread in threads) and not self.wait_for_stop(1.0):
            pass
        end = time.monotonic() + stop_grace_period_secs
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        alive = [thread.name for thread in threads if thread.is_alive()]
        if self._error is not None:
            raise self._error
        if alive and not ignore_live_threads:
            raise RuntimeError(f"Coordinator stopped with threads still running: {' '.join(alive)}")
        self._threads = []

    @property
    def joined(self):
        """Whether there is no thread to wait for."""
        return not self._threads

    def raise_requested_exception(self):
        """Raise what `request_stop` was given, if anything."""
        if self._error is not None:
            raise self._error
