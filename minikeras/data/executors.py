"""`thread_pool`: threads that work in parallel, or only this one on a system that has no others.

A browser runs Python (Pyodide) on a single thread, and has no processes: there each call is made when it is submitted.
"""

from concurrent.futures import Executor, Future, ThreadPoolExecutor

from minikeras.base.system import has_threads


def thread_pool(count, name):
    """An executor of up to `count` threads, whose names begin with `name`; `InThisThread` where none can be started."""
    return ThreadPoolExecutor(count, thread_name_prefix=name) if has_threads() else InThisThread()


class InThisThread(Executor):
    """Runs each call at once, in the thread that submits it."""

    def submit(self, function, /, *args, **kwargs):
        """A finished future, with the result of the call or its error."""
        future = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:  # raised where the result is asked for
            future.set_exception(error)
        return future
