"""`tf.train.Coordinator`: threads that stop together."""

import contextlib
import threading
import time

from minikeras.base.errors import OutOfRangeError

__all__ = ["Coordinator"]


class Coordinator:
    """A flag by which threads request each other to stop, and the first exception of any of them.

    Args:
        clean_stop_exception_types: exceptions that request a stop without being an error; `OutOfRangeError` if None.
    """

    def __init__(self, clean_stop_exception_types=None):
        clean = (OutOfRangeError,) if clean_stop_exception_types is None else clean_stop_exception_types
        self._clean = tuple(clean)
        self._stop, self._first_request = threading.Event(), threading.Lock()
        self._error, self._threads, self._joined = None, [], False

    def should_stop(self):
        """Whether a stop was requested."""
        return self._stop.is_set()

    def request_stop(self, ex=None):
        """Request that all threads stop; `join` raises `ex`, if it is given and the first request.

        Args:
            ex: an exception, or what `sys.exc_info()` returns. After `join` it is raised here.
        """
        error = ex[1] if isinstance(ex, tuple) else ex
        error = None if isinstance(error, self._clean) else error
        if self._joined and error is not None:
            raise error
        with self._first_request:
            if not self._stop.is_set():
                self._error = error
                self._stop.set()

    def clear_stop(self):
        """Forget the request."""
        self._stop.clear()
        self._error, self._joined = None, False

    def wait_for_stop(self, timeout=None):
        """Wait until a stop is requested: True, or False after `timeout` seconds."""
        return self._stop.wait(timeout)

    @contextlib.contextmanager
    def stop_on_exception(self):
        """A context manager that turns an exception into a request to stop."""
        try:
            yield
        except BaseException as error:  # `join` re-raises it in the main thread, even a KeyboardInterrupt
            self.request_stop(error)

    def register_thread(self, thread):
        """Have `join` wait for this thread, too."""
        self._threads.append(thread)

    def join(self, threads=None, stop_grace_period_secs=120, ignore_live_threads=False):
        """Wait for the threads to end; after a stop request, they have a grace period in seconds.

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
        self._threads, self._joined = [], True
        self.raise_requested_exception()
        if alive and not ignore_live_threads:
            raise RuntimeError(f"Coordinator stopped with threads still running: {' '.join(alive)}")

    @property
    def joined(self):
        """Whether `join` was called, and no `clear_stop` since."""
        return self._joined

    def raise_requested_exception(self):
        """Raise what `request_stop` was given, if anything."""
        if self._error is not None:
            raise self._error
