"""Waiting for a state or an event, never for a time, in tests with threads, signals and child processes."""

import signal
import threading
import time
from contextlib import contextmanager

DEADLINE = 240.0  # seconds, for threads and child processes too; reached only if something is broken


def wait_until(condition, what):
    """Return as soon as `condition()` is true.

    Raises:
        AssertionError: it is still false at the deadline; `what` names the condition.
    """
    end, pause = time.monotonic() + DEADLINE, threading.Event()
    while not condition():
        assert time.monotonic() < end, f"waited {DEADLINE:g} seconds in vain until {what}"
        pause.wait(0.001)


def run_together(*functions):
    """Call functions concurrently, each in its own thread; raises the first of their exceptions."""
    errors = []

    def call(function):
        try:
            function()
        except BaseException as error:  # an AssertionError in a thread would otherwise pass unnoticed
            errors.append(error)

    threads = [threading.Thread(target=call, args=(function,), daemon=True) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        join(thread)
    if errors:
        raise errors[0]


def join(thread):
    """Wait for the end of a thread.

    Raises:
        AssertionError: it has not ended at the deadline.
    """
    thread.join(DEADLINE)
    assert not thread.is_alive(), f"{thread.name} has not ended within {DEADLINE:g} seconds"


@contextmanager
def interrupted_when(condition, what):
    """Ctrl-C as soon as `condition()` is true: another thread checks it and sends this process a SIGINT.

    The block ends when the signal has been sent, so the KeyboardInterrupt or the handler's call comes within it.
    """

    def send():
        wait_until(condition, what)
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    try:
        yield
    finally:
        join(thread)
